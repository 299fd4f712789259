#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <streamkit/capture/pacing.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/source.hpp>

namespace streamkit::capture {

struct STREAMKIT_API GeneratedSourceOptions {
  /// Even, 16 to 8192. The whole scene is visible at 16:9; other aspect ratios show less of it.
  int width_px = 1280;
  int height_px = 720;
  /// 1 to 240 Hz.
  FrameRate frame_rate = {};
  /// 8,000 to 192,000 Hz, 1 to 8 channels.
  AudioFormat audio = {};
  /// 0 is endless. Otherwise the last frame is the last one that starts before it.
  MediaTime duration{0};
  Pacing pacing = Pacing::Realtime;
  /// Another seed places other objects and textures; the same seed gives the same bytes.
  std::uint64_t seed = 1;
};

/// Generates a small moving scene in evening light, with real parallax and a soft chord: a
/// demonstration without any file, and a reference for tests, since its depth is known.
///
/// The camera travels sideways and slowly forward past columns, crates and trees on a paved ground
/// before distant hills, endlessly; a ball bounces across near it. Every frame and every audio
/// sample is a pure function of its number. The corner shows the time, the frame number in digits
/// and as a machine-readable tag (see read_frame_number()), and a lamp. At each full second the
/// lamp lights for three frames and a short beep is heard, so that both can be compared further
/// down the line.
///
/// Audio comes in frames of 1024 samples, interleaved so that timestamps never run backwards; with
/// a duration the last one is cut so that audio lasts as long as the video, to the nearest sample.
/// A slow reader loses nothing: Realtime then returns items without waiting.
/// Thread-safety: one thread at a time.
class STREAMKIT_API GeneratedSource : public Source {
 public:
  /// Creates the source. The objects in `context` must outlive it. Takes about 50 ms to paint the
  /// textures.
  /// Errors: InvalidArgument, naming the field.
  static Result<std::unique_ptr<GeneratedSource>> create(GeneratedSourceOptions options = {},
                                                         Context context = {});

  /// Returns the frame that read() returns as number `frame_number`, which must be below 2^32.
  /// Independent of what was read so far, and of the duration.
  [[nodiscard]] virtual VideoFrame frame_at(std::uint64_t frame_number) = 0;

  /// Returns the exact depth of that frame, at full size: the nearest possible distance in the
  /// scene divided by the distance, so values compare across frames; 0 is the sky. Trees, columns
  /// and the ball are flat, facing the camera; crates are solid. The corner display is at 0, as the
  /// sky is.
  [[nodiscard]] virtual DepthMap depth_at(std::uint64_t frame_number) const = 0;
};

/// Reads the frame number from the tag of a generated frame, modulo 2^20, also after lossy coding,
/// proportional scaling, and in a stereo view of it (shifted sideways by up to a fiftieth of the
/// height). Reads the top left corner: in a packed stereo frame that of the left or upper view,
/// which must have its full size. Returns nothing if there is no such tag. Frames below 90 lines,
/// or narrower than a quarter of their height, have no tag.
STREAMKIT_API [[nodiscard]] std::optional<std::uint64_t> read_frame_number(const VideoFrame& frame);

}  // namespace streamkit::capture
