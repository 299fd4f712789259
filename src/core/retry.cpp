#include <algorithm>
#include <streamkit/core/retry.hpp>

namespace streamkit {

Result<void> RetryPolicy::check() const {
  const auto wrong = [](const char* what) { return Error{ErrorCode::InvalidArgument, what}; };
  if (max_attempts < 1) return wrong("retry.max_attempts must be at least 1");
  if (initial_delay.count() < 0) return wrong("retry.initial_delay must not be negative");
  if (max_delay < initial_delay) return wrong("retry.max_delay must not be below initial_delay");
  if (!(jitter >= 0 && jitter <= 1)) return wrong("retry.jitter must be from 0 to 1");
  return {};
}

std::chrono::milliseconds RetryPolicy::delay_after(int attempt, double random) const noexcept {
  // 2^20 times the first delay is beyond any sensible max_delay, and cannot overflow.
  const int doublings = std::clamp(attempt - 1, 0, 20);
  const auto full = std::min(initial_delay * (std::int64_t{1} << doublings), max_delay);
  const double share = 1.0 - std::clamp(jitter, 0.0, 1.0) * std::clamp(random, 0.0, 1.0);
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(full.count()) * share));
}

}  // namespace streamkit
