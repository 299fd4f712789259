#include <streamkit/store/session_maintenance.hpp>

#include "local/session_rows.hpp"
#include "local/sqlite_database.hpp"

namespace streamkit::local {
namespace {

using Use = SqliteConnection::Use;

std::string select_ended(const SessionQuery& query) {
  std::string rest = query.with_input
                         ? "INDEXED BY sessions_with_input WHERE input_removed = 0 AND "
                         : "INDEXED BY ended_sessions WHERE ";
  rest += "ended_at_ms >= ? AND ended_at_ms < ? AND id > ? ORDER BY ";
  rest += query.order == SessionOrder::ById ? "id" : "ended_at_ms";
  return select_sessions(rest + " LIMIT ?");
}

// Queries over all sessions name the index that they need: if the plan had to read every row, the
// statement could not be prepared, regardless of the number of rows. Source:
// sqlite.org/lang_indexedby.html
class SqliteSessionMaintenance final : public SessionMaintenance {
 public:
  explicit SqliteSessionMaintenance(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<std::vector<Session>> end_idle(WallTime idle_since, WallTime at,
                                        std::size_t limit) override {
    // It reads first, so that it does not wait for the write lock if no session is idle.
    if (const auto any = is_any_idle(idle_since); !any || !*any) {
      return any ? Result<std::vector<Session>>(std::vector<Session>()) : any.error();
    }
    std::vector<Session> ended;
    auto done = change_sessions(*database_, [&](Use& use) -> Result<void> {
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

  Result<std::vector<Session>> list(const SessionQuery& query) override {
    auto use = database_->reader->use();
    if (query.state == SessionState::Live) {
      Statement rows = use.statement(
          select_sessions("INDEXED BY live_sessions_by_id "
                          "WHERE ended_at_ms IS NULL AND id > ? ORDER BY id LIMIT ?"));
      return read_sessions(rows.bind(query.after_id).bind(to_integer(query.limit)));
    }
    Statement rows = use.statement(select_ended(query));
    return read_sessions(rows.bind(to_milliseconds(query.ended_since))
                             .bind(to_milliseconds(query.ended_before))
                             .bind(query.after_id)
                             .bind(to_integer(query.limit)));
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

  Result<std::size_t> remove_credentials(WallTime expired_before, std::size_t limit) override {
    // It reads first, so that it does not wait for the write lock if no credentials have expired.
    {
      auto use = database_->reader->use();
      Statement any = use.statement(
          "SELECT 1 FROM credentials INDEXED BY credentials_by_expiry WHERE expires_at_ms < ? "
          "LIMIT 1");
      const auto row = any.bind(to_milliseconds(expired_before)).next();
      if (!row) return row.error();
      if (!*row) return std::size_t{0};
    }
    auto use = database_->writer->use();
    auto removed = use.statement(
                          "DELETE FROM credentials WHERE access_key_id IN "
                          "(SELECT access_key_id FROM credentials INDEXED BY credentials_by_expiry "
                          "WHERE expires_at_ms < ? LIMIT ?)")
                       .bind(to_milliseconds(expired_before))
                       .bind(to_integer(limit))
                       .run();
    if (!removed) return removed.error().with_context("removing expired credentials");
    return static_cast<std::size_t>(use.changes());
  }

 private:
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

  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<SessionMaintenance> make_session_maintenance(
    std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteSessionMaintenance>(std::move(database));
}

}  // namespace streamkit::local
