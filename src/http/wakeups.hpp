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

/// Who waits for which topic on one event loop, without a lost wake-up: who is about to wait notes
/// the version before looking, and is not let wait when the topic was woken since.
/// Thread-safety: version() and wake() from any thread, the rest from the loop's own.
class Wakeups {
 public:
  /// Grows with every wake-up.
  using Version = std::uint64_t;

  class Waiter {
   public:
    virtual ~Waiter() = default;
    /// On the loop's thread.
    virtual void notify() = 0;

   private:
    friend class Wakeups;
    Version waiting_since_ = 0;
  };

  [[nodiscard]] Version version() const;
  /// False, with nothing done, when the topic was, or may have been, woken after `since`.
  [[nodiscard]] bool wait(std::string_view topic, Waiter& waiter, Version since);
  /// No longer; does nothing for one that does not wait.
  void leave(std::string_view topic, Waiter& waiter);
  /// The version to call take() with on the loop's thread; nothing when nobody waits.
  [[nodiscard]] std::optional<Version> wake(std::string_view topic);
  /// Up to `limit` of those who waited when wake() gave `version`; they wait no longer.
  [[nodiscard]] std::vector<Waiter*> take(std::string_view topic, Version version,
                                          std::size_t limit);

 private:
  /// Wake-ups whose topics are remembered; after more than these, waiting is refused once.
  static constexpr std::size_t kRemembered = 256;
  using Waiters = std::set<std::pair<Version, Waiter*>>;

  mutable std::mutex mutex_;
  // Guarded by mutex_
  Version version_ = 0;
  std::array<std::size_t, kRemembered> recent_ = {};  // Hashes of topics, by version.
  std::map<std::string, Waiters, std::less<>> waiters_;
};

}  // namespace streamkit::http
