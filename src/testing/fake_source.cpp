#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <numbers>
#include <streamkit/testing/fake_source.hpp>

namespace streamkit::testing {
namespace {

// The low part of the number is in the luma, the rest in U; levels stay inside the limited range.
constexpr std::int64_t kLumaLevels = 55;
constexpr std::int64_t kChromaLevels = FakeSource::kDistinctFrames / kLumaLevels;
constexpr int kLevelStep = 4;
constexpr int kDarkest = 16;
constexpr int kLeastBlue = 64;
constexpr std::uint8_t kNeutral = 128;

void fill(const WritablePlane& plane, int level) {
  for (int y = 0; y < plane.height_px; ++y) {
    std::memset(plane.row(y), level, static_cast<std::size_t>(plane.width_px));
  }
}

std::int64_t nearest_level(std::uint8_t value, int lowest, std::int64_t levels) {
  const std::int64_t above = std::max(0, value - lowest + kLevelStep / 2);
  return std::min(above / kLevelStep, levels - 1);
}

}  // namespace

FakeSource::FakeSource(FakeSourceOptions options)
    : options_(options),
      sample_count_(to_ticks(options.format.video.frame_rate.time_of(options.frame_count), 1,
                             options.format.audio.sample_rate_hz)) {
  assert(options_.format.video.frame_rate.valid());
  assert(options_.frame_count >= 0 && options_.samples_per_block > 0);
}

Result<SourceItem> FakeSource::read(std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading cancelled"};
  return next_item();
}

SourceItem FakeSource::next_item() {
  const bool frames_left = next_frame_ < options_.frame_count;
  const bool sound_left = next_sample_ < sample_count_;
  if (!frames_left && !sound_left) return EndOfStream{};

  const MediaTime sound_at = from_ticks(next_sample_, 1, options_.format.audio.sample_rate_hz);
  const MediaTime frame_at = options_.format.video.frame_rate.time_of(next_frame_);
  if (frames_left && (!sound_left || frame_at <= sound_at)) return make_frame(next_frame_++);
  AudioFrame sound = make_sound(next_sample_);
  next_sample_ += sound.sample_count;
  return sound;
}

std::int64_t FakeSource::number_of(const VideoFrame& frame) noexcept {
  return nearest_level(*frame.planes[0].row(0), kDarkest, kLumaLevels) +
         kLumaLevels * nearest_level(*frame.planes[1].row(0), kLeastBlue, kChromaLevels);
}

VideoFrame FakeSource::make_frame(std::int64_t number) {
  const FrameRate rate = options_.format.video.frame_rate;
  const auto luma = static_cast<int>(number % kLumaLevels);
  const auto blue = static_cast<int>(number / kLumaLevels % kChromaLevels);
  WritableFrame frame = pool_.acquire(options_.format.video);
  fill(frame.plane(0), kDarkest + kLevelStep * luma);
  fill(frame.plane(1), kLeastBlue + kLevelStep * blue);
  fill(frame.plane(2), kNeutral);
  const MediaTime pts = rate.time_of(number);
  return std::move(frame).publish(pts, rate.time_of(number + 1) - pts);
}

AudioFrame FakeSource::make_sound(std::int64_t first_sample) {
  constexpr double kToneHz = 440;
  constexpr double kAmplitude = 0.1;
  const AudioFormat format = options_.format.audio;
  AudioFrame sound;
  sound.pts = from_ticks(first_sample, 1, format.sample_rate_hz);
  sound.format = format;
  sound.sample_count = static_cast<int>(
      std::min<std::int64_t>(options_.samples_per_block, sample_count_ - first_sample));
  sound.samples.reserve(static_cast<std::size_t>(sound.sample_count * format.channels));
  for (int channel = 0; channel < format.channels; ++channel) {
    for (int i = 0; i < sound.sample_count; ++i) {
      const double seconds = static_cast<double>(first_sample + i) / format.sample_rate_hz;
      sound.samples.push_back(
          static_cast<float>(kAmplitude * std::sin(2 * std::numbers::pi * kToneHz * seconds)));
    }
  }
  return sound;
}

}  // namespace streamkit::testing
