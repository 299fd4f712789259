#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <streamkit/core/api.hpp>
#include <streamkit/store/live_stream_store.hpp>
#include <streamkit/testing/memory_session_store.hpp>
#include <string>

namespace streamkit::testing {

/// Live streams in memory, beside the sessions whose ids they may not use.
class STREAMKIT_API MemoryLiveStreamStore final : public LiveStreamStore {
 public:
  /// `sessions` must outlive this object.
  explicit MemoryLiveStreamStore(MemorySessionStore& sessions) : sessions_(sessions) {}

  Result<void> create(const LiveStream& stream) override;
  Result<LiveStream> find(std::string_view stream_id) override;
  Result<LiveStream> find_by_key_hash(std::string_view key_sha256) override;
  Result<void> update(std::string_view stream_id, const LiveStreamStatus& status) override;
  Result<void> revoke(std::string_view stream_id, WallTime at) override;
  Result<std::vector<LiveStream>> list(const LiveStreamQuery& query) override;
  Result<LiveStreamCounts> count() override;
  Result<void> remove(std::string_view stream_id) override;

 private:
  Result<LiveStream*> row_of(std::string_view stream_id);

  MemorySessionStore& sessions_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, LiveStream, std::less<>> rows_;
};

}  // namespace streamkit::testing
