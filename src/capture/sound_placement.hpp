#pragma once

#include <cstdint>

#include "capture/clock_follower.hpp"

namespace streamkit::capture {

/// Decides which sample of a device is heard at which time of the stream. Counts samples only, so
/// that hours can be tested in a second; SoundLane holds the samples.
///
/// Runs follow each other without a gap, consumed at the rate that ClockFollower estimates. A run
/// is placed by its capture time instead where the device reports a gap, after an interruption, or
/// if its times stay away from what is expected.
class SoundPlacement {
 public:
  SoundPlacement(int input_rate_hz, int output_rate_hz)
      : input_rate_(input_rate_hz), output_rate_(output_rate_hz) {}

  /// What to do before a run is appended.
  struct Plan {
    /// Samples to leave out at the run's begin.
    std::int64_t skip = 0;
    /// Zeros to append before it.
    std::int64_t silence = 0;
    /// Everything that was appended so far has been heard, and is followed by silence.
    bool clears = false;
  };

  /// Takes a run of `count` samples, the first of which was captured at `at` on the stream's
  /// timeline. `next_output` is the time of the next sample of the output.
  Plan append(double at_seconds, double next_output_seconds, std::int64_t count, bool gap_before);
  /// Has the next run placed by its capture time.
  void place_next() noexcept { must_place_ = true; }
  /// Consumes what `count` samples of the output need. Returns how many of these have no input.
  int consume(int count, int reach);
  /// The first `count` samples were removed from the storage.
  void forget(std::int64_t count) noexcept;

  /// The next position to be heard, in samples from the first that is stored.
  [[nodiscard]] double position() const noexcept { return position_; }
  /// The number of samples stored.
  [[nodiscard]] std::int64_t end() const noexcept { return end_; }
  /// Samples of the input per sample of the output.
  [[nodiscard]] double step() const noexcept { return rate() / output_rate_; }
  [[nodiscard]] bool started() const noexcept { return started_; }
  /// The input ran dry, and nothing has come since.
  [[nodiscard]] bool starved() const noexcept { return starved_; }
  /// Returns whether `count` samples of the output have all their input.
  [[nodiscard]] bool ready(int count, int reach) const noexcept {
    return started_ && position_ + count * step() + reach <= static_cast<double>(end_);
  }
  [[nodiscard]] double clock_ppm() const noexcept { return follower_.correction() * 1e6; }
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }
  [[nodiscard]] double gap_seconds() const noexcept { return gap_seconds_; }

 private:
  [[nodiscard]] double rate() const noexcept { return input_rate_ * (1 + follower_.correction()); }
  bool leaps(double error_seconds);
  Plan place(double error_seconds, std::int64_t count);

  const int input_rate_;
  const int output_rate_;
  ClockFollower follower_;
  double position_ = 0;
  std::int64_t end_ = 0;
  bool started_ = false;
  bool starved_ = false;
  bool must_place_ = true;
  int far_runs_ = 0;  // in succession, negative for early ones
  std::uint64_t gaps_ = 0;
  double gap_seconds_ = 0;
};

}  // namespace streamkit::capture
