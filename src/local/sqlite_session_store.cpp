#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/session_store.hpp>

#include "local/session_rows.hpp"
#include "local/sqlite_database.hpp"

namespace streamkit::local {
namespace {

using Use = SqliteConnection::Use;

class SqliteSessionStore final : public SessionStore {
 public:
  explicit SqliteSessionStore(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<void> create(const Session& session) override {
    if (!is_valid_session_id(session.id)) {
      return invalid_session_id();
    }
    auto done = change_sessions(*database_, [&](Use& use) { return insert(use, session); });
    return done ? done : done.error().with_context("creating a session");
  }

  Result<Session> find(std::string_view session_id) override {
    auto use = database_->reader->use();
    return find_session(use, session_id);
  }

  Result<Session> end(std::string_view session_id, WallTime at) override {
    auto done =
        change_sessions(*database_, [&](Use& use) { return end_session(use, session_id, at); });
    if (!done) return done.error().with_context("ending a session");
    return find(session_id);
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

 private:
  static Result<void> check_live_streams(Use& use, const std::string& id) {
    Statement row = use.statement("SELECT 1 FROM live_streams WHERE id = ?");
    const auto found = row.bind(id).next();
    if (!found) return found.error();
    if (!*found) return {};
    return Error{ErrorCode::AlreadyExists, "a live stream has the id '" + id + "'"};
  }

  static Result<void> insert(Use& use, const Session& session) {
    if (auto unused = check_live_streams(use, session.id); !unused) return unused;
    std::optional<std::int64_t> ended;
    std::optional<std::int64_t> count;
    if (session.ended_at) ended = to_milliseconds(*session.ended_at);
    if (session.final_chunk_count) count = to_integer(*session.final_chunk_count);
    auto inserted =
        use.statement(
               "INSERT OR IGNORE INTO sessions (id, mode, chunk_duration_flicks, "
               "created_at_ms, control_token, ended_at_ms, final_chunk_count, "
               "last_sign_of_life_ms, stereo) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?4, ?8)")
            .bind(session.id)
            .bind(to_string(session.mode))
            .bind(session.chunk_duration.count())
            .bind(to_milliseconds(session.created_at))
            .bind(session.control_token)
            .bind(ended)
            .bind(count)
            .bind(to_string(session.stereo))
            .run();
    if (!inserted) return inserted;
    if (use.changes() == 0) {
      return Error{ErrorCode::AlreadyExists, "session '" + session.id + "' exists"};
    }
    const auto counters = find_counters(use, session.id);
    return counters ? mark_changed(use, counters->key) : counters.error();
  }

  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<SessionStore> make_session_store(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteSessionStore>(std::move(database));
}

}  // namespace streamkit::local
