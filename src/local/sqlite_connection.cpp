#include "local/sqlite_connection.hpp"

namespace streamkit::local {
namespace {

constexpr int kBusyTimeoutMs = 5000;

ErrorCode code_of(int status) noexcept {
  constexpr int kPrimaryBits = 0xff;
  switch (status & kPrimaryBits) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
      return ErrorCode::Unavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ErrorCode::ResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::CorruptData;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return ErrorCode::PermissionDenied;
    default:
      return ErrorCode::Internal;
  }
}

Error sqlite_error(sqlite3* database, int status) {
  // The message of the connection describes its latest failure, which may be another one.
  const bool latest = database != nullptr && sqlite3_extended_errcode(database) == status;
  return {code_of(status), latest ? sqlite3_errmsg(database) : sqlite3_errstr(status), "sqlite",
          status};
}

int length_of(std::string_view text) { return static_cast<int>(text.size()); }

// SQLite would bind NULL for a null pointer instead of an empty text.
const char* data_of(std::string_view text) { return text.empty() ? "" : text.data(); }

// Several processes may open a new file concurrently, and SQLite does not always wait for the other
// process.
Result<void> enter_write_ahead_mode(SqliteConnection::Use& use) {
  constexpr int kAttempts = 250;
  constexpr int kPauseMs = 20;
  for (int attempt = 1;; ++attempt) {
    std::string mode;
    auto outcome = [&]() -> Result<void> {
      Statement pragma = use.statement("PRAGMA journal_mode=WAL");
      const auto row = pragma.next();
      if (!row) return row.error();
      mode = pragma.text(0);
      return {};
    }();
    if (outcome && mode == "wal") return {};
    if (outcome) {
      return Error{ErrorCode::Unsupported, "its file system has no write-ahead mode for SQLite"};
    }
    if (!outcome.error().retryable() || attempt == kAttempts) return outcome;
    sqlite3_sleep(kPauseMs);
  }
}

}  // namespace

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(std::int64_t value) {
  if (status_ == SQLITE_OK) note(sqlite3_bind_int64(statement_, ++bound_, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  if (status_ == SQLITE_OK) {
    note(sqlite3_bind_text(statement_, ++bound_, data_of(text), length_of(text), SQLITE_TRANSIENT));
  }
  return *this;
}

Statement& Statement::bind(std::optional<std::int64_t> value) {
  if (value) return bind(*value);
  if (status_ == SQLITE_OK) note(sqlite3_bind_null(statement_, ++bound_));
  return *this;
}

Statement& Statement::bind_bytes(std::string_view bytes) {
  if (status_ == SQLITE_OK) {
    note(sqlite3_bind_blob(statement_, ++bound_, data_of(bytes), length_of(bytes),
                           SQLITE_TRANSIENT));
  }
  return *this;
}

Result<bool> Statement::next() {
  if (status_ != SQLITE_OK) return sqlite_error(database_, status_);
  const int status = sqlite3_step(statement_);
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return sqlite_error(database_, status);
}

Result<void> Statement::run() {
  for (;;) {
    const auto row = next();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return {};
  return integer(column);
}

std::string Statement::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

Statement SqliteConnection::Use::statement(std::string_view sql) {
  sqlite3* database = connection_.database_.get();
  auto kept = connection_.statements_.find(sql);
  if (kept == connection_.statements_.end()) {
    sqlite3_stmt* prepared = nullptr;
    const int status = sqlite3_prepare_v3(database, sql.data(), length_of(sql),
                                          SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (status != SQLITE_OK) return Statement(database, nullptr, status);
    kept = connection_.statements_.emplace(sql, StatementHandle(prepared)).first;
  }
  return Statement(database, kept->second.get(), SQLITE_OK);
}

Result<void> SqliteConnection::Use::run_script(const std::string& sql) {
  sqlite3* database = connection_.database_.get();
  const int status = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return sqlite_error(database, status);
  return {};
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(
    const std::filesystem::path& path) {
  sqlite3* opened = nullptr;
  // SQLite's own mutex is not needed, because ours is held whenever the connection is used.
  const int status =
      sqlite3_open_v2(path.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  SqliteHandle database(opened);
  if (status != SQLITE_OK) return sqlite_error(opened, status);
  if (sqlite3_db_readonly(opened, "main") != 0) {
    return Error{ErrorCode::PermissionDenied, "the file is not writable"};
  }
  sqlite3_busy_timeout(opened, kBusyTimeoutMs);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(std::move(database)));
  auto use = connection->use();
  if (auto done = enter_write_ahead_mode(use); !done) return done.error();
  // FULL is necessary: in write-ahead mode, a lower level loses the last transactions in a power
  // cut.
  auto done = use.run_script("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
  if (!done) return done.error();
  return connection;
}

Result<void> in_transaction(SqliteConnection::Use& use, const std::function<Result<void>()>& work) {
  if (auto begun = use.run("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = work();
  if (done) done = use.run("COMMIT");
  // If SQLite has rolled back already, this rollback fails, which is harmless.
  if (!done) (void)use.run("ROLLBACK");
  return done;
}

}  // namespace streamkit::local
