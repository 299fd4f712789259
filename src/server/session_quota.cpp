#include "server/session_quota.hpp"

#include <utility>

namespace streamkit::server {
namespace {

constexpr std::uint64_t kMebibyte = 1024 * 1024;
constexpr std::size_t kKeysPerCall = 1000;
// The number of sessions that are remembered. One that was forgotten is read from the store again.
constexpr std::size_t kMostSessions = 10'000;
// The store is read for a full session at most once in this time.
constexpr std::chrono::seconds kCountInterval{10};

}  // namespace

Result<std::shared_ptr<const void>> SessionQuota::reserve(const StreamInputKey& chunk,
                                                          std::uint64_t bytes) {
  if (options_.max_chunks > 0 && chunk.index >= options_.max_chunks) {
    return over("chunks", "a session has at most " + std::to_string(options_.max_chunks) +
                              " chunks: end it and create another one");
  }
  if (options_.max_bytes == 0) return std::shared_ptr<const void>();
  auto outcome = try_reserve(chunk.session_id, bytes);
  if (outcome == Outcome::Unknown) {
    if (auto counted = count_stored(chunk.session_id); !counted) return counted.error();
    outcome = try_reserve(chunk.session_id, bytes);
  }
  if (outcome == Outcome::Reserved) return reservation(chunk.session_id, bytes);
  return over("session_bytes", "a session may store " +
                                   std::to_string(options_.max_bytes / kMebibyte) +
                                   " MiB, and this one has used them: end it and create another");
}

SessionQuota::Outcome SessionQuota::try_reserve(const std::string& session_id,
                                                std::uint64_t bytes) {
  const auto now = context_.clock_or_system().steady_now();
  std::lock_guard lock(mutex_);
  Usage& usage = usage_of(session_id);
  if (!usage.counted_at) return Outcome::Unknown;
  const std::uint64_t used = usage.stored_bytes + usage.reserved_bytes;
  if (used <= options_.max_bytes && bytes <= options_.max_bytes - used) {
    usage.reserved_bytes += bytes;
    return Outcome::Reserved;
  }
  // A chunk that was stored again was counted twice, and chunks may have been removed.
  return now - *usage.counted_at >= kCountInterval ? Outcome::Unknown : Outcome::Full;
}

Result<void> SessionQuota::count_stored(const std::string& session_id) {
  std::uint64_t added_before = 0;
  {
    std::lock_guard lock(mutex_);
    added_before = usage_of(session_id).added_bytes;
  }
  std::uint64_t stored_bytes = 0;
  std::string after;
  const std::string prefix = input_prefix(session_id);
  for (;;) {
    const auto found = objects_.list(prefix, after, kKeysPerCall, {});
    if (!found) return found.error().with_context("list chunks");
    for (const ObjectInfo& object : *found) stored_bytes += object.size_bytes;
    if (found->size() < kKeysPerCall) break;
    after = found->back().key;
  }
  std::lock_guard lock(mutex_);
  Usage& usage = usage_of(session_id);
  // The list may lack what was stored meanwhile.
  usage.stored_bytes = stored_bytes + (usage.added_bytes - added_before);
  usage.counted_at = context_.clock_or_system().steady_now();
  return {};
}

std::shared_ptr<const void> SessionQuota::reservation(std::string session_id, std::uint64_t bytes) {
  return {this, [this, id = std::move(session_id), bytes](const void*) {
            std::lock_guard lock(mutex_);
            const auto found = usages_.find(id);
            if (found != usages_.end()) found->second.reserved_bytes -= bytes;
          }};
}

void SessionQuota::add(std::string_view session_id, std::uint64_t bytes) {
  if (options_.max_bytes == 0) return;
  std::lock_guard lock(mutex_);
  const auto found = usages_.find(session_id);
  if (found == usages_.end()) return;
  found->second.stored_bytes += bytes;
  found->second.added_bytes += bytes;
}

void SessionQuota::forget(std::string_view session_id) {
  std::lock_guard lock(mutex_);
  const auto found = usages_.find(session_id);
  if (found != usages_.end() && found->second.reserved_bytes == 0) usages_.erase(found);
}

SessionQuota::Usage& SessionQuota::usage_of(const std::string& session_id) {
  const auto found = usages_.find(session_id);
  if (found != usages_.end()) return found->second;
  if (usages_.size() >= kMostSessions) {
    std::erase_if(usages_, [](const auto& entry) { return entry.second.reserved_bytes == 0; });
  }
  return usages_[session_id];
}

Error SessionQuota::over(std::string_view limit, std::string message) const {
  context_.count("streamkit_uploads_limited_total", 1, {{"limit", limit}});
  return {ErrorCode::ResourceExhausted, std::move(message)};
}

}  // namespace streamkit::server
