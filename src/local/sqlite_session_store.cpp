#include <algorithm>
#include <limits>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/session_store.hpp>

#include "local/session_rows.hpp"
#include "local/sqlite_database.hpp"

namespace streamkit::local {
namespace {

using Use = SqliteConnection::Use;

// The largest number of sessions that one call of changes() reports.
constexpr std::int64_t kMostChanges = 1000;

Result<void> check_index(std::uint64_t index) {
  if (to_unsigned(to_integer(index)) == index && index < to_unsigned(to_integer(~0ull))) return {};
  return Error{ErrorCode::InvalidArgument, "index " + std::to_string(index) + " is too large"};
}

// Queries over all sessions name their index: a plan that would read every row then fails to
// prepare, for any number of rows.
// Source: sqlite.org/lang_indexedby.html
class SqliteSessionStore final : public SessionStore {
 public:
  explicit SqliteSessionStore(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<void> create(const Session& session) override {
    if (!is_valid_session_id(session.id)) {
      return Error{ErrorCode::InvalidArgument, "session id must be 1 to 64 of A-Z a-z 0-9 _ -"};
    }
    auto done = change([&](Use& use) { return insert(use, session); });
    return done ? done : done.error().with_context("creating a session");
  }

  Result<Session> find(std::string_view session_id) override {
    auto use = database_->reader->use();
    return find_session(use, session_id);
  }

  Result<Session> end(std::string_view session_id, WallTime at) override {
    auto done = change([&](Use& use) { return end_session(use, session_id, at); });
    if (!done) return done.error().with_context("ending a session");
    return find(session_id);
  }

  Result<std::vector<Session>> end_idle(WallTime idle_since, WallTime at,
                                        std::size_t limit) override {
    // Reads first, so that nobody waits for the write lock if nothing is idle.
    if (const auto any = is_any_idle(idle_since); !any || !*any) {
      return any ? Result<std::vector<Session>>(std::vector<Session>()) : any.error();
    }
    std::vector<Session> ended;
    auto done = change([&](Use& use) -> Result<void> {
      auto idle = idle_ids(use, idle_since, limit);
      if (!idle) return idle.error();
      for (const std::string& id : *idle) {
        if (auto over = end_session(use, id, at); !over) return over;
        auto session = find_session(use, id);
        if (!session) return session.error();
        ended.push_back(*std::move(session));
      }
      return {};
    });
    if (!done) return done.error().with_context("ending idle sessions");
    return ended;
  }

  Result<std::vector<Session>> live_sessions(std::string_view after_id,
                                             std::size_t limit) override {
    auto use = database_->reader->use();
    Statement rows =
        use.statement(select_sessions("INDEXED BY live_sessions_by_id "
                                      "WHERE ended_at_ms IS NULL AND id > ? ORDER BY id LIMIT ?"));
    return read_sessions(rows.bind(after_id).bind(to_integer(limit)));
  }

  Result<std::vector<Session>> ended_sessions(WallTime before, std::size_t limit) override {
    auto use = database_->reader->use();
    Statement rows =
        use.statement(select_sessions("INDEXED BY ended_sessions "
                                      "WHERE ended_at_ms < ? ORDER BY ended_at_ms LIMIT ?"));
    return read_sessions(rows.bind(to_milliseconds(before)).bind(to_integer(limit)));
  }

  Result<std::vector<Session>> ended_sessions_with_input(WallTime before,
                                                         std::size_t limit) override {
    auto use = database_->reader->use();
    Statement rows = use.statement(select_sessions(
        "INDEXED BY sessions_with_input "
        "WHERE ended_at_ms < ? AND input_removed = 0 ORDER BY ended_at_ms LIMIT ?"));
    return read_sessions(rows.bind(to_milliseconds(before)).bind(to_integer(limit)));
  }

  Result<std::vector<Session>> recently_ended_sessions(WallTime since, std::string_view after_id,
                                                       std::size_t limit) override {
    auto use = database_->reader->use();
    Statement rows =
        use.statement(select_sessions("INDEXED BY ended_sessions "
                                      "WHERE ended_at_ms >= ? AND id > ? ORDER BY id LIMIT ?"));
    return read_sessions(rows.bind(to_milliseconds(since)).bind(after_id).bind(to_integer(limit)));
  }

  Result<void> mark_input_removed(std::string_view session_id) override {
    auto use = database_->writer->use();
    auto done =
        use.statement("UPDATE sessions SET input_removed = 1 WHERE id = ?").bind(session_id).run();
    if (!done) return done;
    return use.changes() == 0 ? Result<void>(no_session(session_id)) : Result<void>();
  }

  Result<void> remove(std::string_view session_id) override {
    auto use = database_->writer->use();
    return use.statement("DELETE FROM sessions WHERE id = ?").bind(session_id).run();
  }

  Result<SessionCounts> count(WallTime idle_since) override {
    auto use = database_->reader->use();
    Statement counts = use.statement(
        "SELECT count(*), count(*) FILTER (WHERE last_sign_of_life_ms < ?) "
        "FROM sessions INDEXED BY live_sessions WHERE ended_at_ms IS NULL");
    const auto row = counts.bind(to_milliseconds(idle_since)).next();
    if (!row) return row.error();
    return SessionCounts{to_unsigned(counts.integer(0)), to_unsigned(counts.integer(1))};
  }

  Result<SessionChanges> changes(std::uint64_t cursor, std::chrono::milliseconds wait,
                                 std::stop_token stop) override {
    Clock& clock = database_->context.clock_or_system();
    const auto deadline =
        clock.steady_now() + std::clamp(wait, std::chrono::milliseconds(0), kLongestWait);
    for (;;) {
      const std::stop_token ring = database_->session_changed.next_ring();
      auto changes = changes_after(cursor);
      if (!changes || !changes->session_ids.empty() || stop.stop_requested()) return changes;
      const auto now = clock.steady_now();
      if (now >= deadline) return changes;
      database_->wait_until(std::min(deadline, now + kPollInterval), ring, stop);
    }
  }

  Result<void> add_credentials(const ScopedCredentials& credentials) override {
    auto use = database_->writer->use();
    auto done = in_transaction(use, [&]() -> Result<void> {
      const auto session = find_counters(use, credentials.session_id);
      if (!session) return session.error();
      auto inserted = use.statement("INSERT OR IGNORE INTO credentials VALUES (?, ?, ?, ?, ?)")
                          .bind(credentials.access_key_id)
                          .bind(credentials.secret_access_key)
                          .bind(credentials.session_token)
                          .bind(session->key)
                          .bind(to_milliseconds(credentials.expires_at))
                          .run();
      if (!inserted || use.changes() > 0) return inserted;
      return Error{ErrorCode::AlreadyExists,
                   "access key '" + credentials.access_key_id + "' exists"};
    });
    return done ? done : done.error().with_context("adding credentials");
  }

  Result<ScopedCredentials> find_credentials(std::string_view access_key_id) override {
    auto use = database_->reader->use();
    Statement row = use.statement(
        "SELECT secret_access_key, session_token, sessions.id, expires_at_ms "
        "FROM credentials JOIN sessions ON sessions.key = session WHERE access_key_id = ?");
    const auto found = row.bind(access_key_id).next();
    if (!found) return found.error();
    if (!*found) {
      return Error{ErrorCode::NotFound, "no access key '" + std::string(access_key_id) + "'"};
    }
    return ScopedCredentials{std::string(access_key_id), row.text(0), row.text(1), row.text(2),
                             from_milliseconds(row.integer(3))};
  }

  Result<void> record_chunk(std::string_view session_id, std::uint64_t index,
                            WallTime at) override {
    if (auto valid = check_index(index); !valid) return valid;
    return change([&](Use& use) -> Result<void> {
      const auto session = find_counters(use, session_id);
      if (!session) return session.error();
      return add_chunk(use, *session, to_integer(index), at);
    });
  }

  Result<void> record_segment(std::string_view session_id, const SegmentRecord& record) override {
    if (auto valid = check_index(record.index); !valid) return valid;
    return change([&](Use& use) -> Result<void> {
      const auto session = find_counters(use, session_id);
      if (!session) return session.error();
      return add_segment(use, *session, record);
    });
  }

  Result<std::vector<SegmentRecord>> segments(std::string_view session_id, std::uint64_t first,
                                              std::size_t limit) override {
    auto use = database_->reader->use();
    const auto session = find_counters(use, session_id);
    if (!session) return session.error();
    Statement row = use.statement(
        "SELECT segment_index, start_flicks, duration_flicks, audio_end_flicks, header_bytes, "
        "size_bytes, width_px, height_px, kind FROM segments "
        "WHERE session = ? AND segment_index >= ? ORDER BY segment_index LIMIT ?");
    row.bind(session->key).bind(to_integer(first)).bind(to_integer(limit));
    std::vector<SegmentRecord> records;
    for (;;) {
      const auto found = row.next();
      if (!found) return found.error();
      if (!*found) return records;
      records.push_back({to_unsigned(row.integer(0)), MediaTime(row.integer(1)),
                         MediaTime(row.integer(2)), MediaTime(row.integer(3)),
                         to_unsigned(row.integer(4)), to_unsigned(row.integer(5)),
                         static_cast<int>(row.integer(6)), static_cast<int>(row.integer(7)),
                         static_cast<SegmentKind>(row.integer(8))});
    }
  }

  Result<SessionProgress> progress(std::string_view session_id) override {
    auto use = database_->reader->use();
    const auto session = find_counters(use, session_id);
    if (!session) return session.error();
    return SessionProgress{to_unsigned(session->chunks), to_unsigned(session->segments)};
  }

 private:
  // For changes that others wait for in changes(): runs `work` in one transaction, then rings the
  // bell.
  template <typename Work>
  Result<void> change(Work work) {
    auto done = [&] {
      auto use = database_->writer->use();
      return in_transaction(use, [&] { return work(use); });
    }();
    if (done) database_->session_changed.ring();
    return done;
  }

  static Result<void> insert(Use& use, const Session& session) {
    std::optional<std::int64_t> ended;
    std::optional<std::int64_t> count;
    if (session.ended_at) ended = to_milliseconds(*session.ended_at);
    if (session.final_chunk_count) count = to_integer(*session.final_chunk_count);
    auto inserted = use.statement(
                           "INSERT OR IGNORE INTO sessions (id, mode, chunk_duration_flicks, "
                           "created_at_ms, control_token, ended_at_ms, final_chunk_count, "
                           "last_sign_of_life_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?4)")
                        .bind(session.id)
                        .bind(to_string(session.mode))
                        .bind(session.chunk_duration.count())
                        .bind(to_milliseconds(session.created_at))
                        .bind(session.control_token)
                        .bind(ended)
                        .bind(count)
                        .run();
    if (!inserted) return inserted;
    if (use.changes() == 0) {
      return Error{ErrorCode::AlreadyExists, "session '" + session.id + "' exists"};
    }
    const auto counters = find_counters(use, session.id);
    return counters ? mark_changed(use, counters->key) : counters.error();
  }

  Result<bool> is_any_idle(WallTime idle_since) {
    auto use = database_->reader->use();
    const auto ids = idle_ids(use, idle_since, 1);
    if (!ids) return ids.error();
    return !ids->empty();
  }

  static Result<std::vector<std::string>> idle_ids(Use& use, WallTime idle_since,
                                                   std::size_t limit) {
    Statement rows = use.statement(
        "SELECT id FROM sessions INDEXED BY live_sessions "
        "WHERE ended_at_ms IS NULL AND last_sign_of_life_ms < ? "
        "ORDER BY last_sign_of_life_ms LIMIT ?");
    return read_ids(rows.bind(to_milliseconds(idle_since)).bind(to_integer(limit)));
  }

  // Each change has a unique number, assigned while the write lock was held: no smaller one can
  // appear once this one was seen.
  Result<SessionChanges> changes_after(std::uint64_t cursor) {
    SessionChanges changes{cursor, {}};
    auto use = database_->reader->use();
    Statement rows = use.statement(
        "SELECT id, changed FROM sessions INDEXED BY sessions_by_change WHERE changed > ? "
        "ORDER BY changed LIMIT ?");
    rows.bind(to_integer(cursor)).bind(kMostChanges);
    for (;;) {
      const auto found = rows.next();
      if (!found) return found.error();
      if (!*found) return changes;
      changes.session_ids.push_back(rows.text(0));
      changes.cursor = to_unsigned(rows.integer(1));
    }
  }

  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<SessionStore> make_session_store(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteSessionStore>(std::move(database));
}

}  // namespace streamkit::local
