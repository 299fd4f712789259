#pragma once

#include <array>
#include <cstdint>
#include <streamkit/core/live_input.hpp>
#include <vector>

#include "capture/fractional_resampler.hpp"
#include "capture/sound_placement.hpp"

namespace streamkit::capture {

inline constexpr AudioFormat kLiveSound{48'000, 2};
/// Samples per run of the output.
inline constexpr int kLiveRun = 960;

/// Both channels of a run of the output.
struct StereoRun {
  std::array<std::vector<float>, 2> channels = {std::vector<float>(kLiveRun),
                                                std::vector<float>(kLiveRun)};
};

/// Holds what one audio input has captured, and resamples it to the stream's timeline.
class SoundLane {
 public:
  /// `most_waiting_seconds`: more audio than this is not taken.
  SoundLane(AudioFormat format, double most_waiting_seconds);

  /// Takes a run that was captured at `at` on the stream's timeline; `next_output` is the time of
  /// the next run of the output. Runs of another format than the lane's are resampled as if they
  /// had its rate.
  void push(const LiveAudio& run, double at_seconds, double next_output_seconds);
  /// Writes the next run of the output; where there is no input, silence.
  void render(StereoRun& run);
  /// Returns whether render() has all the input it needs.
  [[nodiscard]] bool ready() const { return placement_.ready(kLiveRun, resampler_.reach()); }
  /// Has the next run placed by its capture time.
  void place_next() noexcept { placement_.place_next(); }
  [[nodiscard]] const SoundPlacement& placement() const noexcept { return placement_; }

 private:
  void append(const AudioFrame& run, const SoundPlacement::Plan& plan);
  void drop_heard();

  FractionalResampler resampler_;
  SoundPlacement placement_;
  const std::int64_t most_waiting_;
  std::array<std::vector<float>, 2> samples_;
};

}  // namespace streamkit::capture
