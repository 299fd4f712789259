#include "capture/sound_lane.hpp"

#include <algorithm>
#include <cmath>

namespace streamkit::capture {
namespace {

// Removing what was heard moves the rest, which is done seldom.
constexpr std::int64_t kMostHeard = 8192;

}  // namespace

SoundLane::SoundLane(AudioFormat format, double most_waiting_seconds)
    : resampler_(format.sample_rate_hz, kLiveSound.sample_rate_hz),
      placement_(format.sample_rate_hz, kLiveSound.sample_rate_hz),
      most_waiting_(static_cast<std::int64_t>(most_waiting_seconds * format.sample_rate_hz)) {}

void SoundLane::push(const LiveAudio& run, double at_seconds, double next_output_seconds) {
  const AudioFrame& frame = run.frame;
  const bool whole = frame.sample_count > 0 && frame.format.channels > 0 &&
                     frame.samples.size() == static_cast<std::size_t>(frame.sample_count) *
                                                 static_cast<std::size_t>(frame.format.channels);
  if (!whole) return;
  if (static_cast<double>(placement_.end()) - placement_.position() >
      static_cast<double>(most_waiting_)) {
    placement_.place_next();
    return;
  }
  append(frame,
         placement_.append(at_seconds, next_output_seconds, frame.sample_count, run.gap_before));
}

void SoundLane::append(const AudioFrame& run, const SoundPlacement::Plan& plan) {
  for (std::size_t channel = 0; channel < samples_.size(); ++channel) {
    std::vector<float>& to = samples_[channel];
    if (plan.clears) std::fill(to.begin(), to.end(), 0.0F);
    // A capture time is never further away than what may wait.
    to.insert(to.end(), static_cast<std::size_t>(plan.silence), 0.0F);
    const auto from = std::min(channel, static_cast<std::size_t>(run.format.channels) - 1);
    const auto begin = run.samples.begin() + static_cast<std::ptrdiff_t>(from) * run.sample_count;
    to.insert(to.end(), begin + plan.skip, begin + run.sample_count);
  }
}

void SoundLane::render(StereoRun& run) {
  const int reach = resampler_.reach();
  const double first = placement_.position();
  const double step = placement_.step();
  const int missing = placement_.consume(kLiveRun, reach);
  const auto stored = static_cast<std::int64_t>(samples_[0].size());
  for (int n = 0; n < kLiveRun; ++n) {
    const auto at = static_cast<std::size_t>(n);
    const double position = first + n * step;
    const auto whole = static_cast<std::int64_t>(std::floor(position));
    const std::int64_t begin = whole - reach + 1;
    if (n >= kLiveRun - missing || begin < 0 || begin + 2 * reach > stored) {
      for (auto& channel : run.channels) channel[at] = 0;
      continue;
    }
    const auto weights = resampler_.weights(position - static_cast<double>(whole));
    for (std::size_t channel = 0; channel < samples_.size(); ++channel) {
      run.channels[channel][at] = weighted_sum(weights, samples_[channel].data() + begin);
    }
  }
  drop_heard();
}

void SoundLane::drop_heard() {
  const auto stored = static_cast<std::int64_t>(samples_[0].size());
  const auto heard = static_cast<std::int64_t>(placement_.position()) - resampler_.reach();
  const std::int64_t count = std::min(heard, stored);
  if (count < kMostHeard) return;
  for (auto& channel : samples_) channel.erase(channel.begin(), channel.begin() + count);
  placement_.forget(count);
}

}  // namespace streamkit::capture
