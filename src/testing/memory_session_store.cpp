#include <algorithm>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/testing/memory_session_store.hpp>

namespace streamkit::testing {
namespace {

WallTime whole_milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time);
}

}  // namespace

Result<void> MemorySessionStore::create(const Session& session) {
  if (!is_valid_session_id(session.id)) {
    return invalid_session_id();
  }
  Row row{.session = session};
  row.session.created_at = whole_milliseconds(session.created_at);
  row.last_sign_of_life = row.session.created_at;
  {
    std::lock_guard lock(mutex_);
    if (live_ids_.contains(session.id)) {
      return Error{ErrorCode::AlreadyExists, "a live stream has the id '" + session.id + "'"};
    }
    const auto [place, created] = rows_.try_emplace(session.id, std::move(row));
    if (!created) return Error{ErrorCode::AlreadyExists, "session '" + session.id + "' exists"};
    mark_changed(place->second);
  }
  wake_waiters();
  return {};
}

bool MemorySessionStore::take_live_id(const std::string& id) {
  std::lock_guard lock(mutex_);
  return !rows_.contains(id) && live_ids_.insert(id).second;
}

void MemorySessionStore::release_live_id(std::string_view id) {
  std::lock_guard lock(mutex_);
  if (const auto found = live_ids_.find(id); found != live_ids_.end()) live_ids_.erase(found);
}

Result<Session> MemorySessionStore::find(std::string_view session_id) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(session_id);
  if (!row) return row.error();
  return (*row)->session;
}

Result<Session> MemorySessionStore::end(std::string_view session_id, WallTime at) {
  Session session;
  {
    std::lock_guard lock(mutex_);
    const auto row = row_of(session_id);
    if (!row) return row.error();
    if (!(*row)->session.ended_at) end(**row, at);
    session = (*row)->session;
  }
  wake_waiters();
  return session;
}

void MemorySessionStore::end(Row& row, WallTime at) {
  row.session.ended_at = whole_milliseconds(at);
  row.session.final_chunk_count = row.progress.contiguous_chunks;
  mark_changed(row);
}

Result<std::vector<Session>> MemorySessionStore::end_idle(WallTime idle_since, WallTime at,
                                                          std::size_t limit) {
  std::vector<Session> ended;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, row] : rows_) {
      if (ended.size() == limit) break;
      if (row.session.ended_at || row.last_sign_of_life >= idle_since) continue;
      end(row, at);
      ended.push_back(row.session);
    }
  }
  wake_waiters();
  return ended;
}

Result<std::vector<Session>> MemorySessionStore::list(const SessionQuery& query) {
  const auto matches = [&](const Row& row) {
    const auto& ended = row.session.ended_at;
    if (query.state == SessionState::Live) return !ended;
    return ended && *ended >= query.ended_since && *ended < query.ended_before &&
           !(query.with_input && row.input_removed);
  };
  std::vector<Session> sessions;
  {
    std::lock_guard lock(mutex_);
    for (auto row = rows_.upper_bound(query.after_id); row != rows_.end(); ++row) {
      if (matches(row->second)) sessions.push_back(row->second.session);
    }
  }
  if (query.state == SessionState::Ended && query.order == SessionOrder::ByEndTime) {
    std::stable_sort(sessions.begin(), sessions.end(),
                     [](const Session& a, const Session& b) { return *a.ended_at < *b.ended_at; });
  }
  if (sessions.size() > query.limit) sessions.resize(query.limit);
  return sessions;
}

Result<void> MemorySessionStore::mark_input_removed(std::string_view session_id) {
  std::lock_guard lock(mutex_);
  const auto row = row_of(session_id);
  if (!row) return row.error();
  (*row)->input_removed = true;
  return {};
}

Result<void> MemorySessionStore::remove(std::string_view session_id) {
  std::lock_guard lock(mutex_);
  const auto found = rows_.find(session_id);
  if (found == rows_.end()) return {};
  changed_.erase(found->second.changed);
  rows_.erase(found);
  std::erase_if(credentials_,
                [&](const auto& entry) { return entry.second.session_id == session_id; });
  return {};
}

Result<SessionCounts> MemorySessionStore::count(WallTime idle_since) {
  SessionCounts counts;
  std::lock_guard lock(mutex_);
  for (const auto& [id, row] : rows_) {
    if (row.session.ended_at) continue;
    ++counts.live;
    if (row.last_sign_of_life < idle_since) ++counts.overdue;
  }
  return counts;
}

Result<SessionChanges> MemorySessionStore::changes(std::uint64_t cursor,
                                                   std::chrono::milliseconds wait,
                                                   std::stop_token stop) {
  constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24 * 365);
  Clock& clock = context_.clock_or_system();
  const auto deadline =
      clock.steady_now() + std::clamp(wait, std::chrono::milliseconds(0), kLongestWait);
  for (;;) {
    std::stop_token change;
    {
      std::lock_guard lock(mutex_);
      auto changes = changes_after(cursor);
      const bool over = stop.stop_requested() || clock.steady_now() >= deadline;
      if (!changes.session_ids.empty() || over) return changes;
      change = change_.get_token();
    }
    std::stop_source either;
    std::stop_callback on_stop(stop, [&] { either.request_stop(); });
    std::stop_callback on_change(change, [&] { either.request_stop(); });
    clock.wait_until(deadline, either.get_token());
  }
}

SessionChanges MemorySessionStore::changes_after(std::uint64_t cursor) const {
  constexpr std::size_t kMostChanges = 1000;
  SessionChanges changes{cursor, {}};
  for (auto next = changed_.upper_bound(cursor);
       next != changed_.end() && changes.session_ids.size() < kMostChanges; ++next) {
    changes.cursor = next->first;
    changes.session_ids.push_back(next->second);
  }
  return changes;
}

void MemorySessionStore::mark_changed(Row& row) {
  changed_.erase(row.changed);
  row.changed = ++changes_;
  changed_.emplace(row.changed, row.session.id);
}

void MemorySessionStore::wake_waiters() {
  std::stop_source changed;
  {
    std::lock_guard lock(mutex_);
    std::swap(changed, change_);
  }
  changed.request_stop();
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

Result<std::size_t> MemorySessionStore::remove_credentials(WallTime expired_before,
                                                           std::size_t limit) {
  std::lock_guard lock(mutex_);
  std::size_t left = limit;
  return std::erase_if(credentials_, [&](const auto& entry) {
    if (left == 0 || entry.second.expires_at >= expired_before) return false;
    --left;
    return true;
  });
}

Result<void> MemorySessionStore::record_chunk(std::string_view session_id, std::uint64_t index,
                                              WallTime at) {
  {
    std::lock_guard lock(mutex_);
    const auto row = row_of(session_id);
    if (!row) return row.error();
    (*row)->last_sign_of_life = std::max((*row)->last_sign_of_life, whole_milliseconds(at));
    mark_changed(**row);
    (*row)->chunks.insert(index);
    std::uint64_t& contiguous = (*row)->progress.contiguous_chunks;
    while ((*row)->chunks.contains(contiguous)) ++contiguous;
  }
  wake_waiters();
  return {};
}

Result<void> MemorySessionStore::record_segment(std::string_view session_id,
                                                const SegmentRecord& record) {
  {
    std::lock_guard lock(mutex_);
    const auto row = row_of(session_id);
    if (!row) return row.error();
    mark_changed(**row);
    (*row)->segments.insert_or_assign({record.index, record.rendition}, record);
    std::uint64_t& contiguous = (*row)->progress.contiguous_segments;
    for (auto next = (*row)->segments.lower_bound({contiguous, {}});
         next != (*row)->segments.end() && next->first.first <= contiguous; ++next) {
      contiguous = next->first.first + 1;
    }
  }
  wake_waiters();
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
  for (auto next = all.lower_bound({first, {}}); next != all.end() && records.size() < limit;
       ++next) {
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
