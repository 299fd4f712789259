#include <algorithm>
#include <limits>
#include <streamkit/core/chunk_key.hpp>
#include <streamkit/core/session_store.hpp>

#include "local/sqlite_database.hpp"

namespace streamkit::local {
namespace {

using Use = SqliteConnection::Use;

constexpr auto kMaxInteger = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Error no_session(std::string_view id) {
  return {ErrorCode::NotFound, "no session '" + std::string(id) + "'"};
}

std::int64_t to_integer(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min(value, kMaxInteger));
}

std::uint64_t to_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

Result<void> check_index(std::uint64_t index) {
  if (index < kMaxInteger) return {};
  return Error{ErrorCode::InvalidArgument, "index " + std::to_string(index) + " is too large"};
}

// Where a session's rows hang, and how far they reach without a hole.
struct Counters {
  std::int64_t key = 0;
  std::int64_t chunks = 0;
  std::int64_t segments = 0;
};

Result<Counters> find_counters(Use& use, std::string_view id) {
  Statement row = use.statement(
      "SELECT key, contiguous_chunks, contiguous_segments FROM sessions WHERE id = ?");
  const auto found = row.bind(id).next();
  if (!found) return found.error();
  if (!*found) return no_session(id);
  return Counters{row.integer(0), row.integer(1), row.integer(2)};
}

// What read_session() reads.
#define STREAMKIT_SESSION_COLUMNS                                                \
  "id, mode, chunk_duration_flicks, created_at_ms, control_token, ended_at_ms, " \
  "final_chunk_count"

Result<Session> read_session(Statement& row) {
  const auto mode = parse_stereo_mode(row.text(1));
  if (!mode) {
    return Error{ErrorCode::CorruptData, "session '" + row.text(0) + "' has an unknown mode"};
  }
  Session session{.id = row.text(0),
                  .mode = *mode,
                  .chunk_duration = MediaTime(row.integer(2)),
                  .created_at = from_milliseconds(row.integer(3)),
                  .control_token = row.text(4)};
  if (const auto ended = row.optional_integer(5)) session.ended_at = from_milliseconds(*ended);
  if (const auto count = row.optional_integer(6)) session.final_chunk_count = to_unsigned(*count);
  return session;
}

Result<std::vector<Session>> read_sessions(Statement& rows) {
  std::vector<Session> sessions;
  for (;;) {
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return sessions;
    auto session = read_session(rows);
    if (!session) return session.error();
    sessions.push_back(*std::move(session));
  }
}

Result<Session> find_session(Use& use, std::string_view id) {
  Statement row = use.statement("SELECT " STREAMKIT_SESSION_COLUMNS " FROM sessions WHERE id = ?");
  const auto found = row.bind(id).next();
  if (!found) return found.error();
  if (!*found) return no_session(id);
  return read_session(row);
}

// Gives the session the next number of change, which changes() finds it by.
Result<void> mark_changed(Use& use, std::string_view id) {
  if (auto counted = use.statement("UPDATE session_changes SET count = count + 1").run();
      !counted) {
    return counted;
  }
  return use
      .statement(
          "UPDATE sessions SET changed = (SELECT count FROM session_changes) "
          "WHERE id = ?")
      .bind(id)
      .run();
}

// The end of the run of consecutive numbers that begins at `next`, by the rows of `numbers`.
Result<std::int64_t> end_of_run(Statement& numbers, std::int64_t next) {
  for (;;) {
    const auto row = numbers.next();
    if (!row) return row.error();
    if (!*row || numbers.integer(0) != next) return next;
    ++next;
  }
}

class SqliteSessionStore final : public SessionStore {
 public:
  explicit SqliteSessionStore(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<void> create(const Session& session) override {
    if (!is_valid_session_id(session.id)) {
      return Error{ErrorCode::InvalidArgument, "session id must be 1 to 64 of A-Z a-z 0-9 _ -"};
    }
    std::optional<std::int64_t> ended;
    std::optional<std::int64_t> count;
    if (session.ended_at) ended = to_milliseconds(*session.ended_at);
    if (session.final_chunk_count) count = to_integer(*session.final_chunk_count);
    auto done = change([&](Use& use) -> Result<void> {
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
      return mark_changed(use, session.id);
    });
    return done ? done : done.error().with_context("creating a session");
  }

  Result<Session> find(std::string_view session_id) override {
    auto use = database_->reader->use();
    return find_session(use, session_id);
  }

  Result<Session> end(std::string_view session_id, WallTime at) override {
    auto done = change([&](Use& use) { return end_session(use, session_id, at); });
    if (!done) return done.error().with_context("ending a session");
    auto use = database_->reader->use();
    return find_session(use, session_id);
  }

  Result<std::vector<Session>> end_idle(WallTime idle_since, WallTime at,
                                        std::size_t limit) override {
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
    Statement rows = use.statement("SELECT " STREAMKIT_SESSION_COLUMNS
                                   " FROM sessions WHERE ended_at_ms IS NULL AND id > ? "
                                   "ORDER BY id LIMIT ?");
    return read_sessions(rows.bind(after_id).bind(to_integer(limit)));
  }

  Result<std::vector<Session>> ended_sessions(WallTime before, std::size_t limit) override {
    auto use = database_->reader->use();
    Statement rows = use.statement("SELECT " STREAMKIT_SESSION_COLUMNS
                                   " FROM sessions WHERE ended_at_ms < ? "
                                   "ORDER BY ended_at_ms LIMIT ?");
    return read_sessions(rows.bind(to_milliseconds(before)).bind(to_integer(limit)));
  }

  Result<std::vector<Session>> ended_sessions_with_input(WallTime before,
                                                         std::size_t limit) override {
    auto use = database_->reader->use();
    Statement rows = use.statement("SELECT " STREAMKIT_SESSION_COLUMNS
                                   " FROM sessions WHERE ended_at_ms < ? AND input_removed = 0 "
                                   "ORDER BY ended_at_ms LIMIT ?");
    return read_sessions(rows.bind(to_milliseconds(before)).bind(to_integer(limit)));
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
        "SELECT count(*), count(*) FILTER (WHERE last_sign_of_life_ms < ?) FROM sessions "
        "WHERE ended_at_ms IS NULL");
    const auto row = counts.bind(to_milliseconds(idle_since)).next();
    if (!row) return row.error();
    return SessionCounts{to_unsigned(counts.integer(0)), to_unsigned(counts.integer(1))};
  }

  Result<SessionChanges> changes(std::uint64_t cursor, std::chrono::milliseconds wait,
                                 std::stop_token stop) override {
    Clock& clock = database_->context.clock_or_system();
    const auto deadline = clock.steady_now() + wait;
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
    const auto session = find_counters(use, credentials.session_id);
    if (!session) return session.error();
    auto done = use.statement("INSERT OR IGNORE INTO credentials VALUES (?, ?, ?, ?, ?)")
                    .bind(credentials.access_key_id)
                    .bind(credentials.secret_access_key)
                    .bind(credentials.session_token)
                    .bind(session->key)
                    .bind(to_milliseconds(credentials.expires_at))
                    .run();
    if (!done) return done.error().with_context("adding credentials");
    if (use.changes() == 0) {
      return Error{ErrorCode::AlreadyExists,
                   "access key '" + credentials.access_key_id + "' exists"};
    }
    return {};
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
      if (auto alive = show_life(use, session->key, at); !alive) return alive;
      if (auto marked = mark_changed(use, session_id); !marked) return marked;
      if (to_integer(index) < session->chunks) return {};
      if (to_integer(index) == session->chunks) return advance_chunks(use, *session);
      return use.statement("INSERT OR IGNORE INTO early_chunks VALUES (?, ?)")
          .bind(session->key)
          .bind(to_integer(index))
          .run();
    });
  }

  Result<void> record_segment(std::string_view session_id, const SegmentRecord& record) override {
    if (auto valid = check_index(record.index); !valid) return valid;
    return change([&](Use& use) -> Result<void> {
      const auto session = find_counters(use, session_id);
      if (!session) return session.error();
      if (auto marked = mark_changed(use, session_id); !marked) return marked;
      if (auto stored = store_segment(use, session->key, record); !stored) return stored;
      if (to_integer(record.index) != session->segments) return {};
      return advance_segments(use, *session);
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
  // What others wait for in changes(): `work` in one transaction, then the bell.
  template <typename Work>
  Result<void> change(Work work) {
    auto done = [&] {
      auto use = database_->writer->use();
      return in_transaction(use, [&] { return work(use); });
    }();
    if (done) database_->session_changed.ring();
    return done;
  }

  static Result<void> end_session(Use& use, std::string_view id, WallTime at) {
    auto ended = use.statement(
                        "UPDATE sessions SET ended_at_ms = ?, final_chunk_count = "
                        "contiguous_chunks WHERE id = ? AND ended_at_ms IS NULL")
                     .bind(to_milliseconds(at))
                     .bind(id)
                     .run();
    if (!ended || use.changes() == 0) return ended;
    return mark_changed(use, id);
  }

  static Result<std::vector<std::string>> idle_ids(Use& use, WallTime idle_since,
                                                   std::size_t limit) {
    Statement row = use.statement(
        "SELECT id FROM sessions WHERE ended_at_ms IS NULL AND last_sign_of_life_ms < ? "
        "ORDER BY last_sign_of_life_ms LIMIT ?");
    return read_ids(row.bind(to_milliseconds(idle_since)).bind(to_integer(limit)));
  }

  static Result<std::vector<std::string>> read_ids(Statement& row) {
    std::vector<std::string> ids;
    for (;;) {
      const auto found = row.next();
      if (!found) return found.error();
      if (!*found) return ids;
      ids.push_back(row.text(0));
    }
  }

  // The number is read first: what changes meanwhile is then told again, not left out.
  Result<SessionChanges> changes_after(std::uint64_t cursor) {
    SessionChanges changes;
    auto use = database_->reader->use();
    {
      Statement count = use.statement("SELECT count FROM session_changes");
      const auto row = count.next();
      if (!row) return row.error();
      changes.cursor = to_unsigned(*row ? count.integer(0) : 0);
    }
    if (changes.cursor == cursor) return changes;
    Statement row = use.statement("SELECT id FROM sessions WHERE changed > ?");
    auto ids = read_ids(row.bind(to_integer(cursor)));
    if (!ids) return ids.error();
    changes.session_ids = *std::move(ids);
    return changes;
  }

  static Result<void> show_life(Use& use, std::int64_t key, WallTime at) {
    return use
        .statement(
            "UPDATE sessions SET last_sign_of_life_ms = max(last_sign_of_life_ms, ?) "
            "WHERE key = ?")
        .bind(to_milliseconds(at))
        .bind(key)
        .run();
  }

  // Counting goes forward only and over each number once, so that a record costs the same however
  // many there are.
  static Result<void> advance_chunks(Use& use, const Counters& session) {
    std::int64_t end = session.chunks + 1;
    {
      Statement early = use.statement(
          "SELECT chunk_index FROM early_chunks WHERE session = ? AND chunk_index >= ? "
          "ORDER BY chunk_index");
      const auto run = end_of_run(early.bind(session.key).bind(end), end);
      if (!run) return run.error();
      end = *run;
    }
    auto removed = use.statement("DELETE FROM early_chunks WHERE session = ? AND chunk_index < ?")
                       .bind(session.key)
                       .bind(end)
                       .run();
    if (!removed) return removed;
    return use.statement("UPDATE sessions SET contiguous_chunks = ? WHERE key = ?")
        .bind(end)
        .bind(session.key)
        .run();
  }

  static Result<void> store_segment(Use& use, std::int64_t key, const SegmentRecord& record) {
    return use.statement("INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(key)
        .bind(to_integer(record.index))
        .bind(record.start.count())
        .bind(record.duration.count())
        .bind(record.audio_end.count())
        .bind(to_integer(record.header_bytes))
        .bind(to_integer(record.size_bytes))
        .bind(std::int64_t{record.width_px})
        .bind(std::int64_t{record.height_px})
        .bind(static_cast<std::int64_t>(record.kind))
        .run();
  }

  static Result<void> advance_segments(Use& use, const Counters& session) {
    std::int64_t end = session.segments;
    {
      Statement stored = use.statement(
          "SELECT segment_index FROM segments WHERE session = ? AND segment_index >= ? "
          "ORDER BY segment_index");
      const auto run = end_of_run(stored.bind(session.key).bind(end), end);
      if (!run) return run.error();
      end = *run;
    }
    return use.statement("UPDATE sessions SET contiguous_segments = ? WHERE key = ?")
        .bind(end)
        .bind(session.key)
        .run();
  }

  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<SessionStore> make_session_store(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteSessionStore>(std::move(database));
}

}  // namespace streamkit::local
