#pragma once

#include <cstddef>
#include <optional>
#include <streamkit/capture/live_source.hpp>
#include <streamkit/core/live_input.hpp>
#include <string>
#include <vector>

#include "capture/sound_lane.hpp"

namespace streamkit::capture {

/// Mixes the lanes of all audio inputs, each with its level, into runs of the output.
class SoundMix {
 public:
  SoundMix(const std::vector<AudioFormat>& inputs, double most_waiting_seconds);

  void push(std::size_t input, const LiveAudio& run, double at_seconds, double next_output_seconds);
  void note(std::size_t input, InputState state, const std::string& message);
  /// Has what comes next placed by its capture time, in every lane.
  void place_next();

  /// Returns whether each input has what the next run needs.
  [[nodiscard]] bool ready() const;
  /// Returns whether an input that has not been interrupted lacks something.
  [[nodiscard]] bool waits_for_running() const;
  /// Returns the next run, with its timestamp left 0.
  AudioFrame render(bool paused);

  void set_level(std::size_t input, float gain);
  void mute(std::size_t input, bool muted);
  std::vector<LiveAudioMeter> take_meters();
  [[nodiscard]] std::vector<LiveAudioStats> stats() const;
  [[nodiscard]] std::size_t size() const noexcept { return inputs_.size(); }

 private:
  struct Input {
    Input(AudioFormat format, double most_waiting_seconds) : lane(format, most_waiting_seconds) {}
    SoundLane lane;
    InputState state = InputState::Running;
    std::string message;
    float level = 1;
    bool muted = false;
    float gain = 1;  // that of the last sample
    float peak = 0;
    int silent_runs = 1 << 20;
  };

  static void measure(Input& input, const StereoRun& run);
  static void add(Input& input, const StereoRun& run, bool paused, AudioFrame& sum);

  std::vector<Input> inputs_;
  StereoRun run_;
};

}  // namespace streamkit::capture
