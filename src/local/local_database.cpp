#include <fcntl.h>

#include <cerrno>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/local/local_database.hpp>

#include "local/disk_files.hpp"
#include "local/job_schema.hpp"
#include "local/sqlite_database.hpp"

namespace streamkit::local {
namespace {

// "skit": distinguishes the file from the SQLite files of other programs.
constexpr std::int64_t kApplicationId = 0x736b6974;
constexpr std::int64_t kSchemaVersion = 7;

// Chunks below sessions.contiguous_chunks are complete; early_chunks holds those beyond a gap.
// AUTOINCREMENT is necessary because a job's number is part of its receipts and must never be
// reused for another job.
constexpr char kSchema1[] = R"(
CREATE TABLE sessions (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  mode TEXT NOT NULL,
  chunk_duration_flicks INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  control_token TEXT NOT NULL,
  ended_at_ms INTEGER,
  final_chunk_count INTEGER,
  contiguous_chunks INTEGER NOT NULL DEFAULT 0,
  contiguous_segments INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE early_chunks (
  session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
  chunk_index INTEGER NOT NULL,
  PRIMARY KEY (session, chunk_index)
) WITHOUT ROWID;
CREATE TABLE segments (
  session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
  segment_index INTEGER NOT NULL,
  start_flicks INTEGER NOT NULL,
  duration_flicks INTEGER NOT NULL,
  audio_end_flicks INTEGER NOT NULL,
  header_bytes INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  width_px INTEGER NOT NULL,
  height_px INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  PRIMARY KEY (session, segment_index)
) WITHOUT ROWID;
CREATE TABLE credentials (
  access_key_id TEXT PRIMARY KEY,
  secret_access_key TEXT NOT NULL,
  session_token TEXT NOT NULL,
  session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
  expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX credentials_by_session ON credentials (session);
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  body BLOB NOT NULL,
  due_ms INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_due ON jobs (due_ms, id);
CREATE TABLE dead_jobs (
  id INTEGER PRIMARY KEY,
  body BLOB NOT NULL,
  attempt INTEGER NOT NULL,
  reason TEXT NOT NULL,
  died_at_ms INTEGER NOT NULL
);
PRAGMA application_id = 0x736b6974;
PRAGMA user_version = 1;
)";

constexpr char kUpgradeTo2[] = R"(
ALTER TABLE sessions ADD COLUMN last_sign_of_life_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN input_removed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET changed = key;
CREATE TABLE session_changes (count INTEGER NOT NULL);
INSERT INTO session_changes SELECT coalesce(max(key), 0) FROM sessions;
CREATE INDEX live_sessions ON sessions (last_sign_of_life_ms) WHERE ended_at_ms IS NULL;
CREATE INDEX live_sessions_by_id ON sessions (id) WHERE ended_at_ms IS NULL;
CREATE INDEX ended_sessions ON sessions (ended_at_ms) WHERE ended_at_ms IS NOT NULL;
CREATE INDEX sessions_with_input ON sessions (ended_at_ms)
  WHERE ended_at_ms IS NOT NULL AND input_removed = 0;
CREATE INDEX sessions_by_change ON sessions (changed);
PRAGMA user_version = 2;
)";

// The rendition is part of a segment's key; it is empty if there is only one. The key's columns are
// declared first, because otherwise the integrity check of SQLite 3.40 reports values as NULL.
constexpr char kUpgradeTo3[] = R"(
CREATE TABLE rendition_segments (
  session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
  segment_index INTEGER NOT NULL,
  rendition TEXT NOT NULL,
  start_flicks INTEGER NOT NULL,
  duration_flicks INTEGER NOT NULL,
  audio_end_flicks INTEGER NOT NULL,
  header_bytes INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  width_px INTEGER NOT NULL,
  height_px INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  PRIMARY KEY (session, segment_index, rendition)
) WITHOUT ROWID;
INSERT INTO rendition_segments
  SELECT session, segment_index, '', start_flicks, duration_flicks, audio_end_flicks, header_bytes,
    size_bytes, width_px, height_px, kind
  FROM segments;
DROP TABLE segments;
ALTER TABLE rendition_segments RENAME TO segments;
PRAGMA user_version = 3;
)";

// The parts of a segment with several keyframes, as part_text() writes them.
constexpr char kUpgradeTo4[] = R"(
ALTER TABLE segments ADD COLUMN parts TEXT NOT NULL DEFAULT '';
PRAGMA user_version = 4;
)";

// What a session chooses for its 3D view, as to_string(StereoChoice) writes it.
constexpr char kUpgradeTo6[] = R"(
ALTER TABLE sessions ADD COLUMN stereo TEXT NOT NULL DEFAULT '';
PRAGMA user_version = 6;
)";

// Live streams share the namespace of their ids with sessions. AUTOINCREMENT records that there was
// one. An empty key_sha256: no key; an empty stereo_mode: no 3D view.
constexpr char kUpgradeTo7[] = R"(
CREATE TABLE live_streams (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  key_sha256 TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  on_conflict TEXT NOT NULL,
  ladder TEXT NOT NULL,
  dvr_seconds INTEGER,
  record INTEGER NOT NULL,
  stereo_mode TEXT NOT NULL,
  stereo TEXT NOT NULL,
  chunk_duration_flicks INTEGER NOT NULL,
  source TEXT NOT NULL,
  api_key TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  broadcasts INTEGER NOT NULL,
  started_at_ms INTEGER,
  ended_at_ms INTEGER
);
CREATE UNIQUE INDEX live_streams_by_key ON live_streams (key_sha256) WHERE key_sha256 <> '';
CREATE INDEX publishable_live_streams ON live_streams (is_open) WHERE revoked_at_ms IS NULL;
PRAGMA user_version = 7;
)";

// Added to files of any version, since earlier builds can use a file that has it.
constexpr char kCredentialsIndex[] =
    "CREATE INDEX IF NOT EXISTS credentials_by_expiry ON credentials (expires_at_ms);";

// Creates the file only if it does not exist: opening and closing an existing database file here
// would release the locks that other connections of this process hold on it.
// Source: fcntl(2), "record locks".
Result<void> make_private_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file && errno != EEXIST) return errno_error(errno, "creating the file");
  return {};
}

Result<std::int64_t> read_number(SqliteConnection::Use& use, std::string_view sql) {
  Statement statement = use.statement(sql);
  const auto row = statement.next();
  if (!row) return row.error();
  return *row ? statement.integer(0) : 0;
}

struct Identity {
  std::int64_t application_id = 0;
  std::int64_t schema_version = 0;
  std::int64_t tables = 0;
};

Result<Identity> read_identity(SqliteConnection::Use& use) {
  const auto application = read_number(use, "PRAGMA application_id");
  if (!application) return application.error();
  const auto version = read_number(use, "PRAGMA user_version");
  if (!version) return version.error();
  const auto tables = read_number(use, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  return Identity{*application, *version, *tables};
}

// Sessions that are live at the upgrade count as active at that moment.
Result<void> upgrade_to_2(SqliteConnection::Use& use, Clock& clock) {
  if (auto done = use.run_script(kUpgradeTo2); !done) return done;
  return use.statement("UPDATE sessions SET last_sign_of_life_ms = ?")
      .bind(to_milliseconds(clock.system_now()))
      .run();
}

Result<void> bring_up_schema(SqliteConnection::Use& use, Clock& clock) {
  return in_transaction(use, [&]() -> Result<void> {
    const auto found = read_identity(use);
    if (!found) return found.error();
    std::int64_t version = found->schema_version;
    if (found->tables == 0) {
      if (auto made = use.run_script(kSchema1); !made) return made;
      version = 1;
    } else if (found->application_id != kApplicationId) {
      return Error{ErrorCode::Unsupported, "the file belongs to another program"};
    }
    if (version == 1) {
      if (auto upgraded = upgrade_to_2(use, clock); !upgraded) return upgraded;
      version = 2;
    }
    if (version == 2) {
      if (auto upgraded = use.run_script(kUpgradeTo3); !upgraded) return upgraded;
      version = 3;
    }
    if (version == 3) {
      if (auto upgraded = use.run_script(kUpgradeTo4); !upgraded) return upgraded;
      version = 4;
    }
    if (version == 4) {
      if (auto upgraded = upgrade_jobs_to_5(use); !upgraded) return upgraded;
      version = 5;
    }
    if (version == 5) {
      if (auto upgraded = use.run_script(kUpgradeTo6); !upgraded) return upgraded;
      version = 6;
    }
    if (version == 6) {
      if (auto upgraded = use.run_script(kUpgradeTo7); !upgraded) return upgraded;
      version = 7;
    }
    if (version != kSchemaVersion) {
      return Error{ErrorCode::Unsupported, "the file has schema version " +
                                               std::to_string(version) + ", this build knows " +
                                               std::to_string(kSchemaVersion) +
                                               ": use a build that knows it, or another file"};
    }
    return use.run_script(kCredentialsIndex);
  });
}

Result<std::shared_ptr<SqliteDatabase>> open_database(const std::filesystem::path& path,
                                                      Context context) {
  if (auto made = make_folders(path.has_parent_path() ? path.parent_path() : "."); !made) {
    return made.error();
  }
  if (auto made = make_private_file(path); !made) return made.error();
  auto writer = SqliteConnection::open(path);
  if (!writer) return writer.error();
  {
    auto use = (*writer)->use();
    Clock& clock = context.clock_or_system();
    if (auto done = bring_up_schema(use, clock); !done) return done.error();
    if (auto done = release_jobs_of_another_clock(use, clock); !done) return done.error();
  }
  auto reader = SqliteConnection::open(path);
  if (!reader) return reader.error();
  auto lock_file = path;
  lock_file += "-receivers";
  return std::make_shared<SqliteDatabase>(*std::move(writer), *std::move(reader), context,
                                          std::move(lock_file));
}

}  // namespace

LocalDatabase::LocalDatabase(std::shared_ptr<SqliteDatabase> database)
    : database_(std::move(database)) {}

Result<LocalDatabase> LocalDatabase::open(const std::filesystem::path& path, Context context) {
  auto database = open_database(path, context);
  if (!database) return database.error().with_context("database '" + path.string() + "'");
  return LocalDatabase(*std::move(database));
}

std::unique_ptr<SessionStore> LocalDatabase::session_store() const {
  return make_session_store(database_);
}

std::unique_ptr<StreamRecords> LocalDatabase::stream_records() const {
  return make_stream_records(database_);
}

std::unique_ptr<SessionMaintenance> LocalDatabase::session_maintenance() const {
  return make_session_maintenance(database_);
}

std::unique_ptr<LiveStreamStore> LocalDatabase::live_stream_store() const {
  return make_live_stream_store(database_);
}

std::unique_ptr<DeadLetters> LocalDatabase::dead_letters() const {
  return make_dead_letters(database_);
}

std::unique_ptr<JobQueue> LocalDatabase::job_queue() const { return make_job_queue(database_); }

Result<bool> LocalDatabase::is_unused() const {
  auto use = database_->reader->use();
  const auto used = read_number(use,
                                "SELECT (SELECT count FROM session_changes) > 0 OR "
                                "EXISTS (SELECT 1 FROM sqlite_sequence "
                                "WHERE name IN ('jobs', 'live_streams'))");
  if (!used) return used.error().with_context("reading the database");
  return *used == 0;
}

}  // namespace streamkit::local
