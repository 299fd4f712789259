#include "capture/sound_placement.hpp"

#include <algorithm>
#include <cmath>

namespace streamkit::capture {
namespace {

// Times that are this far from what is expected, and stay there, are believed.
constexpr double kFarSeconds = 0.06;
constexpr int kFarRuns = 8;
// After an interruption, a run within this of its expected time was only late.
constexpr double kLateSeconds = 0.03;

}  // namespace

SoundPlacement::Plan SoundPlacement::append(double at_seconds, double next_output_seconds,
                                            std::int64_t count, bool gap_before) {
  const double expected = next_output_seconds + (static_cast<double>(end_) - position_) / rate();
  const double error = at_seconds - expected;
  const bool resumed = starved_ && std::abs(error) > kLateSeconds;
  Plan plan;
  if (leaps(error) || must_place_ || gap_before || resumed) {
    plan = place(error, count);
  } else {
    follower_.observe(error, at_seconds);
  }
  end_ += plan.silence + count - plan.skip;
  return plan;
}

bool SoundPlacement::leaps(double error_seconds) {
  if (std::abs(error_seconds) < kFarSeconds) {
    far_runs_ = 0;
  } else if (error_seconds > 0) {
    far_runs_ = std::max(far_runs_, 0) + 1;
  } else {
    far_runs_ = std::min(far_runs_, 0) - 1;
  }
  return std::abs(far_runs_) >= kFarRuns;
}

SoundPlacement::Plan SoundPlacement::place(double error_seconds, std::int64_t count) {
  Plan plan;
  follower_.restart();
  far_runs_ = 0;
  const std::int64_t samples = std::llround(error_seconds * input_rate_);
  if (samples < 0) {
    plan.skip = std::min(-samples, count);
    if (started_ && !must_place_) ++gaps_;
    must_place_ = plan.skip == count;
    started_ = started_ || !must_place_;
    return plan;
  }
  must_place_ = false;
  plan.silence = samples;
  // Silence that was heard already need not be stored.
  const double heard = position_ - static_cast<double>(end_);
  if (started_ && heard >= 1) {
    const auto passed = std::min(samples, static_cast<std::int64_t>(heard));
    position_ -= static_cast<double>(passed);
    plan.silence -= passed;
    plan.clears = true;
  }
  if (started_ && !starved_ && samples > 0) ++gaps_;
  if (started_) gap_seconds_ += static_cast<double>(plan.silence) / input_rate_;
  started_ = true;
  return plan;
}

int SoundPlacement::consume(int count, int reach) {
  if (!started_) return count;
  const double available = static_cast<double>(end_) - reach - position_;
  const int whole =
      static_cast<int>(std::clamp(std::floor(available / step()), 0.0, static_cast<double>(count)));
  const int missing = count - whole;
  if (missing > 0 && !starved_) ++gaps_;
  starved_ = missing > 0;
  gap_seconds_ += static_cast<double>(missing) / output_rate_;
  position_ += count * step();
  follower_.advance(static_cast<double>(count) / output_rate_);
  return missing;
}

void SoundPlacement::forget(std::int64_t count) noexcept {
  position_ -= static_cast<double>(count);
  end_ -= count;
}

}  // namespace streamkit::capture
