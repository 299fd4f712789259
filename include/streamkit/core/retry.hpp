#pragma once

#include <chrono>
#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// Limits the attempts of an operation and sets the growing, jittered delay between them.
struct STREAMKIT_API RetryPolicy {
  /// The number of attempts, including the first. A larger number rides out longer outages and
  /// reports them later.
  int max_attempts = 4;
  /// Delay before the second attempt; each further delay is twice as long, up to `max_delay`.
  std::chrono::milliseconds initial_delay{500};
  std::chrono::milliseconds max_delay{8000};
  /// Each delay is shortened by a random share of up to this, so that clients do not return in
  /// step.
  /// Range: 0 to 1.
  double jitter = 0.5;

  /// Checks the ranges: at least one attempt, delays not negative and rising, jitter from 0 to 1.
  /// Errors: InvalidArgument, naming the field that is out of range.
  Result<void> check() const;

  /// Returns the delay after failed attempt number `attempt` (1 is the first), for a `random` in
  /// [0, 1).
  [[nodiscard]] std::chrono::milliseconds delay_after(int attempt, double random) const noexcept;
};

}  // namespace streamkit
