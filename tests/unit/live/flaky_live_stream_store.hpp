#pragma once

#include <atomic>
#include <streamkit/testing/memory_live_stream_store.hpp>

namespace streamkit::live {

/// Live streams that can be made to fail. Writes of states are counted.
class FlakyLiveStreamStore final : public LiveStreamStore {
 public:
  std::atomic<bool> failing = false;
  std::atomic<bool> failing_updates = false;
  std::atomic<int> updates = 0;

  Result<void> create(const LiveStream& stream) override {
    if (failing) return failure();
    return inner_.create(stream);
  }
  Result<LiveStream> find(std::string_view id) override {
    if (failing) return failure();
    return inner_.find(id);
  }
  Result<LiveStream> find_by_key_hash(std::string_view hash) override {
    if (failing) return failure();
    return inner_.find_by_key_hash(hash);
  }
  Result<void> update(std::string_view id, const LiveStreamStatus& status) override {
    ++updates;
    if (failing || failing_updates) return failure();
    return inner_.update(id, status);
  }
  Result<void> revoke(std::string_view id, WallTime at) override {
    if (failing) return failure();
    return inner_.revoke(id, at);
  }
  Result<std::vector<LiveStream>> list(const LiveStreamQuery& query) override {
    if (failing) return failure();
    return inner_.list(query);
  }
  Result<LiveStreamCounts> count() override {
    if (failing) return failure();
    return inner_.count();
  }
  Result<void> remove(std::string_view id) override {
    if (failing) return failure();
    return inner_.remove(id);
  }
  testing::MemorySessionStore& sessions() { return sessions_; }

 private:
  static Error failure() {
    return {ErrorCode::Unavailable, "disk /secret/path is on fire", "sqlite", 10};
  }

  testing::MemorySessionStore sessions_;
  testing::MemoryLiveStreamStore inner_{sessions_};
};

}  // namespace streamkit::live
