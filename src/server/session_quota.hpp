#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>

namespace streamkit::server {

/// Limits of one session. 0: no limit.
struct SessionQuotaOptions {
  /// The total size of its stored chunks and of its uploads in progress.
  std::uint64_t max_bytes = 0;
  /// The number of its chunks, whose indexes are below it.
  std::uint64_t max_chunks = 0;
};

/// Limits what each session may store. The sizes are counted in memory. They are read from the
/// store for a session's first upload since the start, and before an upload is rejected.
/// Thread-safety: every method may be called from any thread, concurrently.
class SessionQuota {
 public:
  /// `objects` and the targets of `context` must outlive this object.
  SessionQuota(ObjectStore& objects, SessionQuotaOptions options, Context context)
      : objects_(objects), options_(options), context_(context) {}

  /// Reserves room for an upload of `bytes`, until the result is destroyed; null when there is no
  /// limit of bytes. This object must outlive the result.
  /// Errors: ResourceExhausted, without a domain, with what to do; the store's.
  Result<std::shared_ptr<const void>> reserve(const StreamInputKey& chunk, std::uint64_t bytes);
  /// Counts a stored chunk.
  void add(std::string_view session_id, std::uint64_t bytes);
  /// Forgets what was counted for a session.
  void forget(std::string_view session_id);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Usage {
    std::uint64_t stored_bytes = 0;
    std::uint64_t reserved_bytes = 0;
    /// The sum of all add().
    std::uint64_t added_bytes = 0;
    /// Empty: never read from the store.
    std::optional<Time> counted_at = {};
  };
  enum class Outcome { Reserved, Full, Unknown };

  [[nodiscard]] Outcome try_reserve(const std::string& session_id, std::uint64_t bytes);
  Result<void> count_stored(const std::string& session_id);
  [[nodiscard]] std::shared_ptr<const void> reservation(std::string session_id,
                                                        std::uint64_t bytes);
  [[nodiscard]] Error over(std::string_view limit, std::string message) const;
  Usage& usage_of(const std::string& session_id);

  ObjectStore& objects_;
  const SessionQuotaOptions options_;
  const Context context_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, Usage, std::less<>> usages_;
};

}  // namespace streamkit::server
