#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <streamkit/core/api.hpp>
#include <string>

namespace streamkit::http {

/// Limits the number of resources that each client holds concurrently.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ClientSlots {
 public:
  explicit ClientSlots(std::size_t per_client)
      : per_client_(per_client), taken_(std::make_shared<Taken>()) {}

  /// Takes a slot, which is released with its last copy and may outlive this object. Null when the
  /// client has no free slot.
  [[nodiscard]] std::shared_ptr<const void> take(const std::string& client) {
    {
      std::lock_guard lock(taken_->mutex);
      auto& count = taken_->counts[client];
      if (count >= per_client_) return nullptr;
      ++count;
    }
    return std::shared_ptr<const void>(this, [taken = taken_, client](const void*) {
      std::lock_guard lock(taken->mutex);
      const auto found = taken->counts.find(client);
      if (--found->second == 0) taken->counts.erase(found);
    });
  }

 private:
  struct Taken {
    std::mutex mutex;
    // Guarded by mutex
    std::map<std::string, std::size_t> counts;
  };

  const std::size_t per_client_;
  const std::shared_ptr<Taken> taken_;
};

}  // namespace streamkit::http
