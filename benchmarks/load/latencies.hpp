#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace streamkit::load {

/// Every latency of a run, in microseconds: four bytes each.
class Latencies {
 public:
  void add(std::chrono::steady_clock::duration latency) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
    values_us_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, UINT32_MAX)));
  }
  [[nodiscard]] std::size_t count() const noexcept { return values_us_.size(); }

  /// The least latency that `percent` of all do not exceed; 0 when there is none.
  [[nodiscard]] double percentile_ms(double percent) {
    if (values_us_.empty()) return 0;
    const auto last = values_us_.size() - 1;
    const auto place = static_cast<std::size_t>(percent / 100 * static_cast<double>(last) + 0.5);
    const auto found = values_us_.begin() + static_cast<std::ptrdiff_t>(std::min(place, last));
    std::nth_element(values_us_.begin(), found, values_us_.end());
    return *found / 1000.0;
  }

 private:
  std::vector<std::uint32_t> values_us_;
};

}  // namespace streamkit::load
