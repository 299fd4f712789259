#include "capture/clock_follower.hpp"

#include <algorithm>

namespace streamkit::capture {
namespace {

constexpr double kWindowSeconds = 1;
constexpr std::size_t kLeastErrors = 4;
constexpr std::size_t kMostErrors = 512;
// A critically damped loop of the second order that takes 40 s to follow.
constexpr double kFrequency = 1.0 / 40;
constexpr double kProportional = 2 * kFrequency;
constexpr double kIntegral = kFrequency * kFrequency;
// 0.1 percent is 1.7 cents of a semitone; a trained ear notices about 5.
constexpr double kMostCorrection = 1000e-6;
constexpr double kMostChangePerSecond = 50e-6;
constexpr double kMostError = 0.02;

}  // namespace

void ClockFollower::observe(double error_seconds, double at_seconds) {
  if (errors_.empty()) window_begin_ = at_seconds;
  if (errors_.size() < kMostErrors) errors_.push_back(error_seconds);
  const double period = at_seconds - window_begin_;
  if (period < kWindowSeconds || errors_.size() < kLeastErrors) return;
  const auto middle = errors_.begin() + static_cast<std::ptrdiff_t>(errors_.size() / 2);
  std::nth_element(errors_.begin(), middle, errors_.end());
  update(*middle, std::min(period, 2 * kWindowSeconds));
  errors_.clear();
}

void ClockFollower::restart() { errors_.clear(); }

void ClockFollower::update(double error_seconds, double period_seconds) {
  const double error = std::clamp(error_seconds, -kMostError, kMostError);
  integral_ =
      std::clamp(integral_ - kIntegral * error * period_seconds, -kMostCorrection, kMostCorrection);
  target_ = std::clamp(integral_ - kProportional * error, -kMostCorrection, kMostCorrection);
}

void ClockFollower::advance(double seconds) {
  const double most = kMostChangePerSecond * seconds;
  correction_ += std::clamp(target_ - correction_, -most, most);
}

}  // namespace streamkit::capture
