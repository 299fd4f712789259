#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

struct STREAMKIT_API NormalizerOptions {
  /// Size, colour and samples of the output frames: even sides, limited range.
  VideoFormat format = {};
  Orientation orientation = {};
  /// The pixel aspect ratio that the container states. Empty: that of each frame.
  PixelAspect pixel_aspect = {};
  bool deinterlace = false;
  /// The constant rate for which frames are repeated and dropped, from time 0. Empty: timestamps
  /// are kept.
  std::optional<FrameRate> frame_rate = {};
};

/// Rotates, scales, deinterlaces and converts decoded frames to limited-range 4:2:0 frames of one
/// size and colour. The decoded frames must have complete colour tags. Their size, format, colour
/// and pixel aspect ratio may change at any time; frames of another aspect ratio get black bars.
/// Timestamps and durations are in flicks.
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

struct STREAMKIT_API PictureSize {
  int width_px = 0;
  int height_px = 0;
};
/// Returns the size of a coded picture in square pixels, upright. A pixel aspect ratio beyond 4:1
/// is treated as damage.
STREAMKIT_API [[nodiscard]] PictureSize upright_size(PictureSize coded, AVRational pixel_aspect,
                                                     Orientation orientation) noexcept;
/// Returns the side rounded down to an even number, at least 2.
STREAMKIT_API [[nodiscard]] int even_side(int side_px) noexcept;

/// Returns a frame that shares the pixels of `frame`, which has the size and samples of `format`.
STREAMKIT_API [[nodiscard]] VideoFrame share_frame(FramePtr frame, const VideoFormat& format,
                                                   MediaTime pts, MediaTime duration);

}  // namespace streamkit::media
