#include <streamkit/core/chunk_key.hpp>
#include <streamkit/testing/memory_session_store.hpp>

namespace streamkit::testing {
namespace {

WallTime whole_milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time);
}

}  // namespace

Result<void> MemorySessionStore::create(const Session& session) {
  if (!is_valid_session_id(session.id)) {
    return Error{ErrorCode::InvalidArgument, "session id must be 1 to 64 of A-Z a-z 0-9 _ -"};
  }
  Row row{.session = session};
  row.session.created_at = whole_milliseconds(session.created_at);
  std::lock_guard lock(mutex_);
  if (!rows_.try_emplace(session.id, std::move(row)).second) {
    return Error{ErrorCode::AlreadyExists, "session '" + session.id + "' exists"};
  }
  return {};
}

Result<Session> MemorySessionStore::find(std::string_view session_id) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(session_id);
  if (!row) return row.error();
  return (*row)->session;
}

Result<Session> MemorySessionStore::end(std::string_view session_id, WallTime at) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(session_id);
  if (!row) return row.error();
  Session& session = (*row)->session;
  if (!session.ended_at) {
    session.ended_at = whole_milliseconds(at);
    session.final_chunk_count = (*row)->progress.contiguous_chunks;
  }
  return session;
}

Result<void> MemorySessionStore::add_credentials(const ScopedCredentials& credentials) {
  std::lock_guard lock(mutex_);
  if (const auto row = row_of(credentials.session_id); !row) return row.error();
  ScopedCredentials kept = credentials;
  kept.expires_at = whole_milliseconds(credentials.expires_at);
  if (!credentials_.try_emplace(credentials.access_key_id, std::move(kept)).second) {
    return Error{ErrorCode::AlreadyExists, "access key '" + credentials.access_key_id + "' exists"};
  }
  return {};
}

Result<ScopedCredentials> MemorySessionStore::find_credentials(std::string_view access_key_id) {
  std::lock_guard lock(mutex_);
  const auto found = credentials_.find(access_key_id);
  if (found == credentials_.end()) {
    return Error{ErrorCode::NotFound, "no access key '" + std::string(access_key_id) + "'"};
  }
  return found->second;
}

Result<void> MemorySessionStore::record_chunk(std::string_view session_id, std::uint64_t index) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(session_id);
  if (!row) return row.error();
  (*row)->chunks.insert(index);
  std::uint64_t& contiguous = (*row)->progress.contiguous_chunks;
  while ((*row)->chunks.contains(contiguous)) ++contiguous;
  return {};
}

Result<void> MemorySessionStore::record_segment(std::string_view session_id,
                                                const SegmentRecord& record) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(session_id);
  if (!row) return row.error();
  (*row)->segments.insert_or_assign(record.index, record);
  std::uint64_t& contiguous = (*row)->progress.contiguous_segments;
  while ((*row)->segments.contains(contiguous)) ++contiguous;
  return {};
}

Result<std::vector<SegmentRecord>> MemorySessionStore::segments(std::string_view session_id,
                                                                std::uint64_t first,
                                                                std::size_t limit) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(session_id);
  if (!row) return row.error();
  const auto& all = (*row)->segments;
  std::vector<SegmentRecord> records;
  for (auto next = all.lower_bound(first); next != all.end() && records.size() < limit; ++next) {
    records.push_back(next->second);
  }
  return records;
}

Result<SessionProgress> MemorySessionStore::progress(std::string_view session_id) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(session_id);
  if (!row) return row.error();
  return (*row)->progress;
}

Result<MemorySessionStore::Row*> MemorySessionStore::row_of(std::string_view session_id) {
  const auto found = rows_.find(session_id);
  if (found == rows_.end()) {
    return Error{ErrorCode::NotFound, "no session '" + std::string(session_id) + "'"};
  }
  return &found->second;
}

}  // namespace streamkit::testing
