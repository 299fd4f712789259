#include <algorithm>
#include <streamkit/core/retry.hpp>

namespace streamkit {

std::chrono::milliseconds RetryPolicy::delay_after(int attempt, double random) const noexcept {
  // 2^20 times the first delay is beyond any sensible max_delay, and cannot overflow.
  const int doublings = std::clamp(attempt - 1, 0, 20);
  const auto full = std::min(initial_delay * (std::int64_t{1} << doublings), max_delay);
  const double share = 1.0 - std::clamp(jitter, 0.0, 1.0) * std::clamp(random, 0.0, 1.0);
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(full.count()) * share));
}

}  // namespace streamkit
