#pragma once

#include <cstdint>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "local/sqlite_connection.hpp"

namespace streamkit::local {

/// The key of a session's rows, and the length of its runs without a gap.
struct SessionCounters {
  std::int64_t key = 0;
  std::int64_t chunks = 0;
  std::int64_t segments = 0;
};

[[nodiscard]] Error no_session(std::string_view id);
/// Errors: NotFound.
[[nodiscard]] Result<SessionCounters> find_counters(SqliteConnection::Use& use,
                                                    std::string_view id);
/// Errors: NotFound; CorruptData.
[[nodiscard]] Result<Session> find_session(SqliteConnection::Use& use, std::string_view id);

/// Returns the text of a query for read_sessions(); `rest` follows "FROM sessions".
[[nodiscard]] std::string select_sessions(std::string_view rest);
/// Reads all rows.
/// Errors: CorruptData.
[[nodiscard]] Result<std::vector<Session>> read_sessions(Statement& rows);
/// Returns the first column of all rows.
[[nodiscard]] Result<std::vector<std::string>> read_ids(Statement& rows);

/// This function and all below need a transaction that holds the write lock. Gives the session the
/// next number of change, by which changes() finds it.
[[nodiscard]] Result<void> mark_changed(SqliteConnection::Use& use, std::int64_t key);
/// Ends the session unless it has ended already.
/// Errors: NotFound.
[[nodiscard]] Result<void> end_session(SqliteConnection::Use& use, std::string_view id,
                                       WallTime at);
/// Records a chunk that arrived at `at`, and refreshes the session's idle timer.
[[nodiscard]] Result<void> add_chunk(SqliteConnection::Use& use, const SessionCounters& session,
                                     std::int64_t index, WallTime at);
[[nodiscard]] Result<void> add_segment(SqliteConnection::Use& use, const SessionCounters& session,
                                       const SegmentRecord& record);

/// Converts to the signed numbers of SQLite. Larger ones become the largest.
[[nodiscard]] std::int64_t to_integer(std::uint64_t value) noexcept;
[[nodiscard]] inline std::uint64_t to_unsigned(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value);
}

}  // namespace streamkit::local
