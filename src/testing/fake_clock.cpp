#include <iterator>
#include <streamkit/testing/fake_clock.hpp>

namespace streamkit::testing {
namespace {

// Not zero, so that a test may compute with moments before the start.
constexpr std::chrono::steady_clock::time_point kSteadyStart{std::chrono::hours(1000)};
// 2026-01-01T00:00:00Z
constexpr std::chrono::system_clock::time_point kSystemStart{std::chrono::seconds(1'767'225'600)};

}  // namespace

std::chrono::steady_clock::time_point FakeClock::steady_now() const {
  std::lock_guard lock(mutex_);
  return kSteadyStart + elapsed_;
}

std::chrono::system_clock::time_point FakeClock::system_now() const {
  std::lock_guard lock(mutex_);
  return kSystemStart +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(elapsed_ + system_offset_);
}

bool FakeClock::wait_until(std::chrono::steady_clock::time_point deadline, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto reached = [&] { return kSteadyStart + elapsed_ >= deadline; };
  if (stop.stop_requested()) return false;
  if (wait_ == FakeWait::AutoAdvances) {
    if (!reached()) move_forward(deadline - kSteadyStart - elapsed_);
    return true;
  }
  const auto waiting = deadlines_.insert(deadline);
  changed_.notify_all();
  changed_.wait(lock, stop, reached);
  deadlines_.erase(waiting);
  return !stop.stop_requested();
}

void FakeClock::advance(std::chrono::nanoseconds by) {
  std::lock_guard lock(mutex_);
  move_forward(by);
}

void FakeClock::set_system_time(std::chrono::system_clock::time_point now) {
  std::lock_guard lock(mutex_);
  system_offset_ = now - kSystemStart - elapsed_;
}

std::chrono::nanoseconds FakeClock::elapsed() const {
  std::lock_guard lock(mutex_);
  return elapsed_;
}

std::size_t FakeClock::waiters() const {
  std::lock_guard lock(mutex_);
  return count_waiters();
}

void FakeClock::await_waiters(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return count_waiters() >= count; });
}

// A thread whose moment has come may not have woken up yet.
std::size_t FakeClock::count_waiters() const {
  const auto first = deadlines_.upper_bound(kSteadyStart + elapsed_);
  return static_cast<std::size_t>(std::distance(first, deadlines_.end()));
}

void FakeClock::move_forward(std::chrono::nanoseconds by) {
  elapsed_ += by;
  changed_.notify_all();
}

}  // namespace streamkit::testing
