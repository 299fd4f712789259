#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace streamkit::http {

/// The waiters of each topic on one event loop, without lost wake-ups: a waiter reads the version
/// before it checks its condition, and wait() fails when the topic was woken since.
/// Thread-safety: version() and wake() from any thread, the rest from the loop's thread.
class Wakeups {
 public:
  /// A number that grows with every wake-up.
  using Version = std::uint64_t;

  class Waiter {
   public:
    virtual ~Waiter() = default;
    /// Called on the loop's thread.
    virtual void notify() = 0;

   private:
    friend class Wakeups;
    Version waiting_since_ = 0;
  };

  [[nodiscard]] Version version() const;
  /// Adds a waiter. Returns false, without any effect, if the topic was, or may have been, woken
  /// after `since`.
  [[nodiscard]] bool wait(std::string_view topic, Waiter& waiter, Version since);
  /// Removes a waiter, if it waits.
  void leave(std::string_view topic, Waiter& waiter);
  /// Wakes a topic. Returns the version for calling take() on the loop's thread; no value if there
  /// are no waiters.
  [[nodiscard]] std::optional<Version> wake(std::string_view topic);
  /// Removes and returns up to `limit` of the waiters at the time when wake() returned `version`.
  [[nodiscard]] std::vector<Waiter*> take(std::string_view topic, Version version,
                                          std::size_t limit);

 private:
  /// The number of wake-ups whose topics are remembered. After more than these, one wait() is
  /// rejected.
  static constexpr std::size_t kRemembered = 256;
  using Waiters = std::set<std::pair<Version, Waiter*>>;

  mutable std::mutex mutex_;
  // Guarded by mutex_
  Version version_ = 0;
  std::array<std::size_t, kRemembered> recent_ = {};  // hashes of topics, by version
  std::map<std::string, Waiters, std::less<>> waiters_;
};

}  // namespace streamkit::http
