#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace streamkit::capture_tool {

/// Measures frames per second over the last seconds from a count that only grows.
/// Thread-safety: none.
class FrameRateMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Returns the rate between `now` and the oldest sample of the last 3 seconds.
  double rate(std::uint64_t frames, Time now) {
    samples_.push_back({now, frames});
    while (samples_.size() > 2 && now - samples_[1].time >= kWindow) samples_.pop_front();
    if (samples_.size() > kMostSamples) samples_.pop_front();
    const std::chrono::duration<double> elapsed = now - samples_.front().time;
    if (elapsed.count() <= 0) return 0;
    return static_cast<double>(frames - samples_.front().frames) / elapsed.count();
  }

 private:
  static constexpr std::chrono::seconds kWindow{3};
  static constexpr std::size_t kMostSamples = 1000;
  struct Sample {
    Time time;
    std::uint64_t frames;
  };
  std::deque<Sample> samples_;
};

}  // namespace streamkit::capture_tool
