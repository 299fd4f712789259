#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>

namespace streamkit::testing {

/// What FakeClock::wait_until() does about a deadline that lies ahead.
enum class FakeWait {
  Blocks,       ///< Until advance() reaches the deadline: the test decides when time passes.
  AutoAdvances  ///< Moves the clock to the deadline itself and returns: waiting costs nothing.
};

/// A clock that stands still unless told to move. Steady and system time move together. Both start
/// at fixed moments, the system time at 2026-01-01T00:00:00Z.
/// Thread-safety: every method may be called from any thread at once.
class STREAMKIT_API FakeClock final : public Clock {
 public:
  explicit FakeClock(FakeWait wait = FakeWait::Blocks) noexcept : wait_(wait) {}

  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override;
  [[nodiscard]] std::chrono::system_clock::time_point system_now() const override;
  bool wait_until(std::chrono::steady_clock::time_point deadline, std::stop_token stop) override;

  /// Moves both times forward and wakes whom that satisfies. Precondition: by >= 0.
  void advance(std::chrono::nanoseconds by);
  /// Moves only the time of day, backwards too, as a clock that is set right does.
  void set_system_time(std::chrono::system_clock::time_point now);
  /// The time that passed since the clock was made.
  [[nodiscard]] std::chrono::nanoseconds elapsed() const;
  /// Blocks until `count` threads block in wait_until(), so that a test can advance the clock
  /// knowing that they see it. Not for FakeWait::AutoAdvances, where none ever does.
  void await_waiters(std::size_t count);

 private:
  void move_forward(std::chrono::nanoseconds by);

  const FakeWait wait_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::chrono::nanoseconds elapsed_{0};
  std::chrono::nanoseconds system_offset_{0};
  std::size_t waiters_ = 0;
};

}  // namespace streamkit::testing
