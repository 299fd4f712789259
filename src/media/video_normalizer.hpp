#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

struct STREAMKIT_API NormalizerOptions {
  /// Size of the output frames; even sides.
  int width_px = 0;
  int height_px = 0;
  /// Degrees clockwise: 0, 90, 180, 270.
  int rotation = 0;
  bool deinterlace = false;
  /// The constant rate for which frames are repeated and dropped, from time 0. Empty: timestamps
  /// are kept.
  std::optional<FrameRate> frame_rate = {};
};

/// Rotates, scales, deinterlaces and converts decoded frames to limited-range 4:2:0 frames of one
/// size. The size and format of the decoded frames may change at any time. Timestamps and durations
/// are in flicks.
class STREAMKIT_API VideoNormalizer {
 public:
  static Result<std::unique_ptr<VideoNormalizer>> create(const NormalizerOptions& options);
  virtual ~VideoNormalizer() = default;
  /// Takes the content of a frame, with `pts` and `pkt_duration`; the caller may reuse `frame`.
  virtual Result<void> push(AVFrame* frame) = 0;
  /// Ends the input: no more frames follow.
  virtual Result<void> flush() = 0;
  /// Returns the next finished frame; null if it needs more input or has ended.
  virtual Result<FramePtr> pull() = 0;
};

/// The frame size in square pixels after rotation, with even sides, for the stated size of a track.
struct STREAMKIT_API PictureSize {
  int width_px = 0;
  int height_px = 0;
};
STREAMKIT_API [[nodiscard]] PictureSize upright_size(AVFormatContext* context, AVStream* stream,
                                                     int rotation);

/// Returns the matrix of a stream's frames. For untagged frames it is chosen by their height, as
/// players do.
STREAMKIT_API [[nodiscard]] ColorMatrix color_matrix(AVColorSpace space, int height_px) noexcept;

/// Returns a frame that shares the pixels of `frame` (I420, limited range).
STREAMKIT_API [[nodiscard]] VideoFrame share_frame(FramePtr frame, const VideoFormat& format,
                                                   MediaTime pts, MediaTime duration);

}  // namespace streamkit::media
