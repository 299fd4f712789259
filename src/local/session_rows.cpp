#include "local/session_rows.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace streamkit::local {
namespace {

using Use = SqliteConnection::Use;

// The columns that read_session() reads, in this order.
constexpr std::string_view kColumns =
    "id, mode, chunk_duration_flicks, created_at_ms, control_token, ended_at_ms, "
    "final_chunk_count, stereo";

Result<Session> read_session(const Statement& row) {
  const auto mode = parse_stereo_mode(row.text(1));
  if (!mode) {
    return Error{ErrorCode::CorruptData, "session '" + row.text(0) + "' has an unknown mode"};
  }
  const auto stereo = parse_stereo_choice(row.text(7));
  if (!stereo)
    return Error{ErrorCode::CorruptData,
                 "session '" + row.text(0) + "' has an unknown stereo choice"};
  Session session{.id = row.text(0),
                  .mode = *mode,
                  .stereo = *stereo,
                  .chunk_duration = MediaTime(row.integer(2)),
                  .created_at = from_milliseconds(row.integer(3)),
                  .control_token = row.text(4)};
  if (const auto ended = row.optional_integer(5)) session.ended_at = from_milliseconds(*ended);
  if (const auto count = row.optional_integer(6)) session.final_chunk_count = to_unsigned(*count);
  return session;
}

// Returns the end of the run of consecutive numbers that begins at `next`, according to the rows of
// `numbers`.
Result<std::int64_t> end_of_run(Statement& numbers, std::int64_t next) {
  for (;;) {
    const auto row = numbers.next();
    if (!row) return row.error();
    if (!*row || numbers.integer(0) != next) return next;
    ++next;
  }
}

// Counts upwards only and counts each number once, so that the cost of a record does not depend on
// the number of records.
Result<void> advance_chunks(Use& use, const SessionCounters& session) {
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

Result<void> advance_segments(Use& use, const SessionCounters& session) {
  std::int64_t end = session.segments;
  {
    Statement stored = use.statement(
        "SELECT DISTINCT segment_index FROM segments WHERE session = ? AND segment_index >= ? "
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

}  // namespace

std::int64_t to_integer(std::uint64_t value) noexcept {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(value, kMax));
}

Error no_session(std::string_view id) {
  return {ErrorCode::NotFound, "no session '" + std::string(id) + "'"};
}

Result<SessionCounters> find_counters(Use& use, std::string_view id) {
  Statement row = use.statement(
      "SELECT key, contiguous_chunks, contiguous_segments FROM sessions WHERE id = ?");
  const auto found = row.bind(id).next();
  if (!found) return found.error();
  if (!*found) return no_session(id);
  return SessionCounters{row.integer(0), row.integer(1), row.integer(2)};
}

std::string select_sessions(std::string_view rest) {
  return std::string("SELECT ").append(kColumns).append(" FROM sessions ").append(rest);
}

Result<Session> find_session(Use& use, std::string_view id) {
  Statement row = use.statement(select_sessions("WHERE id = ?"));
  const auto found = row.bind(id).next();
  if (!found) return found.error();
  if (!*found) return no_session(id);
  return read_session(row);
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

Result<std::vector<std::string>> read_ids(Statement& rows) {
  std::vector<std::string> ids;
  for (;;) {
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return ids;
    ids.push_back(rows.text(0));
  }
}

Result<void> mark_changed(Use& use, std::int64_t key) {
  auto counted = use.run("UPDATE session_changes SET count = count + 1");
  if (!counted) return counted;
  return use
      .statement("UPDATE sessions SET changed = (SELECT count FROM session_changes) WHERE key = ?")
      .bind(key)
      .run();
}

Result<void> end_session(Use& use, std::string_view id, WallTime at) {
  const auto session = find_counters(use, id);
  if (!session) return session.error();
  auto ended = use.statement(
                      "UPDATE sessions SET ended_at_ms = ?, final_chunk_count = contiguous_chunks "
                      "WHERE key = ? AND ended_at_ms IS NULL")
                   .bind(to_milliseconds(at))
                   .bind(session->key)
                   .run();
  if (!ended || use.changes() == 0) return ended;
  return mark_changed(use, session->key);
}

Result<void> add_chunk(Use& use, const SessionCounters& session, std::int64_t index, WallTime at) {
  auto alive = use.statement(
                      "UPDATE sessions SET last_sign_of_life_ms = max(last_sign_of_life_ms, ?) "
                      "WHERE key = ?")
                   .bind(to_milliseconds(at))
                   .bind(session.key)
                   .run();
  if (!alive) return alive;
  if (auto marked = mark_changed(use, session.key); !marked) return marked;
  if (index < session.chunks) return {};
  if (index == session.chunks) return advance_chunks(use, session);
  return use.statement("INSERT OR IGNORE INTO early_chunks VALUES (?, ?)")
      .bind(session.key)
      .bind(index)
      .run();
}

std::string part_text(const std::vector<ChunkPart>& parts) {
  std::string text;
  for (const ChunkPart& part : parts) {
    if (!text.empty()) text += ' ';
    text += std::to_string(part.duration.count()) + ':' + std::to_string(part.size_bytes);
  }
  return text;
}

std::vector<ChunkPart> parse_parts(const std::string& text) {
  std::vector<ChunkPart> parts;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::int64_t flicks = 0;
    ChunkPart part;
    const auto duration = std::from_chars(at, end, flicks);
    if (duration.ec != std::errc() || duration.ptr == end || *duration.ptr != ':') return {};
    const auto size = std::from_chars(duration.ptr + 1, end, part.size_bytes);
    if (size.ec != std::errc() || (size.ptr != end && *size.ptr != ' ')) return {};
    part.duration = MediaTime(flicks);
    parts.push_back(part);
    at = size.ptr == end ? end : size.ptr + 1;
  }
  return parts;
}

Result<void> add_segment(Use& use, const SessionCounters& session, const SegmentRecord& record) {
  if (auto marked = mark_changed(use, session.key); !marked) return marked;
  const std::int64_t index = to_integer(record.index);
  auto stored =
      use.statement("INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
          .bind(session.key)
          .bind(index)
          .bind(record.rendition)
          .bind(record.start.count())
          .bind(record.duration.count())
          .bind(record.audio_end.count())
          .bind(to_integer(record.header_bytes))
          .bind(to_integer(record.size_bytes))
          .bind(std::int64_t{record.width_px})
          .bind(std::int64_t{record.height_px})
          .bind(static_cast<std::int64_t>(record.kind))
          .bind(part_text(record.parts))
          .run();
  if (!stored || index != session.segments) return stored;
  return advance_segments(use, session);
}

}  // namespace streamkit::local
