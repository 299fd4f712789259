#pragma once

#include <cstdint>
#include <streamkit/core/segment_record.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "local/sqlite_database.hpp"

namespace streamkit::local {

/// Where a session's rows hang, and how far they reach without a hole.
struct SessionCounters {
  std::int64_t key = 0;
  std::int64_t chunks = 0;
  std::int64_t segments = 0;
};

[[nodiscard]] Error no_session(std::string_view id);
/// Errors: NotFound.
Result<SessionCounters> find_counters(SqliteConnection::Use& use, std::string_view id);
/// Errors: NotFound; CorruptData.
Result<Session> find_session(SqliteConnection::Use& use, std::string_view id);

/// The text of a query for read_sessions(); `rest` is what follows "FROM sessions".
[[nodiscard]] std::string select_sessions(std::string_view rest);
/// To the end. Errors: CorruptData.
Result<std::vector<Session>> read_sessions(Statement& rows);
/// The first column of all rows.
Result<std::vector<std::string>> read_ids(Statement& rows);

/// Does `work` in one transaction, then wakes those who wait for changes of sessions.
template <typename Work>
Result<void> change_sessions(SqliteDatabase& database, Work work) {
  auto done = [&] {
    auto use = database.writer->use();
    return in_transaction(use, [&] { return work(use); });
  }();
  if (done) database.session_changed.ring();
  return done;
}

/// All below: within a transaction that holds the write lock.
/// Gives the session the next number of change, by which changes() finds it.
Result<void> mark_changed(SqliteConnection::Use& use, std::int64_t key);
/// Unless it has ended before. Errors: NotFound.
Result<void> end_session(SqliteConnection::Use& use, std::string_view id, WallTime at);
/// A chunk came at `at`, which is a sign of life.
Result<void> add_chunk(SqliteConnection::Use& use, const SessionCounters& session,
                       std::int64_t index, WallTime at);
Result<void> add_segment(SqliteConnection::Use& use, const SessionCounters& session,
                         const SegmentRecord& record);

/// Whole numbers as SQLite has them: signed. Larger ones become the largest.
[[nodiscard]] std::int64_t to_integer(std::uint64_t value) noexcept;
[[nodiscard]] inline std::uint64_t to_unsigned(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value);
}

}  // namespace streamkit::local
