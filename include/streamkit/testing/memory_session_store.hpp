#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <streamkit/core/session_store.hpp>
#include <string>

namespace streamkit::testing {

/// A whole SessionStore in memory.
class MemorySessionStore final : public SessionStore {
 public:
  Result<void> create(const Session& session) override;
  Result<Session> find(std::string_view session_id) override;
  Result<Session> end(std::string_view session_id, WallTime at) override;
  Result<void> add_credentials(const ScopedCredentials& credentials) override;
  Result<ScopedCredentials> find_credentials(std::string_view access_key_id) override;
  Result<void> record_chunk(std::string_view session_id, std::uint64_t index) override;
  Result<void> record_segment(std::string_view session_id, const SegmentRecord& record) override;
  Result<std::vector<SegmentRecord>> segments(std::string_view session_id, std::uint64_t first,
                                              std::size_t limit) override;
  Result<SessionProgress> progress(std::string_view session_id) override;

 private:
  struct Row {
    Session session;
    std::set<std::uint64_t> chunks = {};
    std::map<std::uint64_t, SegmentRecord> segments = {};
    SessionProgress progress = {};
  };

  Result<Row*> row_of(std::string_view session_id);

  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, Row, std::less<>> rows_;
  std::map<std::string, ScopedCredentials, std::less<>> credentials_;
};

}  // namespace streamkit::testing
