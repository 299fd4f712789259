#include "http/wakeups.hpp"

#include <functional>

namespace streamkit::http {

Wakeups::Version Wakeups::version() const {
  std::lock_guard lock(mutex_);
  return version_;
}

bool Wakeups::wait(std::string_view topic, Waiter& waiter, Version since) {
  const std::size_t hash = std::hash<std::string_view>{}(topic);
  std::lock_guard lock(mutex_);
  if (version_ - since > kRemembered) return false;
  for (Version version = since + 1; version <= version_; ++version) {
    if (recent_[version % kRemembered] == hash) return false;
  }
  waiter.waiting_since_ = version_;
  auto found = waiters_.find(topic);
  if (found == waiters_.end()) found = waiters_.emplace(std::string(topic), Waiters{}).first;
  found->second.emplace(version_, &waiter);
  return true;
}

void Wakeups::leave(std::string_view topic, Waiter& waiter) {
  std::lock_guard lock(mutex_);
  const auto found = waiters_.find(topic);
  if (found == waiters_.end()) return;
  found->second.erase({waiter.waiting_since_, &waiter});
  if (found->second.empty()) waiters_.erase(found);
}

std::optional<Wakeups::Version> Wakeups::wake(std::string_view topic) {
  const std::size_t hash = std::hash<std::string_view>{}(topic);
  std::lock_guard lock(mutex_);
  ++version_;
  recent_[version_ % kRemembered] = hash;
  if (waiters_.find(topic) == waiters_.end()) return {};
  return version_;
}

std::vector<Wakeups::Waiter*> Wakeups::take(std::string_view topic, Version version,
                                            std::size_t limit) {
  std::vector<Waiter*> taken;
  std::lock_guard lock(mutex_);
  const auto found = waiters_.find(topic);
  if (found == waiters_.end()) return taken;
  auto& waiting = found->second;
  while (!waiting.empty() && waiting.begin()->first < version && taken.size() < limit) {
    taken.push_back(waiting.begin()->second);
    waiting.erase(waiting.begin());
  }
  if (waiting.empty()) waiters_.erase(found);
  return taken;
}

}  // namespace streamkit::http
