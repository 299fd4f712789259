#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/live_stream_store.hpp>

#include "local/session_rows.hpp"
#include "local/sqlite_database.hpp"

namespace streamkit::local {
namespace {

using Use = SqliteConnection::Use;

// The columns that read_stream() reads, in this order.
constexpr std::string_view kColumns =
    "id, name, key_sha256, is_open, on_conflict, ladder, dvr_seconds, record, stereo_mode, stereo, "
    "chunk_duration_flicks, source, api_key, created_at_ms, revoked_at_ms, state, reason, "
    "broadcasts, started_at_ms, ended_at_ms";

std::optional<std::int64_t> optional_milliseconds(const std::optional<WallTime>& time) {
  if (!time) return {};
  return to_milliseconds(*time);
}

std::optional<WallTime> optional_time(std::optional<std::int64_t> milliseconds) {
  if (!milliseconds) return {};
  return from_milliseconds(*milliseconds);
}

Error corrupt(const Statement& row, std::string_view what) {
  return {ErrorCode::CorruptData,
          "live stream '" + row.text(0) + "' has an unknown " + std::string(what)};
}

Error no_stream(std::string_view id) {
  return {ErrorCode::NotFound, "no live stream '" + std::string(id) + "'"};
}

// A mode that is empty text stands for no 3D view.
Result<std::optional<LiveStereo>> read_stereo(const Statement& row) {
  const std::string name = row.text(8);
  if (name.empty()) return std::optional<LiveStereo>();
  const auto mode = parse_stereo_mode(name);
  if (!mode) return corrupt(row, "mode");
  auto choice = parse_stereo_choice(row.text(9));
  if (!choice) return corrupt(row, "stereo choice");
  return std::optional(LiveStereo{*mode, *std::move(choice), MediaTime(row.integer(10))});
}

Result<LiveStream> read_stream(const Statement& row) {
  const auto conflict = parse_publish_conflict(row.text(4));
  if (!conflict) return corrupt(row, "rule for conflicts");
  const auto state = parse_live_stream_state(row.text(15));
  if (!state) return corrupt(row, "state");
  auto stereo = read_stereo(row);
  if (!stereo) return stereo.error();
  LiveStream stream{.id = row.text(0),
                    .name = row.text(1),
                    .key_sha256 = row.text(2),
                    .open = row.integer(3) != 0,
                    .on_conflict = *conflict,
                    .ladder = row.text(5),
                    .record = row.integer(7) != 0,
                    .stereo = *std::move(stereo),
                    .source = row.text(11),
                    .api_key = row.text(12),
                    .created_at = from_milliseconds(row.integer(13)),
                    .revoked_at = optional_time(row.optional_integer(14)),
                    .status = {.state = *state,
                               .reason = row.text(16),
                               .broadcasts = to_unsigned(row.integer(17)),
                               .started_at = optional_time(row.optional_integer(18)),
                               .ended_at = optional_time(row.optional_integer(19))}};
  if (const auto dvr = row.optional_integer(6)) stream.dvr = std::chrono::seconds(*dvr);
  return stream;
}

Result<LiveStream> read_only(Statement& rows, const Error& missing) {
  const auto found = rows.next();
  if (!found) return found.error();
  if (!*found) return missing;
  return read_stream(rows);
}

Result<std::vector<LiveStream>> read_all(Statement& rows) {
  std::vector<LiveStream> streams;
  for (;;) {
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return streams;
    auto stream = read_stream(rows);
    if (!stream) return stream.error();
    streams.push_back(*std::move(stream));
  }
}

std::string select(std::string_view rest) {
  return std::string("SELECT ").append(kColumns).append(" FROM live_streams ").append(rest);
}

Result<bool> has_row(Use& use, std::string_view sql, std::string_view value) {
  Statement row = use.statement(sql);
  return row.bind(value).next();
}

class SqliteLiveStreamStore final : public LiveStreamStore {
 public:
  explicit SqliteLiveStreamStore(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<void> create(const LiveStream& stream) override {
    if (!is_valid_session_id(stream.id)) return invalid_session_id();
    auto use = database_->writer->use();
    auto done = in_transaction(use, [&]() -> Result<void> {
      const auto session = has_row(use, "SELECT 1 FROM sessions WHERE id = ?", stream.id);
      if (!session) return session.error();
      if (*session) {
        return Error{ErrorCode::AlreadyExists, "a session has the id '" + stream.id + "'"};
      }
      return insert(use, stream);
    });
    return done ? done : done.error().with_context("creating a live stream");
  }

  Result<LiveStream> find(std::string_view stream_id) override {
    auto use = database_->reader->use();
    Statement row = use.statement(select("WHERE id = ?"));
    return read_only(row.bind(stream_id), no_stream(stream_id));
  }

  Result<LiveStream> find_by_key_hash(std::string_view key_sha256) override {
    auto use = database_->reader->use();
    Statement row = use.statement(
        select("INDEXED BY live_streams_by_key WHERE key_sha256 = ? AND key_sha256 <> ''"));
    return read_only(row.bind(key_sha256), {ErrorCode::NotFound, "no live stream has this key"});
  }

  Result<void> update(std::string_view stream_id, const LiveStreamStatus& status) override {
    auto use = database_->writer->use();
    auto done = use.statement(
                       "UPDATE live_streams SET state = ?, reason = ?, broadcasts = ?, "
                       "started_at_ms = ?, ended_at_ms = ? WHERE id = ?")
                    .bind(to_string(status.state))
                    .bind(status.reason)
                    .bind(to_integer(status.broadcasts))
                    .bind(optional_milliseconds(status.started_at))
                    .bind(optional_milliseconds(status.ended_at))
                    .bind(stream_id)
                    .run();
    if (!done) return done.error().with_context("updating a live stream");
    return use.changes() == 0 ? Result<void>(no_stream(stream_id)) : Result<void>();
  }

  Result<void> revoke(std::string_view stream_id, WallTime at) override {
    auto use = database_->writer->use();
    auto done = use.statement(
                       "UPDATE live_streams SET key_sha256 = '', "
                       "revoked_at_ms = coalesce(revoked_at_ms, ?) WHERE id = ?")
                    .bind(to_milliseconds(at))
                    .bind(stream_id)
                    .run();
    if (!done) return done.error().with_context("revoking the key of a live stream");
    return use.changes() == 0 ? Result<void>(no_stream(stream_id)) : Result<void>();
  }

  Result<std::vector<LiveStream>> list(const LiveStreamQuery& query) override {
    std::string where = "WHERE id > ?";
    if (query.state) where += " AND state = ?";
    if (query.ended_before) where += " AND ended_at_ms < ?";
    auto use = database_->reader->use();
    Statement rows = use.statement(select(where + " ORDER BY id LIMIT ?"));
    rows.bind(query.after_id);
    if (query.state) rows.bind(to_string(*query.state));
    if (query.ended_before) rows.bind(to_milliseconds(*query.ended_before));
    rows.bind(to_integer(query.limit));
    return read_all(rows);
  }

  Result<LiveStreamCounts> count() override {
    auto use = database_->reader->use();
    Statement counts = use.statement(
        "SELECT count(*), coalesce(sum(is_open), 0) FROM live_streams "
        "INDEXED BY publishable_live_streams WHERE revoked_at_ms IS NULL");
    const auto row = counts.next();
    if (!row) return row.error();
    return LiveStreamCounts{to_unsigned(counts.integer(0)), to_unsigned(counts.integer(1))};
  }

  Result<void> remove(std::string_view stream_id) override {
    auto use = database_->writer->use();
    return use.statement("DELETE FROM live_streams WHERE id = ?").bind(stream_id).run();
  }

 private:
  static Result<void> insert(Use& use, const LiveStream& stream) {
    Statement row =
        use.statement("INSERT OR IGNORE INTO live_streams (" + std::string(kColumns) +
                      ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    std::optional<std::int64_t> dvr;
    if (stream.dvr) dvr = stream.dvr->count();
    const LiveStereo stereo = stream.stereo.value_or(LiveStereo{});
    row.bind(stream.id)
        .bind(stream.name)
        .bind(stream.key_sha256)
        .bind(std::int64_t{stream.open})
        .bind(to_string(stream.on_conflict))
        .bind(stream.ladder)
        .bind(dvr)
        .bind(std::int64_t{stream.record})
        .bind(stream.stereo ? to_string(stereo.mode) : std::string_view())
        .bind(to_string(stereo.choice))
        .bind(stereo.chunk_duration.count())
        .bind(stream.source)
        .bind(stream.api_key)
        .bind(to_milliseconds(stream.created_at))
        .bind(optional_milliseconds(stream.revoked_at))
        .bind(to_string(stream.status.state))
        .bind(stream.status.reason)
        .bind(to_integer(stream.status.broadcasts))
        .bind(optional_milliseconds(stream.status.started_at))
        .bind(optional_milliseconds(stream.status.ended_at));
    auto inserted = row.run();
    if (!inserted || use.changes() > 0) return inserted;
    return Error{ErrorCode::AlreadyExists,
                 "there is a live stream with the id '" + stream.id + "' or with its key"};
  }

  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<LiveStreamStore> make_live_stream_store(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteLiveStreamStore>(std::move(database));
}

}  // namespace streamkit::local
