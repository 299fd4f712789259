#pragma once

#include <vector>

namespace streamkit::capture {

/// Estimates how much faster than the steady clock a device's clock runs, from the errors of its
/// capture times: a slow control loop that acts on medians, so that jitter and single wrong times
/// do not matter. A constant deviation is followed without a lasting error.
class ClockFollower {
 public:
  /// Takes how much later than predicted a run was captured, at a time of the stream.
  void observe(double error_seconds, double at_seconds);
  /// Forgets errors that were observed, because what follows was placed anew.
  void restart();
  /// Moves the correction on by so much time of the output.
  void advance(double seconds);
  /// By how much more than nominal the device's samples are consumed, as a fraction: 0.0001 for a
  /// clock that is 100 ppm fast. At most 0.001; changes by at most 0.00005 per second.
  [[nodiscard]] double correction() const noexcept { return correction_; }

 private:
  void update(double error_seconds, double period_seconds);

  std::vector<double> errors_;  // of the current window
  double window_begin_ = 0;
  double integral_ = 0;
  double target_ = 0;
  double correction_ = 0;
};

}  // namespace streamkit::capture
