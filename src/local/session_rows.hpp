#pragma once

#include <cstdint>
#include <streamkit/core/segment_record.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "local/sqlite_database.hpp"

namespace streamkit::local {

/// The primary key of a session's row, and the number of its chunks and segments without a gap.
struct SessionCounters {
  std::int64_t key = 0;
  std::int64_t chunks = 0;
  std::int64_t segments = 0;
};

[[nodiscard]] Error no_session(std::string_view id);
/// Finds the counters of a session. Errors: NotFound.
Result<SessionCounters> find_counters(SqliteConnection::Use& use, std::string_view id);
/// Finds a session. Errors: NotFound; CorruptData.
Result<Session> find_session(SqliteConnection::Use& use, std::string_view id);

/// Returns the text of a query for read_sessions(); `rest` follows after "FROM sessions".
[[nodiscard]] std::string select_sessions(std::string_view rest);
/// Reads all remaining rows. Errors: CorruptData.
Result<std::vector<Session>> read_sessions(Statement& rows);
/// Returns the first column of all rows.
Result<std::vector<std::string>> read_ids(Statement& rows);

/// Runs `work` in one transaction, then wakes the threads that wait for changes of sessions.
template <typename Work>
Result<void> change_sessions(SqliteDatabase& database, Work work) {
  auto done = [&] {
    auto use = database.writer->use();
    return in_transaction(use, [&] { return work(use); });
  }();
  if (done) database.session_changed.ring();
  return done;
}

/// The following functions require a transaction that holds the write lock. Assigns the next change
/// number to the session, by which changes() finds it.
Result<void> mark_changed(SqliteConnection::Use& use, std::int64_t key);
/// Ends a session, unless it has ended before. Errors: NotFound.
Result<void> end_session(SqliteConnection::Use& use, std::string_view id, WallTime at);
/// Records a chunk that arrived at `at`, which restarts the session's idle timer.
Result<void> add_chunk(SqliteConnection::Use& use, const SessionCounters& session,
                       std::int64_t index, WallTime at);
Result<void> add_segment(SqliteConnection::Use& use, const SessionCounters& session,
                         const SegmentRecord& record);

/// Writes parts as "DURATION:BYTES DURATION:BYTES", in flicks; empty if there are none.
[[nodiscard]] std::string part_text(const std::vector<ChunkPart>& parts);
/// Reads the text of part_text(). Text that is not of this form gives no parts.
[[nodiscard]] std::vector<ChunkPart> parse_parts(const std::string& text);

/// Converts to a signed integer, the only kind that SQLite has. Larger values become the largest
/// one.
[[nodiscard]] std::int64_t to_integer(std::uint64_t value) noexcept;
[[nodiscard]] inline std::uint64_t to_unsigned(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value);
}

}  // namespace streamkit::local
