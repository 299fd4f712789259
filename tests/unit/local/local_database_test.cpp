#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <map>
#include <mutex>
#include <streamkit/local/local_database.hpp>
#include <streamkit/testing/conformance.hpp>
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

class LocalDatabaseTest : public ::testing::Test {
 protected:
  Error error_of_open() {
    const auto database = LocalDatabase::open(path_);
    return database ? Error{ErrorCode::Internal, "opened"} : database.error();
  }
  void make_database() { (void)open_database(path_); }
  void overwrite(std::streamoff offset, std::string_view bytes) {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(offset);
    file << bytes;
  }

  TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "data" / "streamkit.db";
  testing::FakeClock clock_;
  const Context context_{.clock = &clock_};
};

TEST_F(LocalDatabaseTest, SessionsConformToTheirPort) {
  const auto database = open_database(path_);
  const auto sessions = database.session_store();
  const auto records = database.stream_records();
  const auto maintenance = database.session_maintenance();
  EXPECT_EQ(testing::check_session_store(*sessions), testing::Violations{});
  EXPECT_EQ(testing::check_stream_records(*records, *sessions), testing::Violations{});
  EXPECT_EQ(testing::check_session_maintenance(*maintenance, *sessions, *records),
            testing::Violations{});
}

TEST_F(LocalDatabaseTest, LiveStreamsConformToTheirPort) {
  const auto database = open_database(path_);
  const auto streams = database.live_stream_store();
  EXPECT_EQ(testing::check_live_stream_store(*streams, *database.session_store()),
            testing::Violations{});
}

TEST_F(LocalDatabaseTest, ADatabaseThatHadALiveStreamIsNotUnused) {
  const auto database = open_database(path_);
  EXPECT_TRUE(*database.is_unused());
  ASSERT_TRUE(database.live_stream_store()->create({.id = "s"}));
  ASSERT_TRUE(database.live_stream_store()->remove("s"));
  EXPECT_FALSE(*database.is_unused());
}

TEST_F(LocalDatabaseTest, JobsConformToTheirPort) {
  const auto database = open_database(path_, context_);
  const auto queue = database.job_queue();
  const auto pass_time = [&](auto time) { clock_.advance(time); };
  EXPECT_EQ(testing::check_job_queue(*queue, pass_time), testing::Violations{});
  EXPECT_EQ(testing::check_job_groups(*queue, pass_time), testing::Violations{});
  EXPECT_EQ(testing::check_dead_letters(*database.dead_letters(), *queue), testing::Violations{});
}

TEST_F(LocalDatabaseTest, KeepsEverythingWhenReopened) {
  const Session session{.id = "kept", .control_token = "token"};
  SegmentRecord record{.index = 0, .size_bytes = 7};
  {
    const auto database = open_database(path_, context_);
    const auto sessions = database.session_store();
    const auto records = database.stream_records();
    ASSERT_TRUE(sessions->create(session));
    for (const std::uint64_t index : {0, 1, 3}) {
      ASSERT_TRUE(records->record_chunk("kept", index, {}));
    }
    ASSERT_TRUE(records->record_segment("kept", record));
    ASSERT_TRUE(sessions->add_credentials({"key", "secret", "token", "kept", {}}));
    const auto jobs = database.job_queue();
    ASSERT_TRUE(jobs->send("delivered before"));
    const auto taken = jobs->receive(1min, 0ms, {});
    ASSERT_TRUE(taken && *taken);
    ASSERT_TRUE(jobs->send("waiting"));
  }
  const auto database = open_database(path_, context_);
  const auto sessions = database.session_store();
  const auto records = database.stream_records();
  EXPECT_EQ(sessions->find("kept")->control_token, "token");
  EXPECT_EQ(records->progress("kept")->contiguous_chunks, 2u);
  ASSERT_TRUE(records->record_chunk("kept", 2, {}));
  EXPECT_EQ(records->progress("kept")->contiguous_chunks, 4u);
  EXPECT_EQ(records->segments("kept", 0, 10)->at(0), record);
  EXPECT_EQ(sessions->find_credentials("key")->secret_access_key, "secret");
  const auto jobs = database.job_queue();
  EXPECT_EQ(jobs->depth()->waiting, 1u);
  EXPECT_EQ(jobs->depth()->in_flight, 1u);
  clock_.advance(1min);
  const auto again = jobs->receive(1min, 0ms, {});
  const auto waiting = jobs->receive(1min, 0ms, {});
  ASSERT_TRUE(waiting && *waiting && again && *again);
  EXPECT_EQ((*waiting)->body, "waiting");
  EXPECT_EQ((*again)->body, "delivered before");
  EXPECT_EQ((*again)->attempt, 2);
}

TEST_F(LocalDatabaseTest, GivesAJobThatCameBackBeforeThoseSentLater) {
  const auto jobs = open_database(path_, context_).job_queue();
  for (const char* body : {"a", "b", "c"}) ASSERT_TRUE(jobs->send(body));
  const auto first = jobs->receive(1min, 0ms, {});
  clock_.advance(1s);
  ASSERT_TRUE(jobs->retry(**first, 1s));
  EXPECT_EQ((*jobs->receive(1min, 0ms, {}))->body, "b");
  clock_.advance(1s);
  EXPECT_EQ((*jobs->receive(1min, 0ms, {}))->body, "a");
  EXPECT_EQ((*jobs->receive(1min, 0ms, {}))->body, "c");
}

TEST_F(LocalDatabaseTest, NeverNamesAnotherJobByAnOldReceipt) {
  const auto jobs = open_database(path_, context_).job_queue();
  ASSERT_TRUE(jobs->send("first"));
  const auto first = jobs->receive(1min, 0ms, {});
  ASSERT_TRUE(jobs->complete(**first));
  ASSERT_TRUE(jobs->send("second"));
  const auto second = jobs->receive(1min, 0ms, {});
  EXPECT_EQ(jobs->complete(**first).error().code, ErrorCode::NotFound);
  for (const char* receipt : {"", "1", "1.", ".1", "x.1", "1.1x", "1 OR 1=1.1"}) {
    EXPECT_EQ(jobs->complete({.receipt = receipt, .body = "second"}).error().code,
              ErrorCode::NotFound);
  }
  EXPECT_TRUE(jobs->complete(**second));
}

TEST_F(LocalDatabaseTest, RefusesIndicesBeyondItsIntegers) {
  const auto database = open_database(path_);
  const auto sessions = database.session_store();
  const auto records = database.stream_records();
  ASSERT_TRUE(sessions->create({.id = "s", .control_token = ""}));
  const auto largest = ~std::uint64_t{0};
  EXPECT_EQ(records->record_chunk("s", largest, {}).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(records->record_segment("s", {.index = largest}).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_TRUE(records->segments("s", largest, ~std::size_t{0})->empty());
}

// Two databases on one file share nothing but the file, as two processes do.
TEST_F(LocalDatabaseTest, GivesAJobToOneOfTwoDatabasesOnly) {
  constexpr int kJobs = 200;
  const auto one = open_database(path_, context_);
  const auto other = open_database(path_, context_);
  std::mutex mutex;
  std::map<std::string, int> deliveries;
  const auto drain = [&](const LocalDatabase& database) {
    const auto jobs = database.job_queue();
    for (;;) {
      const auto job = jobs->receive(1min, 0ms, {});
      ASSERT_TRUE(job) << to_string(job.error());
      if (!*job) return;
      std::lock_guard lock(mutex);
      ++deliveries[(*job)->body];
    }
  };
  const auto jobs = one.job_queue();
  for (int i = 0; i < kJobs; ++i) ASSERT_TRUE(jobs->send(std::to_string(i)));
  {
    std::jthread first([&] { drain(one); });
    std::jthread second([&] { drain(other); });
    std::jthread third([&] { drain(other); });
  }
  EXPECT_EQ(deliveries.size(), static_cast<std::size_t>(kJobs));
  for (const auto& [body, count] : deliveries) EXPECT_EQ(count, 1) << body;
  EXPECT_EQ(other.job_queue()->depth()->in_flight, static_cast<std::uint64_t>(kJobs));
}

// Sends its own jobs and drains the queue; each delivery goes through the pipe as one byte.
[[noreturn]] void work_in_process(const fs::path& path, std::uint8_t first, std::uint8_t count,
                                  int pipe_end) {
  auto database = LocalDatabase::open(path);
  if (!database) ::_exit(1);
  const auto jobs = database->job_queue();
  for (std::uint8_t i = 0; i < count; ++i) {
    if (!jobs->send(std::to_string(first + i))) ::_exit(2);
  }
  for (;;) {
    const auto job = jobs->receive(1h, 0ms, {});
    if (!job) ::_exit(3);
    if (!*job) ::_exit(0);
    const auto number = static_cast<std::uint8_t>(std::stoi((*job)->body));
    if (::write(pipe_end, &number, 1) != 1 || !jobs->complete(**job)) ::_exit(4);
  }
}

// The file does not exist yet: the processes meet while making it, too.
TEST_F(LocalDatabaseTest, GivesAJobToOneOfSeveralProcessesOnly) {
  constexpr std::uint8_t kProcesses = 3;
  constexpr std::uint8_t kEach = 40;
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  std::array<pid_t, kProcesses> children{};
  for (std::uint8_t i = 0; i < kProcesses; ++i) {
    children[i] = ::fork();
    if (children[i] == 0) {
      work_in_process(path_, static_cast<std::uint8_t>(i * kEach), kEach, ends[1]);
    }
  }
  ::close(ends[1]);
  std::map<std::uint8_t, int> deliveries;
  std::uint8_t number = 0;
  while (::read(ends[0], &number, 1) == 1) ++deliveries[number];
  ::close(ends[0]);
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_EQ(deliveries.size(), std::size_t{kProcesses} * kEach);
  for (const auto& [job, count] : deliveries) EXPECT_EQ(count, 1) << int{job};
}

TEST_F(LocalDatabaseTest, FindsJobsOfAnotherDatabaseWhileWaiting) {
  const auto sender = open_database(path_, context_).job_queue();
  const auto receiver = open_database(path_, context_).job_queue();
  std::atomic<bool> ended = false;
  Result<std::optional<Job>> job = std::optional<Job>();
  std::jthread waiting([&] {
    job = receiver->receive(1min, 1h, {});
    ended = true;
  });
  clock_.await_waiters(1);
  ASSERT_TRUE(sender->send("from elsewhere"));
  clock_.advance(50ms);
  waiting.join();
  EXPECT_TRUE(ended);
  ASSERT_TRUE(job && *job);
  EXPECT_EQ((*job)->body, "from elsewhere");
  EXPECT_EQ(clock_.elapsed(), 50ms);
}

TEST_F(LocalDatabaseTest, ATimeOfDayThatIsSetBackDelaysNoJob) {
  const auto jobs = open_database(path_, context_).job_queue();
  for (const char* body : {"held", "retried", "sent before"}) ASSERT_TRUE(jobs->send(body));
  ASSERT_TRUE(*jobs->receive(10s, 0ms, {}));
  const auto retried = jobs->receive(10s, 0ms, {});
  ASSERT_TRUE(retried && *retried);
  ASSERT_TRUE(jobs->retry(**retried, 5s));
  clock_.set_system_time(clock_.system_now() - 1h);
  EXPECT_EQ((*jobs->receive(1min, 0ms, {}))->body, "sent before");
  EXPECT_FALSE(*jobs->receive(1min, 0ms, {}));
  clock_.advance(5s);
  EXPECT_EQ((*jobs->receive(1min, 0ms, {}))->body, "retried");
  clock_.advance(5s);
  EXPECT_EQ((*jobs->receive(1min, 0ms, {}))->body, "held");
}

TEST_F(LocalDatabaseTest, ATimeOfDayThatIsSetForwardEndsNoVisibility) {
  const auto jobs = open_database(path_, context_).job_queue();
  ASSERT_TRUE(jobs->send("held"));
  ASSERT_TRUE(*jobs->receive(10s, 0ms, {}));
  clock_.set_system_time(clock_.system_now() + 1h);
  EXPECT_FALSE(*jobs->receive(10s, 0ms, {}));
}

// As after a restart of the machine, whose steady clock then begins anew.
TEST_F(LocalDatabaseTest, JobsOfAClockThatIsAheadAreReadyWhenTheFileIsOpened) {
  testing::FakeClock ahead;
  ahead.advance(1h);
  {
    const auto jobs = open_database(path_, {.clock = &ahead}).job_queue();
    for (const char* body : {"held", "retried"}) ASSERT_TRUE(jobs->send(body));
    ASSERT_TRUE(*jobs->receive(10s, 0ms, {}));
    ASSERT_TRUE(jobs->retry(**jobs->receive(10s, 0ms, {}), 5s));
  }
  const auto jobs = open_database(path_, context_).job_queue();
  const auto held = jobs->receive(10s, 0ms, {});
  ASSERT_TRUE(held && *held);
  EXPECT_EQ((*held)->lost_deliveries, 1);
  EXPECT_EQ((*jobs->receive(10s, 0ms, {}))->body, "retried");
}

TEST_F(LocalDatabaseTest, AnotherReceiverTakesTheJobsOfOneThatEnded) {
  const auto other = open_database(path_, context_).job_queue();
  {
    const auto ending = open_database(path_, context_).job_queue();
    ASSERT_TRUE(ending->send_in_group("first", {"s", 0}));
    ASSERT_TRUE(ending->send_in_group("second", {"s", 1}));
    ASSERT_TRUE(ending->receive_with({.visibility = 1h}, {}).value());
    EXPECT_FALSE(other->receive_with({.visibility = 1h}, {}).value());
  }
  clock_.advance(200ms);
  const auto taken = other->receive_with({.visibility = 1h}, {});
  ASSERT_TRUE(taken && *taken);
  EXPECT_EQ((*taken)->body, "first");
  EXPECT_EQ((*taken)->attempt, 2);
  EXPECT_EQ((*taken)->lost_deliveries, 1);
}

// The child is killed while it holds the job, and is not even waited for before the job is taken.
TEST_F(LocalDatabaseTest, AnotherProcessTakesTheJobOfOneThatWasKilled) {
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto database = LocalDatabase::open(path_);
    const auto jobs = database->job_queue();
    const bool holds = jobs->send("held") && jobs->receive(1h, 0ms, {}).value().has_value();
    (void)!::write(ends[1], holds ? "1" : "0", 1);
    for (;;) ::pause();
  }
  char holds = 0;
  ASSERT_EQ(::read(ends[0], &holds, 1), 1);
  ASSERT_EQ(holds, '1');
  const auto jobs = open_database(path_).job_queue();
  EXPECT_FALSE(*jobs->receive(1h, 0ms, {}));
  ::kill(child, SIGKILL);
  const auto taken = jobs->receive(1h, 30s, {});
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(taken && *taken);
  EXPECT_EQ((*taken)->lost_deliveries, 1);
}

TEST_F(LocalDatabaseTest, ARevivedJobKeepsItsGroup) {
  const auto database = open_database(path_, context_);
  const auto jobs = database.job_queue();
  ASSERT_TRUE(jobs->send_in_group("first", {"s", 0}));
  const auto first = jobs->receive_with({}, {});
  ASSERT_TRUE(jobs->dead_letter(**first, "broken"));
  ASSERT_TRUE(jobs->send_in_group("second", {"s", 1}));
  ASSERT_TRUE(database.dead_letters()->revive(database.dead_letters()->list("", 1)->front().id));
  EXPECT_EQ((*jobs->receive_with({}, {}))->body, "first");
  EXPECT_FALSE(*jobs->receive_with({}, {}));
}

TEST_F(LocalDatabaseTest, PollingALongQueueInWhichNothingCanBeDoneWritesNothing) {
  const auto jobs = open_database(path_, context_).job_queue();
  for (std::uint64_t i = 0; i < 50; ++i) ASSERT_TRUE(jobs->send_in_group("job", {"s", i}));
  ASSERT_TRUE(*jobs->receive_with({.visibility = 1h}, {}));
  const auto wal = fs::path(path_.string() + "-wal");
  const auto before = fs::last_write_time(wal);
  const auto size = fs::file_size(wal);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(*jobs->receive_with({.visibility = 1h}, {}));
    clock_.advance(1s);
  }
  EXPECT_EQ(fs::file_size(wal), size);
  EXPECT_EQ(fs::last_write_time(wal), before);
}

TEST_F(LocalDatabaseTest, ReadsWhileAnotherDatabaseWrites) {
  const auto one = open_database(path_).session_store();
  const auto one_records = open_database(path_).stream_records();
  const auto other_records = open_database(path_).stream_records();
  ASSERT_TRUE(one->create({.id = "s", .control_token = ""}));
  constexpr std::uint64_t kCount = 100;
  std::jthread writer([&] {
    for (std::uint64_t i = 0; i < kCount; ++i) EXPECT_TRUE(one_records->record_chunk("s", i, {}));
  });
  std::uint64_t seen = 0;
  while (seen < kCount) {
    const auto progress = other_records->progress("s");
    ASSERT_TRUE(progress) << to_string(progress.error());
    ASSERT_GE(progress->contiguous_chunks, seen);
    seen = progress->contiguous_chunks;
  }
}

TEST_F(LocalDatabaseTest, IsReadableByItsOwnerOnly) {
  make_database();
  EXPECT_EQ(fs::status(path_).permissions() & fs::perms::all, fs::perms(0600));
}

TEST_F(LocalDatabaseTest, StoresOutliveTheDatabaseObject) {
  std::unique_ptr<SessionStore> sessions = open_database(path_).session_store();
  EXPECT_TRUE(sessions->create({.id = "s", .control_token = ""}));
}

TEST_F(LocalDatabaseTest, RefusesAFileThatIsNoDatabase) {
  fs::create_directories(path_.parent_path());
  std::ofstream(path_) << std::string(5000, 'x');
  const Error error = error_of_open();
  EXPECT_EQ(error.code, ErrorCode::CorruptData);
  EXPECT_NE(error.message.find(path_.string()), std::string::npos);
  EXPECT_EQ(error.domain, "sqlite");
}

TEST_F(LocalDatabaseTest, ReportsADamagedFile) {
  make_database();
  constexpr std::streamoff kSecondPage = 4096;
  overwrite(kSecondPage, std::string(20 * 4096, '\xff'));
  const auto database = LocalDatabase::open(path_);
  const auto created = database
                           ? database->session_store()->create({.id = "s", .control_token = ""})
                           : Result<void>(database.error());
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::CorruptData);
}

// Source for the offsets: sqlite.org/fileformat2.html, "The Database Header".
TEST_F(LocalDatabaseTest, RefusesANewerSchema) {
  make_database();
  constexpr std::streamoff kUserVersion = 60;
  overwrite(kUserVersion, std::string_view("\0\0\0\10", 4));
  const Error error = error_of_open();
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_NE(error.message.find("version 8"), std::string::npos);
  EXPECT_NE(error.message.find(path_.string()), std::string::npos);
}

TEST_F(LocalDatabaseTest, RefusesAnotherProgramsDatabase) {
  make_database();
  constexpr std::streamoff kApplicationId = 68;
  overwrite(kApplicationId, "abcd");
  const Error error = error_of_open();
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_NE(error.message.find("another program"), std::string::npos);
}

TEST_F(LocalDatabaseTest, NamesThePathThatItCannotWrite) {
  make_database();
  fs::permissions(folder_.path(), fs::perms(0755));
  fs::permissions(path_.parent_path(), fs::perms(0555));
  fs::permissions(path_, fs::perms(0444));
  const WithoutRootRights ordinary_user;
  for (const fs::path& path : {path_, path_.parent_path() / "new.db", folder_.path() / "x" / "y"}) {
    const auto database = LocalDatabase::open(path);
    ASSERT_FALSE(database) << path;
    EXPECT_EQ(database.error().code, ErrorCode::PermissionDenied) << to_string(database.error());
    EXPECT_NE(database.error().message.find(path.string()), std::string::npos);
  }
}

}  // namespace
}  // namespace streamkit::local
