#include <algorithm>
#include <streamkit/store/stream_records.hpp>

#include "local/session_rows.hpp"
#include "local/sqlite_database.hpp"

namespace streamkit::local {
namespace {

using Use = SqliteConnection::Use;

// The maximum number of changes that one call of changes() returns.
constexpr std::int64_t kMostChanges = 1000;

Result<void> check_index(std::uint64_t index) {
  if (to_unsigned(to_integer(index)) == index && index < to_unsigned(to_integer(~0ull))) return {};
  return Error{ErrorCode::InvalidArgument, "index " + std::to_string(index) + " is too large"};
}

class SqliteStreamRecords final : public StreamRecords {
 public:
  explicit SqliteStreamRecords(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<void> record_chunk(std::string_view session_id, std::uint64_t index,
                            WallTime at) override {
    if (auto valid = check_index(index); !valid) return valid;
    return change_sessions(*database_, [&](Use& use) -> Result<void> {
      const auto session = find_counters(use, session_id);
      if (!session) return session.error();
      return add_chunk(use, *session, to_integer(index), at);
    });
  }

  Result<void> record_segment(std::string_view session_id, const SegmentRecord& record) override {
    if (auto valid = check_index(record.index); !valid) return valid;
    return change_sessions(*database_, [&](Use& use) -> Result<void> {
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
        "size_bytes, width_px, height_px, kind, rendition, parts FROM segments "
        "WHERE session = ? AND segment_index >= ? ORDER BY segment_index, rendition LIMIT ?");
    row.bind(session->key).bind(to_integer(first)).bind(to_integer(limit));
    std::vector<SegmentRecord> records;
    for (;;) {
      const auto found = row.next();
      if (!found) return found.error();
      if (!*found) return records;
      records.push_back(
          {to_unsigned(row.integer(0)), MediaTime(row.integer(1)), MediaTime(row.integer(2)),
           MediaTime(row.integer(3)), to_unsigned(row.integer(4)), to_unsigned(row.integer(5)),
           static_cast<int>(row.integer(6)), static_cast<int>(row.integer(7)),
           static_cast<SegmentKind>(row.integer(8)), row.text(9), parse_parts(row.text(10))});
    }
  }

  Result<SessionProgress> progress(std::string_view session_id) override {
    auto use = database_->reader->use();
    const auto session = find_counters(use, session_id);
    if (!session) return session.error();
    return SessionProgress{to_unsigned(session->chunks), to_unsigned(session->segments)};
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

 private:
  // Each change has its own number, which was assigned under the write lock: once a number has been
  // read, no smaller one can appear.
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

std::unique_ptr<StreamRecords> make_stream_records(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteStreamRecords>(std::move(database));
}

}  // namespace streamkit::local
