#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

#include "local/sqlite_handles.hpp"

namespace streamkit::local {

/// One use of a prepared statement; its destruction makes the statement available again. The first
/// failure is kept: bind without checks and test the result of next() or run().
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement, int status) noexcept
      : database_(database), statement_(statement), status_(status) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// Binds the next parameter.
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind(std::optional<std::int64_t> value);
  Statement& bind_bytes(std::string_view bytes);

  /// Returns true if there is a row, which the accessors below read until the next call.
  Result<bool> next();
  /// Runs to the end, skipping any rows. Changes are stored only once this, or a next() that
  /// returns false, has succeeded.
  Result<void> run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  /// Returns the text or bytes of a column.
  [[nodiscard]] std::string text(int column) const;

 private:
  void note(int status) noexcept {
    if (status_ == SQLITE_OK) status_ = status;
  }

  sqlite3* database_;
  sqlite3_stmt* statement_;
  int status_;
  int bound_ = 0;
};

/// A connection to a database file.
/// Thread-safety: any thread may call use(); the SQLite calls happen under the lock that it
/// returns, since a connection serves one thread at a time.
class SqliteConnection {
 public:
  /// Gives exclusive use of the connection during its lifetime.
  class Use {
   public:
    explicit Use(SqliteConnection& connection)
        : lock_(connection.mutex_), connection_(connection) {}

    /// Returns a statement that is prepared once for each text and reused: the text must not
    /// contain values. One use at a time of the same text.
    [[nodiscard]] Statement statement(std::string_view sql);
    Result<void> run(std::string_view sql) { return statement(sql).run(); }
    /// Runs several statements without preparing them.
    Result<void> run_script(const std::string& sql);
    /// Returns the number of rows that the last statement changed.
    [[nodiscard]] int changes() const { return sqlite3_changes(connection_.database_.get()); }

   private:
    std::unique_lock<std::mutex> lock_;
    SqliteConnection& connection_;
  };

  /// Opens an existing file for reading and writing, in write-ahead mode.
  static Result<std::unique_ptr<SqliteConnection>> open(const std::filesystem::path& path);
  [[nodiscard]] Use use() { return Use(*this); }

 private:
  explicit SqliteConnection(SqliteHandle database) : database_(std::move(database)) {}

  SqliteHandle database_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, StatementHandle, std::less<>> statements_;
};

/// Runs `work` in a transaction that holds the write lock from its start. Commits unless `work`
/// fails.
Result<void> in_transaction(SqliteConnection::Use& use, const std::function<Result<void>()>& work);

/// Times are stored as whole milliseconds since the epoch of the system clock.
[[nodiscard]] inline std::int64_t to_milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
[[nodiscard]] inline std::chrono::system_clock::time_point from_milliseconds(std::int64_t count) {
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(count));
}

}  // namespace streamkit::local
