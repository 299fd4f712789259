#pragma once

#include <atomic>
#include <functional>
#include <streamkit/testing/memory_session_store.hpp>

namespace streamkit::live {

/// Sessions and their records. They can be made to fail, and readers are counted.
class FlakySessionStore final : public SessionStore,
                                public StreamRecords,
                                public SessionMaintenance {
 public:
  std::atomic<bool> failing = false;
  std::atomic<int> finds = 0;
  std::atomic<int> segment_reads = 0;
  /// find() and segments() fail.
  std::atomic<bool> failing_reads = false;
  /// find() finds nothing.
  std::atomic<bool> missing = false;
  /// Called by segments() once it has read. Set it while nobody reads.
  std::function<void()> after_segments;

  Result<void> create(const Session& session) override {
    if (failing) return failure();
    return inner_.create(session);
  }
  Result<Session> find(std::string_view id) override {
    ++finds;
    if (failing || failing_reads) return failure();
    if (missing) return Error{ErrorCode::NotFound, "no session"};
    return inner_.find(id);
  }
  Result<Session> end(std::string_view id, WallTime at) override {
    if (failing) return failure();
    return inner_.end(id, at);
  }
  Result<void> add_credentials(const ScopedCredentials& credentials) override {
    if (failing) return failure();
    return inner_.add_credentials(credentials);
  }
  Result<ScopedCredentials> find_credentials(std::string_view id) override {
    if (failing) return failure();
    return inner_.find_credentials(id);
  }
  Result<std::vector<Session>> end_idle(WallTime idle_since, WallTime at,
                                        std::size_t limit) override {
    if (failing || failing_ends) return failure();
    return inner_.end_idle(idle_since, at, limit);
  }
  Result<std::vector<Session>> list(const SessionQuery& query) override {
    if (failing) return failure();
    return inner_.list(query);
  }
  Result<void> mark_input_removed(std::string_view id) override {
    if (failing) return failure();
    return inner_.mark_input_removed(id);
  }
  Result<void> remove(std::string_view id) override {
    if (failing) return failure();
    return inner_.remove(id);
  }
  Result<SessionCounts> count(WallTime idle_since) override {
    if (failing) return failure();
    return inner_.count(idle_since);
  }
  Result<std::size_t> remove_credentials(WallTime expired_before, std::size_t limit) override {
    if (failing) return failure();
    return inner_.remove_credentials(expired_before, limit);
  }
  Result<SessionChanges> changes(std::uint64_t cursor, std::chrono::milliseconds wait,
                                 std::stop_token stop) override {
    if (failing) return failure();
    return inner_.changes(cursor, wait, stop);
  }
  Result<void> record_chunk(std::string_view id, std::uint64_t index, WallTime at) override {
    if (failing || failing_records) return failure();
    return inner_.record_chunk(id, index, at);
  }
  Result<void> record_segment(std::string_view id, const SegmentRecord& record) override {
    return inner_.record_segment(id, record);
  }
  Result<std::vector<SegmentRecord>> segments(std::string_view id, std::uint64_t first,
                                              std::size_t limit) override {
    ++segment_reads;
    if (failing || failing_reads) return failure();
    auto records = inner_.segments(id, first, limit);
    if (const auto after = after_segments) after();
    return records;
  }
  Result<SessionProgress> progress(std::string_view id) override { return inner_.progress(id); }

  std::atomic<bool> failing_records = false;
  std::atomic<bool> failing_ends = false;

 private:
  static Error failure() {
    return {ErrorCode::Unavailable, "disk /secret/path is on fire", "sqlite", 10};
  }

  testing::MemorySessionStore inner_;
};

/// A session with all that calls need.
inline Session example_session(std::string id = "s1") {
  return {.id = std::move(id), .control_token = "control"};
}

/// A segment of 5 s that a playlist can list.
inline SegmentRecord example_segment(std::uint64_t index) {
  return {.index = index,
          .start = std::chrono::seconds(5 * index),
          .duration = std::chrono::seconds(5),
          .audio_end = std::chrono::seconds(5 * index + 5),
          .header_bytes = 1000,
          .size_bytes = 50'000,
          .width_px = 640,
          .height_px = 360};
}

}  // namespace streamkit::live
