#include <gtest/gtest.h>

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>
#include <ctime>

#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <streamkit/local/local_database.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <thread>

#include "temporary_folder.hpp"

namespace streamkit::local {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

LocalDatabase open_database(const fs::path& path, Context context = {}) {
  auto database = LocalDatabase::open(path, context);
  if (database) return *std::move(database);
  ADD_FAILURE() << to_string(database.error());
  std::abort();
}

struct SessionPorts {
  std::unique_ptr<SessionStore> sessions;
  std::unique_ptr<StreamRecords> records;
  std::unique_ptr<SessionMaintenance> maintenance;
};

SessionPorts ports_of(const LocalDatabase& database) {
  return {database.session_store(), database.stream_records(), database.session_maintenance()};
}

SessionQuery ended(SessionQuery query) {
  query.state = SessionState::Ended;
  query.order = SessionOrder::ByEndTime;
  return query;
}

// SQLite beside the store, for files that the store would not make itself.
class RawDatabase {
 public:
  explicit RawDatabase(const fs::path& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &database_), 0);
  }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;
  ~RawDatabase() { sqlite3_close(database_); }

  void run(const std::string& sql) {
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
        << (message == nullptr ? "" : message);
    sqlite3_free(message);
  }
  std::string text(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const std::string found = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return found;
  }
  std::int64_t number(const std::string& sql) { return std::stoll(text(sql)); }

 private:
  sqlite3* database_ = nullptr;
};

// The file as version 1 of the schema had it.
constexpr char kVersion1[] = R"(
CREATE TABLE sessions (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, mode TEXT NOT NULL,
  chunk_duration_flicks INTEGER NOT NULL, created_at_ms INTEGER NOT NULL,
  control_token TEXT NOT NULL, ended_at_ms INTEGER, final_chunk_count INTEGER,
  contiguous_chunks INTEGER NOT NULL DEFAULT 0, contiguous_segments INTEGER NOT NULL DEFAULT 0);
CREATE TABLE early_chunks (session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
  chunk_index INTEGER NOT NULL, PRIMARY KEY (session, chunk_index)) WITHOUT ROWID;
CREATE TABLE segments (session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
  segment_index INTEGER NOT NULL, start_flicks INTEGER NOT NULL, duration_flicks INTEGER NOT NULL,
  audio_end_flicks INTEGER NOT NULL, header_bytes INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
  width_px INTEGER NOT NULL, height_px INTEGER NOT NULL, kind INTEGER NOT NULL,
  PRIMARY KEY (session, segment_index)) WITHOUT ROWID;
CREATE TABLE credentials (access_key_id TEXT PRIMARY KEY, secret_access_key TEXT NOT NULL,
  session_token TEXT NOT NULL, session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
  expires_at_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX credentials_by_session ON credentials (session);
CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL,
  due_ms INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0);
CREATE INDEX jobs_by_due ON jobs (due_ms, id);
CREATE TABLE dead_jobs (id INTEGER PRIMARY KEY, body BLOB NOT NULL, attempt INTEGER NOT NULL,
  reason TEXT NOT NULL, died_at_ms INTEGER NOT NULL);
PRAGMA application_id = 0x736b6974;
PRAGMA user_version = 1;
INSERT INTO sessions VALUES
  (3, 'live', 'sbs', 3528000000, 1000, 'token', NULL, NULL, 2, 1),
  (7, 'over', 'tb', 3528000000, 1000, 'token', 9000, 4, 4, 4);
INSERT INTO early_chunks VALUES (3, 3);
INSERT INTO segments VALUES (3, 0, 0, 3528000000, 3528000000, 100, 1000, 640, 180, 0);
INSERT INTO credentials VALUES ('key', 'secret', 'token', 3, 5000);
INSERT INTO jobs (body, due_ms) VALUES ('waiting', 0);
INSERT INTO dead_jobs VALUES (9, 'dead', 3, 'broken', 0);
)";

// What version 2, of the earlier build, added to version 1.
constexpr char kVersion2[] = R"(
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

class SessionStoreTest : public ::testing::Test {
 protected:
  SessionPorts open_sessions() { return ports_of(open_database(path_, context_)); }

  TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "streamkit.db";
  testing::FakeClock clock_;
  const Context context_{.clock = &clock_};
};

TEST_F(SessionStoreTest, UpgradesAFileOfVersion1) {
  RawDatabase(path_).run(kVersion1);
  const auto now = clock_.system_now();
  const auto database = open_database(path_, context_);
  const auto sessions = ports_of(database);
  EXPECT_FALSE(sessions.sessions->find("live")->ended_at);
  EXPECT_EQ(sessions.sessions->find("over")->final_chunk_count, 4u);
  EXPECT_EQ(sessions.sessions->find("over")->mode, StereoMode::FullTb);
  EXPECT_EQ(sessions.sessions->find_credentials("key")->secret_access_key, "secret");
  EXPECT_EQ(sessions.records->segments("live", 0, 10)->size(), 1u);
  ASSERT_TRUE(sessions.records->record_chunk("live", 2, now));
  EXPECT_EQ(sessions.records->progress("live")->contiguous_chunks, 4u);

  // Neither idle at once nor for ever.
  EXPECT_TRUE(sessions.maintenance->end_idle(now, now, 10)->empty());
  EXPECT_EQ(sessions.maintenance->count(now + 1ms)->overdue, 1u);
  EXPECT_EQ(sessions.maintenance->end_idle(now + 1ms, now + 1h, 10)->size(), 1u);
  EXPECT_EQ(
      sessions.maintenance->list(ended({.ended_before = now, .with_input = true, .limit = 10}))
          ->size(),
      1u);
  const auto changes = sessions.records->changes(0, 0ms, {});
  EXPECT_EQ(std::set(changes->session_ids.begin(), changes->session_ids.end()),
            (std::set<std::string>{"live", "over"}));

  const auto jobs = database.job_queue();
  EXPECT_EQ((*jobs->receive(1min, 0ms, {}))->body, "waiting");
  EXPECT_EQ(database.dead_letters()->list("", 10)->at(0).reason, "broken");
}

TEST_F(SessionStoreTest, UpgradesAFileOfVersion2AndItsSegmentsAreTheOnlyRendition) {
  {
    RawDatabase raw(path_);
    raw.run(kVersion1);
    raw.run(kVersion2);
    raw.run("UPDATE sessions SET last_sign_of_life_ms = 7000 WHERE id = 'live'");
  }
  const auto sessions = open_sessions();
  const auto kept = sessions.records->segments("live", 0, 10);
  ASSERT_TRUE(kept) << to_string(kept.error());
  ASSERT_EQ(kept->size(), 1u);
  EXPECT_EQ(kept->front().rendition, "");
  EXPECT_EQ(kept->front().size_bytes, 1000u);
  EXPECT_EQ(kept->front().width_px, 640);
  EXPECT_EQ(sessions.maintenance->count(WallTime(7001ms))->overdue, 1u);
  EXPECT_EQ(sessions.maintenance->count(WallTime(7000ms))->overdue, 0u);
  ASSERT_TRUE(sessions.records->record_segment("live", {.index = 0, .rendition = "720p"}));
  ASSERT_TRUE(sessions.records->record_segment("live", {.index = 1}));
  EXPECT_EQ(sessions.records->segments("live", 0, 10)->size(), 3u);
  EXPECT_EQ(sessions.records->progress("live")->contiguous_segments, 2u);
  EXPECT_EQ(RawDatabase(path_).text("PRAGMA integrity_check"), "ok");
  // What hangs on a session still goes with it.
  ASSERT_TRUE(sessions.maintenance->remove("live"));
  EXPECT_EQ(RawDatabase(path_).number("SELECT count(*) FROM segments"), 0);
}

// Also those that were delayed, delivered, or from a time of day that is yet to come.
TEST_F(SessionStoreTest, JobsOfAnEarlierVersionAreReadyAndInTheOrderOfTheirSession) {
  RawDatabase(path_).run(std::string(kVersion1) + R"(
DELETE FROM jobs;
INSERT INTO jobs (body, due_ms, delivered) VALUES
  ('{"key":"stream_input/one/chunk_00001.mp4"}', 9000000000000, 0),
  ('{"key":"stream_input/one/chunk_00000.mp4"}', 9000000000000, 1),
  ('{"key":"stream_input/two/chunk_00007.mp4"}', 0, 0),
  ('{"key":"segments/job/00000_00001_sbs.mp4"}', 0, 0);
)");
  const auto jobs = open_database(path_, context_).job_queue();
  const auto next = [&]() -> std::string {
    const auto job = jobs->receive_with({}, {});
    return job && *job ? (*job)->body : "none";
  };
  EXPECT_EQ(next(), R"({"key":"stream_input/one/chunk_00000.mp4"})");
  EXPECT_EQ(next(), R"({"key":"stream_input/two/chunk_00007.mp4"})");
  EXPECT_EQ(next(), R"({"key":"segments/job/00000_00001_sbs.mp4"})");
  EXPECT_EQ(next(), "none");
  EXPECT_EQ(RawDatabase(path_).text("PRAGMA integrity_check"), "ok");
}

TEST_F(SessionStoreTest, UpgradesOnceForSeveralThatOpenTheFileAtOnce) {
  RawDatabase(path_).run(kVersion1);
  std::vector<std::jthread> openers;
  for (int i = 0; i < 4; ++i) {
    openers.emplace_back([&] {
      const auto database = LocalDatabase::open(path_);
      ASSERT_TRUE(database) << to_string(database.error());
      EXPECT_TRUE(database->session_store()->find("live"));
    });
  }
  openers.clear();
  EXPECT_EQ(RawDatabase(path_).number("PRAGMA user_version"), 7);
}

TEST_F(SessionStoreTest, SessionsOfVersion5LeaveTheirViewsToTheWorker) {
  ASSERT_TRUE(open_sessions().sessions->create(
      {.id = "old", .mode = StereoMode::HalfSbs, .control_token = "t"}));
  RawDatabase(path_).run(
      "ALTER TABLE sessions DROP COLUMN stereo; DROP TABLE live_streams; PRAGMA user_version = 5;");
  const auto sessions = open_sessions();
  const auto old = sessions.sessions->find("old");
  ASSERT_TRUE(old) << to_string(old.error());
  EXPECT_EQ(old->mode, StereoMode::HalfSbs);
  EXPECT_EQ(old->stereo, StereoChoice{});
  ASSERT_TRUE(
      sessions.sessions->create({.id = "new", .stereo = {.divergence = 4}, .control_token = "t"}));
  EXPECT_EQ(sessions.sessions->find("new")->stereo.divergence, 4);
  EXPECT_EQ(RawDatabase(path_).text("PRAGMA integrity_check"), "ok");
}

TEST_F(SessionStoreTest, AFileOfVersion6KeepsItsSessionsAndTakesLiveStreams) {
  ASSERT_TRUE(open_sessions().sessions->create(
      {.id = "old", .stereo = {.divergence = 3}, .control_token = "t"}));
  RawDatabase(path_).run("DROP TABLE live_streams; PRAGMA user_version = 6;");
  const auto database = open_database(path_, context_);
  EXPECT_EQ(database.session_store()->find("old")->stereo.divergence, 3);
  const auto streams = database.live_stream_store();
  EXPECT_EQ(streams->create({.id = "old"}).error().code, ErrorCode::AlreadyExists);
  ASSERT_TRUE(streams->create({.id = "new", .key_sha256 = std::string(64, 'a'), .dvr = 60s}));
  const auto reopened = open_database(path_, context_).live_stream_store();
  EXPECT_EQ(reopened->find_by_key_hash(std::string(64, 'a'))->dvr, 60s);
  EXPECT_EQ(RawDatabase(path_).number("PRAGMA user_version"), 7);
  EXPECT_EQ(RawDatabase(path_).text("PRAGMA integrity_check"), "ok");
}

TEST_F(SessionStoreTest, ALiveStreamThatNoBuildWroteIsReported) {
  const auto streams = open_database(path_, context_).live_stream_store();
  for (const char* change : {"state = 'PAUSED'", "on_conflict = 'fight'", "stereo_mode = 'x'"}) {
    ASSERT_TRUE(streams->create({.id = "s"}));
    RawDatabase(path_).run(std::string("UPDATE live_streams SET ") + change);
    const auto found = streams->find("s");
    ASSERT_FALSE(found) << change;
    EXPECT_EQ(found.error().code, ErrorCode::CorruptData) << change;
    ASSERT_TRUE(streams->remove("s"));
  }
}

TEST_F(SessionStoreTest, AChoiceThatNoBuildWroteIsReported) {
  ASSERT_TRUE(open_sessions().sessions->create({.id = "s", .control_token = "t"}));
  RawDatabase(path_).run("UPDATE sessions SET stereo = 'divergence=99'");
  const auto found = open_sessions().sessions->find("s");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::CorruptData);
}

// A call that read every row would take several milliseconds here, so that the thousand of each
// would go beyond the bound.
std::chrono::nanoseconds processor_time() {
  timespec time = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Of one session, of many sessions and of none; some wait for their next try.
TEST_F(SessionStoreTest, TakesAJobAmongVeryManyByIndex) {
  const auto jobs = open_database(path_, context_).job_queue();
  RawDatabase(path_).run(R"(
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO jobs (body, due_ms, group_id, group_index, state)
SELECT 'body', iif(i % 10 = 9, 1000000000000, 0),
  iif(i % 10 < 4, 'one', iif(i % 10 < 8, printf('s%06d', i), iif(i % 10 = 8, '', 'late' || i))), i,
  iif(i % 10 = 9, 2, 0)
FROM n;
)");
  constexpr int kTimes = 500;
  const auto began = processor_time();
  for (int i = 0; i < kTimes; ++i) {
    const auto held = jobs->receive_with({.visibility = 1h}, {});
    const auto job = jobs->receive_with({.visibility = 1h}, {});
    ASSERT_TRUE(held && *held && job && *job);
    ASSERT_TRUE(jobs->extend(**job, 1h));
    ASSERT_TRUE(jobs->complete(**job));
  }
  EXPECT_LT(processor_time() - began, 4s);
  EXPECT_EQ(jobs->depth()->in_flight, 500u);
}

TEST_F(SessionStoreTest, FindsAFewAmongVeryManySessionsByIndex) {
  const auto sessions = open_sessions();
  {
    RawDatabase raw(path_);
    raw.run(R"(
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO sessions (id, mode, chunk_duration_flicks, created_at_ms, control_token, ended_at_ms,
  final_chunk_count, last_sign_of_life_ms, input_removed, changed)
SELECT printf('s%06d', i), 'sbs', 1, i, '', iif(i % 10000 = 0, NULL, i), 0, i, i % 5000 <> 1, i
FROM n;
UPDATE session_changes SET count = 100000;
)");
  }
  const auto at = [](int ms) { return WallTime(std::chrono::milliseconds(ms)); };
  // Of this thread alone: a busy machine must not fail the test.
  const auto began = processor_time();
  for (int round = 0; round < 1000; ++round) {
    ASSERT_TRUE(sessions.maintenance->end_idle(at(5000), at(0), 100)->empty());
    ASSERT_EQ(sessions.maintenance->count(at(20'001))->live, 10u);
    ASSERT_EQ(sessions.maintenance->count(at(20'001))->overdue, 2u);
    ASSERT_EQ(sessions.maintenance->list({.after_id = "s050000", .limit = 100})->size(), 5u);
    ASSERT_EQ(sessions.maintenance->list(ended({.ended_before = at(50), .limit = 10}))->size(),
              10u);
    ASSERT_EQ(sessions.maintenance
                  ->list(ended({.ended_before = at(90'002), .with_input = true, .limit = 100}))
                  ->size(),
              19u);
    ASSERT_EQ(sessions.maintenance
                  ->list({.state = SessionState::Ended, .ended_since = at(99'991), .limit = 100})
                  ->size(),
              9u);
    ASSERT_EQ(sessions.records->changes(99'990, 0ms, {})->session_ids.size(), 10u);
    ASSERT_TRUE(sessions.records->changes(100'000, 0ms, {})->session_ids.empty());
  }
  const auto took = processor_time() - began;
  RecordProperty(
      "microseconds_per_round",
      static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(took).count() / 1000));
  EXPECT_LT(took, 5s);
}

TEST_F(SessionStoreTest, TellsOfVeryManyChangesInPartsAndOfEachOnce) {
  const auto sessions = open_sessions();
  RawDatabase(path_).run(R"(
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
INSERT INTO sessions (id, mode, chunk_duration_flicks, created_at_ms, control_token, changed)
SELECT printf('s%06d', i), 'sbs', 1, i, '', i FROM n;
UPDATE session_changes SET count = 2500;
)");
  std::set<std::string> told;
  std::uint64_t cursor = 0;
  const auto take = [&] {
    const auto changes = sessions.records->changes(cursor, 0ms, {});
    cursor = changes->cursor;
    told.insert(changes->session_ids.begin(), changes->session_ids.end());
    return changes->session_ids.size();
  };
  EXPECT_EQ(take(), 1000u);
  // Changes between two parts: of one told already, and of one yet to come.
  ASSERT_TRUE(sessions.records->record_chunk("s000001", 0, {}));
  ASSERT_TRUE(sessions.records->record_chunk("s001500", 0, {}));
  EXPECT_EQ(take(), 1000u);
  EXPECT_EQ(take(), 501u);
  EXPECT_EQ(take(), 0u);
  EXPECT_EQ(told.size(), 2500u);
}

TEST_F(SessionStoreTest, RemovesAllThatHangsOnASession) {
  const auto sessions = open_sessions();
  for (const char* id : {"gone", "kept"}) {
    ASSERT_TRUE(sessions.sessions->create({.id = id, .control_token = ""}));
    for (const std::uint64_t index : {0, 5}) {
      ASSERT_TRUE(sessions.records->record_chunk(id, index, {}));
      ASSERT_TRUE(sessions.records->record_segment(id, {.index = index}));
    }
    ASSERT_TRUE(sessions.sessions->add_credentials({std::string("key-") + id, "", "", id, {}}));
  }
  ASSERT_TRUE(sessions.maintenance->remove("gone"));
  RawDatabase raw(path_);
  for (const char* table : {"sessions", "early_chunks", "credentials"}) {
    EXPECT_EQ(raw.number(std::string("SELECT count(*) FROM ") + table), 1) << table;
  }
  EXPECT_EQ(raw.number("SELECT count(*) FROM segments"), 2);
}

TEST_F(SessionStoreTest, WaitsForChangesMadeByAnotherDatabase) {
  const auto writer = open_sessions();
  const auto reader = open_sessions();
  Result<SessionChanges> changes = SessionChanges{};
  std::jthread waiting([&] { changes = reader.records->changes(0, 1h, {}); });
  clock_.await_waiters(1);
  ASSERT_TRUE(writer.sessions->create({.id = "new", .control_token = ""}));
  clock_.advance(50ms);
  waiting.join();
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->session_ids, std::vector<std::string>{"new"});
  EXPECT_EQ(clock_.elapsed(), 50ms);
}

TEST_F(SessionStoreTest, WaitsNoLongerThanTold) {
  const auto sessions = open_sessions();
  Result<SessionChanges> changes = SessionChanges{};
  std::jthread waiting([&] { changes = sessions.records->changes(0, 70ms, {}); });
  clock_.await_waiters(1);
  clock_.advance(50ms);
  clock_.await_waiters(1);
  clock_.advance(20ms);
  waiting.join();
  ASSERT_TRUE(changes);
  EXPECT_TRUE(changes->session_ids.empty());
}

constexpr int kWritingProcesses = 3;
constexpr std::uint64_t kChunksOfEach = 25;

std::string session_of(int process) { return "session-" + std::to_string(process); }

[[noreturn]] void write_in_process(const fs::path& path, int process) {
  const auto database = LocalDatabase::open(path);
  if (!database) ::_exit(1);
  const auto sessions = ports_of(*database);
  if (!sessions.sessions->create({.id = session_of(process), .control_token = ""})) ::_exit(2);
  for (std::uint64_t index = 0; index < kChunksOfEach; ++index) {
    if (!sessions.records->record_chunk(session_of(process), index, {})) ::_exit(3);
    if (!sessions.records->record_segment(session_of(process), {.index = index})) ::_exit(4);
  }
  ::_exit(0);
}

// Reading a session whenever it is told of shows its last state in the end.
TEST_F(SessionStoreTest, MissesNoChangeOfOtherProcesses) {
  std::vector<pid_t> children;
  for (int process = 0; process < kWritingProcesses; ++process) {
    children.push_back(::fork());
    if (children.back() == 0) write_in_process(path_, process);
  }
  const auto sessions = ports_of(open_database(path_));
  std::map<std::string, SessionProgress> seen;
  std::uint64_t cursor = 0;
  const auto look = [&](std::chrono::milliseconds wait) {
    const auto changes = sessions.records->changes(cursor, wait, {});
    ASSERT_TRUE(changes) << to_string(changes.error());
    cursor = changes->cursor;
    for (const std::string& id : changes->session_ids) seen[id] = *sessions.records->progress(id);
  };
  for (const pid_t child : children) {
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) look(20ms);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  look(0ms);
  for (int process = 0; process < kWritingProcesses; ++process) {
    EXPECT_EQ(seen[session_of(process)].contiguous_chunks, kChunksOfEach);
    EXPECT_EQ(seen[session_of(process)].contiguous_segments, kChunksOfEach);
  }
}

}  // namespace
}  // namespace streamkit::local
