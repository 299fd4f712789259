#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/source.hpp>

namespace streamkit::testing {

struct STREAMKIT_API FakeSourceOptions {
  /// Small frames by default, so that encoding them costs next to nothing.
  SourceFormat format = {.video = {.width_px = 64, .height_px = 36}, .audio = {}};
  std::int64_t frame_count = 30;
  /// The number of samples per audio block. Audio is exactly as long as the video, to the sample.
  int samples_per_block = 1024;
};

/// Provides flat frames, each of a colour that encodes its number, and a quiet 440 Hz tone, as fast
/// as they are read.
/// Thread-safety: as for Source.
class STREAMKIT_API FakeSource final : public Source {
 public:
  /// Precondition: the format is valid and I420, frame_count >= 0, samples_per_block > 0.
  explicit FakeSource(FakeSourceOptions options = {});

  [[nodiscard]] const SourceFormat& format() const noexcept override { return options_.format; }
  Result<SourceItem> read(std::stop_token stop) override;

  /// Numbers repeat after this many frames.
  static constexpr std::int64_t kDistinctFrames = 55 * 32;
  /// Returns the number, modulo kDistinctFrames, of a frame from a FakeSource, read from its first
  /// pixels. Survives lossy coding: neighbouring levels are 4 apart.
  [[nodiscard]] static std::int64_t number_of(const VideoFrame& frame) noexcept;

 private:
  [[nodiscard]] SourceItem next_item();
  [[nodiscard]] VideoFrame make_frame(std::int64_t number);
  [[nodiscard]] AudioFrame make_sound(std::int64_t first_sample);

  const FakeSourceOptions options_;
  const std::int64_t sample_count_;
  FramePool pool_;
  std::int64_t next_frame_ = 0;
  std::int64_t next_sample_ = 0;
};

}  // namespace streamkit::testing
