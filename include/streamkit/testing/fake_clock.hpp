#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <set>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>

namespace streamkit::testing {

/// Behaviour of FakeClock::wait_until() for a deadline in the future.
enum class FakeWait {
  Blocks,       ///< Blocks until advance() reaches the deadline: the test decides when time passes.
  AutoAdvances  ///< Moves the clock to the deadline itself and returns without waiting.
};

/// A clock that only moves on request. Steady and system time move together. Both start at fixed
/// moments, the system time at 2026-01-01T00:00:00Z.
/// Thread-safety: every method may be called concurrently from any thread.
class STREAMKIT_API FakeClock final : public Clock {
 public:
  explicit FakeClock(FakeWait wait = FakeWait::Blocks) noexcept : wait_(wait) {}

  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override;
  [[nodiscard]] std::chrono::system_clock::time_point system_now() const override;
  bool wait_until(std::chrono::steady_clock::time_point deadline, std::stop_token stop) override;

  /// Moves both times forward and wakes the waiters whose deadline is reached.
  /// Precondition: by >= 0.
  void advance(std::chrono::nanoseconds by);
  /// Moves only the time of day, also backwards, as when a clock is corrected.
  void set_system_time(std::chrono::system_clock::time_point now);
  /// Returns the time that passed since the clock was created.
  [[nodiscard]] std::chrono::nanoseconds elapsed() const;
  /// Returns how many threads block in wait_until() for a moment that is still to come. Always 0
  /// with FakeWait::AutoAdvances.
  [[nodiscard]] std::size_t waiters() const;
  /// Blocks until `count` threads block in wait_until(), so that a test can advance the clock
  /// knowing that they see it. Not for FakeWait::AutoAdvances, where no thread ever blocks.
  void await_waiters(std::size_t count);

 private:
  void move_forward(std::chrono::nanoseconds by);
  [[nodiscard]] std::size_t count_waiters() const;

  const FakeWait wait_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::chrono::nanoseconds elapsed_{0};
  std::chrono::nanoseconds system_offset_{0};
  std::multiset<std::chrono::steady_clock::time_point> deadlines_;
};

}  // namespace streamkit::testing
