#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace streamkit::http {

/// The least rate of a transfer: in each period a number of bytes must move. A transfer at the rate
/// always reaches it, also a short one, which ends within its first period.
class TransferPace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// A transfer without a least rate.
  TransferPace() = default;
  /// Begins the first period at `now`. A rate of 0 means no least rate.
  TransferPace(std::uint64_t bytes_per_second, std::chrono::milliseconds period, Time now) noexcept
      : period_(period),
        bytes_per_period_(bytes_per_second *
                          static_cast<std::uint64_t>(std::max<std::int64_t>(period.count(), 1)) /
                          1000) {
    if (bytes_per_second == 0) return;
    bytes_per_period_ = std::max<std::uint64_t>(bytes_per_period_, 1);
    begin(now);
  }

  /// Counts bytes that moved. Returns true if the period has its bytes: call begin() then.
  [[nodiscard]] bool add(std::uint64_t bytes) noexcept {
    if (bytes_per_period_ == 0) return false;
    left_bytes_ -= std::min(left_bytes_, bytes);
    return left_bytes_ == 0;
  }
  /// Begins the next period.
  void begin(Time now) noexcept {
    left_bytes_ = bytes_per_period_;
    end_ = now + period_;
  }
  /// Prolongs the period by a time for which the server kept the client waiting.
  void pause(Duration time) noexcept {
    if (bytes_per_period_ != 0) end_ += time;
  }
  /// Returns when the period ends. A transfer that did not move its bytes by then is too slow.
  [[nodiscard]] Time end() const noexcept { return end_; }

 private:
  Duration period_ = {};
  std::uint64_t bytes_per_period_ = 0;
  std::uint64_t left_bytes_ = 0;
  Time end_ = Time::max();
};

}  // namespace streamkit::http
