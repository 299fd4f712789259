#include <algorithm>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/testing/memory_live_stream_store.hpp>

namespace streamkit::testing {
namespace {

void round_down(WallTime& time) { time = std::chrono::floor<std::chrono::milliseconds>(time); }

void round_down(std::optional<WallTime>& time) {
  if (time) round_down(*time);
}

LiveStreamStatus rounded(LiveStreamStatus status) {
  round_down(status.started_at);
  round_down(status.ended_at);
  return status;
}

Error exists(const std::string& what) {
  return {ErrorCode::AlreadyExists, "there is a live stream or session with " + what};
}

}  // namespace

Result<void> MemoryLiveStreamStore::create(const LiveStream& stream) {
  if (!is_valid_session_id(stream.id)) return invalid_session_id();
  LiveStream row = stream;
  row.status = rounded(stream.status);
  round_down(row.created_at);
  round_down(row.revoked_at);
  std::lock_guard lock(mutex_);
  const bool known_key =
      !row.key_sha256.empty() && std::any_of(rows_.begin(), rows_.end(), [&](const auto& other) {
        return other.second.key_sha256 == row.key_sha256;
      });
  if (known_key) return exists("this key");
  if (!sessions_.take_live_id(row.id)) return exists("the id '" + row.id + "'");
  rows_.emplace(row.id, std::move(row));
  return {};
}

Result<LiveStream> MemoryLiveStreamStore::find(std::string_view stream_id) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(stream_id);
  if (!row) return row.error();
  return **row;
}

Result<LiveStream> MemoryLiveStreamStore::find_by_key_hash(std::string_view key_sha256) {
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const auto& row) {
    return !key_sha256.empty() && row.second.key_sha256 == key_sha256;
  });
  if (found == rows_.end()) return Error{ErrorCode::NotFound, "no live stream has this key"};
  return found->second;
}

Result<void> MemoryLiveStreamStore::update(std::string_view stream_id,
                                           const LiveStreamStatus& status) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(stream_id);
  if (!row) return row.error();
  (*row)->status = rounded(status);
  return {};
}

Result<void> MemoryLiveStreamStore::revoke(std::string_view stream_id, WallTime at) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(stream_id);
  if (!row) return row.error();
  if ((*row)->revoked_at) return {};
  round_down(at);
  (*row)->revoked_at = at;
  (*row)->key_sha256.clear();
  return {};
}

Result<std::vector<LiveStream>> MemoryLiveStreamStore::list(const LiveStreamQuery& query) {
  const auto matches = [&](const LiveStreamStatus& status) {
    if (query.state && status.state != *query.state) return false;
    return !query.ended_before || (status.ended_at && *status.ended_at < *query.ended_before);
  };
  std::vector<LiveStream> streams;
  std::lock_guard lock(mutex_);
  for (auto row = rows_.upper_bound(query.after_id);
       row != rows_.end() && streams.size() < query.limit; ++row) {
    if (matches(row->second.status)) streams.push_back(row->second);
  }
  return streams;
}

Result<LiveStreamCounts> MemoryLiveStreamStore::count() {
  LiveStreamCounts counts;
  std::lock_guard lock(mutex_);
  for (const auto& [id, row] : rows_) {
    if (row.revoked_at) continue;
    ++counts.all;
    if (row.open) ++counts.open;
  }
  return counts;
}

Result<void> MemoryLiveStreamStore::remove(std::string_view stream_id) {
  std::lock_guard lock(mutex_);
  const auto found = rows_.find(stream_id);
  if (found == rows_.end()) return {};
  rows_.erase(found);
  sessions_.release_live_id(stream_id);
  return {};
}

Result<LiveStream*> MemoryLiveStreamStore::row_of(std::string_view stream_id) {
  const auto found = rows_.find(stream_id);
  if (found == rows_.end()) {
    return Error{ErrorCode::NotFound, "no live stream '" + std::string(stream_id) + "'"};
  }
  return &found->second;
}

}  // namespace streamkit::testing
