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
  /// Repeats and drops pictures for a constant rate from time 0 on. Empty: timestamps are kept.
  std::optional<FrameRate> frame_rate = {};
};

/// Turns, scales, deinterlaces and converts decoded pictures to limited-range 4:2:0 of one size,
/// whatever their own size and format are or become. Timestamps and durations in, and timestamps
/// out, are flicks.
class STREAMKIT_API VideoNormalizer {
 public:
  static Result<std::unique_ptr<VideoNormalizer>> create(const NormalizerOptions& options);
  virtual ~VideoNormalizer() = default;
  /// Takes the picture's content, with `pts` and `pkt_duration`; the caller may reuse `frame`.
  virtual Result<void> push(AVFrame* frame) = 0;
  /// No more pictures will come.
  virtual Result<void> flush() = 0;
  /// The next finished picture, null when it needs more input or has ended.
  virtual Result<FramePtr> pull() = 0;
};

/// The even picture size in square pixels after turning, for a track's stated size.
struct STREAMKIT_API PictureSize {
  int width_px = 0;
  int height_px = 0;
};
STREAMKIT_API [[nodiscard]] PictureSize upright_size(AVFormatContext* context, AVStream* stream,
                                                     int rotation);

/// The matrix that a stream's pictures use; untagged ones by their height, as players guess.
STREAMKIT_API [[nodiscard]] ColorMatrix color_matrix(AVColorSpace space, int height_px) noexcept;

/// A frame that shares the pixels of `frame` (I420, limited range).
STREAMKIT_API [[nodiscard]] VideoFrame share_frame(FramePtr frame, const VideoFormat& format,
                                                   MediaTime pts, MediaTime duration);

}  // namespace streamkit::media
