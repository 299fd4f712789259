#include "capture/sound_mix.hpp"

#include <algorithm>
#include <cmath>

namespace streamkit::capture {
namespace {

constexpr float kMostGain = 4;
constexpr float kSilence = 0.000316F;  // -70 dB
constexpr int kSilentRuns = 3 * 48'000 / kLiveRun;
constexpr int kManyRuns = 1 << 20;

}  // namespace

SoundMix::SoundMix(const std::vector<AudioFormat>& inputs, double most_waiting_seconds) {
  for (const AudioFormat& format : inputs) inputs_.emplace_back(format, most_waiting_seconds);
}

void SoundMix::push(std::size_t input, const LiveAudio& run, double at_seconds,
                    double next_output_seconds) {
  inputs_[input].lane.push(run, at_seconds, next_output_seconds);
  inputs_[input].state = InputState::Running;
}

void SoundMix::note(std::size_t input, InputState state, const std::string& message) {
  inputs_[input].state = state;
  inputs_[input].message = message;
}

void SoundMix::place_next() {
  for (Input& input : inputs_) input.lane.place_next();
}

bool SoundMix::ready() const {
  return std::all_of(inputs_.begin(), inputs_.end(),
                     [](const Input& input) { return input.lane.ready(); });
}

bool SoundMix::waits_for_running() const {
  return std::any_of(inputs_.begin(), inputs_.end(), [](const Input& input) {
    const SoundPlacement& placement = input.lane.placement();
    return placement.started() && !placement.starved() && !input.lane.ready() &&
           input.state == InputState::Running;
  });
}

AudioFrame SoundMix::render(bool paused) {
  AudioFrame sum;
  sum.format = kLiveSound;
  sum.sample_count = kLiveRun;
  sum.samples.assign(std::size_t{2} * kLiveRun, 0.0F);
  for (Input& input : inputs_) {
    input.lane.render(run_);
    measure(input, run_);
    add(input, run_, paused, sum);
  }
  for (float& sample : sum.samples) sample = std::clamp(sample, -1.0F, 1.0F);
  return sum;
}

void SoundMix::measure(Input& input, const StereoRun& run) {
  float peak = 0;
  for (const auto& channel : run.channels) {
    for (const float sample : channel) peak = std::max(peak, std::abs(sample));
  }
  input.peak = std::max(input.peak, peak * input.level);
  input.silent_runs = peak > kSilence ? 0 : std::min(input.silent_runs + 1, kManyRuns);
}

// A change of the gain is spread over one run.
void SoundMix::add(Input& input, const StereoRun& run, bool paused, AudioFrame& sum) {
  const float target = paused || input.muted ? 0.0F : input.level;
  const float change = (target - input.gain) / kLiveRun;
  for (std::size_t channel = 0; channel < run.channels.size(); ++channel) {
    float* to = sum.samples.data() + channel * kLiveRun;
    for (std::size_t n = 0; n < kLiveRun; ++n) {
      to[n] += run.channels[channel][n] * (input.gain + change * static_cast<float>(n + 1));
    }
  }
  input.gain = target;
}

void SoundMix::set_level(std::size_t input, float gain) {
  if (input >= inputs_.size() || std::isnan(gain)) return;
  inputs_[input].level = std::clamp(gain, 0.0F, kMostGain);
}

void SoundMix::mute(std::size_t input, bool muted) {
  if (input < inputs_.size()) inputs_[input].muted = muted;
}

std::vector<LiveAudioMeter> SoundMix::take_meters() {
  std::vector<LiveAudioMeter> meters;
  for (Input& input : inputs_) {
    meters.push_back({input.peak, input.silent_runs >= kSilentRuns});
    input.peak = 0;
  }
  return meters;
}

std::vector<LiveAudioStats> SoundMix::stats() const {
  std::vector<LiveAudioStats> all;
  for (const Input& input : inputs_) {
    const SoundPlacement& placement = input.lane.placement();
    LiveAudioStats stats;
    stats.state = input.state;
    stats.message = input.message;
    stats.level = input.level;
    stats.muted = input.muted;
    stats.clock_ppm = placement.clock_ppm();
    stats.gaps = placement.gaps();
    stats.gap_time = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(placement.gap_seconds()));
    all.push_back(std::move(stats));
  }
  return all;
}

}  // namespace streamkit::capture
