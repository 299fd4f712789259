#include <streamkit/live/retention_sweeper.hpp>

#include <gtest/gtest.h>

#include <future>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <streamkit/testing/recording_metrics.hpp>

#include "live/flaky_session_store.hpp"

namespace streamkit::live {
namespace {

using namespace std::chrono_literals;
using testing::ObjectCall;

class SessionSweeperTest : public ::testing::Test {
 protected:
  SessionSweeper& start(RetentionOptions config) {
    sweeper_.emplace(objects_, sessions_, config, hooks(), context_);
    return *sweeper_;
  }
  SweeperHooks hooks() {
    return {[this](std::string_view id) { ended_.emplace_back(id); },
            [this](std::string_view id) { expired_.emplace_back(id); },
            [this](WallTime before) -> Result<void> {
              uploads_before_ = before;
              if (uploads_fail_) return Error{ErrorCode::Unavailable, "no"};
              return {};
            }};
  }
  void create(const std::string& id) {
    ASSERT_TRUE(sessions_.create({.id = id, .created_at = now(), .control_token = ""}));
  }
  void create_ended(const std::string& id, std::uint64_t chunks = 2) {
    create(id);
    for (std::uint64_t index = 0; index < chunks; ++index) {
      put(to_string(StreamInputKey{id, index}));
      put(to_string(StreamOutputKey{id, index}));
      ASSERT_TRUE(sessions_.record_chunk(id, index, now()));
    }
    ASSERT_TRUE(sessions_.end(id, now()));
  }
  void put(const std::string& key) { ASSERT_TRUE(memory_.put(key, Bytes{1}, {}, {})); }
  std::size_t count(const std::string& prefix) {
    return memory_.list(prefix, "", 100'000, {})->size();
  }
  WallTime now() const { return clock_.system_now(); }
  bool is_live(const std::string& id) { return !sessions_.find(id)->ended_at; }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  testing::RecordingMetrics metrics_;
  const Context context_{&logger_, &metrics_, &clock_};
  testing::MemoryObjectStore memory_{context_};
  testing::FaultInjectingObjectStore objects_{memory_};
  FlakySessionStore sessions_;
  std::optional<SessionSweeper> sweeper_;
  std::vector<std::string> ended_;
  std::vector<std::string> expired_;
  std::optional<WallTime> uploads_before_;
  bool uploads_fail_ = false;
};

TEST_F(SessionSweeperTest, EndsSessionsWithoutANewChunk) {
  auto& sweeper = start({.idle_timeout = 10min});
  create("idle");
  create("fed");
  clock_.advance(9min);
  ASSERT_TRUE(sessions_.record_chunk("fed", 0, now()));
  sweeper.sweep_once();
  EXPECT_TRUE(is_live("idle"));
  clock_.advance(1min + 1ms);
  sweeper.sweep_once();
  EXPECT_FALSE(is_live("idle"));
  EXPECT_TRUE(is_live("fed"));
  EXPECT_EQ(ended_, std::vector<std::string>{"idle"});
  EXPECT_EQ(metrics_.counter("streamkit_sessions_ended_idle_total"), 1);
  EXPECT_EQ(metrics_.gauge("streamkit_sessions_live"), 1);
  EXPECT_EQ(metrics_.gauge("streamkit_sessions_overdue"), 0);
  EXPECT_TRUE(logger_.mentions("idle"));
  clock_.advance(9min);
  sweeper.sweep_once();
  EXPECT_FALSE(is_live("fed"));
  EXPECT_EQ(sessions_.find("fed")->final_chunk_count, 1u);
}

TEST_F(SessionSweeperTest, EndsManyInOneSweep) {
  auto& sweeper = start({.idle_timeout = 1min});
  for (int i = 0; i < 250; ++i) create("s" + std::to_string(i));
  clock_.advance(2min);
  sweeper.sweep_once();
  EXPECT_EQ(ended_.size(), 250u);
  EXPECT_EQ(metrics_.gauge("streamkit_sessions_live"), 0);
}

TEST_F(SessionSweeperTest, ARestartAfterAPauseGivesSendersTime) {
  create("alive");
  clock_.advance(2h);
  auto& sweeper = start({.idle_timeout = 10min});
  for (int minute = 0; minute < 9; ++minute) {
    clock_.advance(1min);
    sweeper.sweep_once();
    EXPECT_EQ(metrics_.gauge("streamkit_sessions_overdue"), 0);
  }
  EXPECT_TRUE(is_live("alive"));
  clock_.advance(1min);
  sweeper.sweep_once();
  EXPECT_FALSE(is_live("alive"));
}

TEST_F(SessionSweeperTest, AClockThatJumpsAheadEndsNobodyAtOnce) {
  auto& sweeper = start({.idle_timeout = 10min});
  clock_.advance(1h);
  create("alive");
  sweeper.sweep_once();
  clock_.set_system_time(now() + 2h);
  for (int minute = 0; minute < 10; ++minute) {
    sweeper.sweep_once();
    EXPECT_TRUE(is_live("alive"));
    clock_.advance(1min);
    ASSERT_TRUE(sessions_.record_chunk("alive", 0, now()));
  }
  sweeper.sweep_once();
  EXPECT_TRUE(is_live("alive"));
  clock_.advance(11min);
  sweeper.sweep_once();
  EXPECT_FALSE(is_live("alive"));
}

TEST_F(SessionSweeperTest, AClockThatIsSetBackEndsNobody) {
  auto& sweeper = start({.idle_timeout = 10min});
  clock_.advance(1h);
  create("alive");
  clock_.set_system_time(now() - 30min);
  clock_.advance(11min);
  sweeper.sweep_once();
  EXPECT_TRUE(is_live("alive"));
}

TEST_F(SessionSweeperTest, TellsOfSessionsThatItCannotEnd) {
  auto& sweeper = start({.idle_timeout = 10min, .sweep_interval = 5s});
  create("stuck");
  clock_.advance(10min + 11s);
  sessions_.failing_ends = true;
  sweeper.sweep_once();
  EXPECT_EQ(metrics_.gauge("streamkit_sessions_overdue"), 1);
  sessions_.failing_ends = false;
  sweeper.sweep_once();
  EXPECT_EQ(metrics_.gauge("streamkit_sessions_overdue"), 0);
}

TEST_F(SessionSweeperTest, KeepsEverythingByDefault) {
  auto& sweeper = start({});
  create_ended("s");
  clock_.advance(24h * 365);
  sweeper.sweep_once();
  EXPECT_EQ(count(""), 4u);
  EXPECT_TRUE(sessions_.find("s"));
}

TEST_F(SessionSweeperTest, RemovesChunksThenSegmentsThenRowsEachInItsTime) {
  auto& sweeper = start({.keep_input = 1h, .keep_streams = 3h});
  create_ended("s", 3);
  create("live");
  ASSERT_TRUE(sessions_.record_chunk("live", 0, now() + 24h));
  put("stream_input/live/chunk_00000.mp4");
  put("stream_input/s-too/chunk_00000.mp4");
  clock_.advance(1h);
  sweeper.sweep_once();
  EXPECT_EQ(count("stream_input/s/"), 3u);
  clock_.advance(1ms);
  sweeper.sweep_once();
  EXPECT_EQ(count("stream_input/s/"), 0u);
  EXPECT_EQ(count("stream_output/s/"), 3u);
  EXPECT_TRUE(sessions_.find("s"));
  EXPECT_EQ(metrics_.counter("streamkit_objects_removed_total"), 3);
  const auto listed_before = objects_.calls(ObjectCall::List);
  sweeper.sweep_once();
  EXPECT_EQ(objects_.calls(ObjectCall::List), listed_before);

  clock_.advance(2h);
  sweeper.sweep_once();
  EXPECT_EQ(count("stream_output/s/"), 0u);
  EXPECT_EQ(sessions_.find("s").error().code, ErrorCode::NotFound);
  EXPECT_EQ(expired_, std::vector<std::string>{"s"});
  EXPECT_EQ(metrics_.counter("streamkit_sessions_expired_total"), 1);
  EXPECT_EQ(count("stream_input/live/"), 1u);
  EXPECT_EQ(count("stream_input/s-too/"), 1u);
}

TEST_F(SessionSweeperTest, RemovesInputWithTheStreamAtTheLatest) {
  auto& sweeper = start({.keep_streams = 1h});
  create_ended("s");
  clock_.advance(1h + 1ms);
  sweeper.sweep_once();
  EXPECT_EQ(count(""), 0u);
}

TEST_F(SessionSweeperTest, RemovesLongStreamsInBatches) {
  auto& sweeper = start({.keep_streams = 1h});
  create_ended("s", 2500);
  clock_.advance(2h);
  sweeper.sweep_once();
  EXPECT_EQ(count(""), 0u);
  EXPECT_EQ(metrics_.counter("streamkit_objects_removed_total"), 5000);
}

TEST_F(SessionSweeperTest, FinishesInTheNextSweepWhatFailed) {
  auto& sweeper = start({.keep_input = 1h, .keep_streams = 1h});
  create_ended("s", 3);
  clock_.advance(2h);
  objects_.fail_when([](ObjectCall call, std::string_view key, auto) -> std::optional<Error> {
    if (call == ObjectCall::Remove && key.ends_with("seg_00001.mp4")) {
      return Error{ErrorCode::Unavailable, "disk /secret is slow"};
    }
    return {};
  });
  for (int i = 0; i < 3; ++i) sweeper.sweep_once();
  EXPECT_TRUE(sessions_.find("s")) << "rows go last";
  EXPECT_EQ(count(""), 2u);
  EXPECT_TRUE(expired_.empty());
  EXPECT_EQ(logger_.count(LogLevel::Error), 1u) << "once for each session";
  objects_.fail_when({});
  sweeper.sweep_once();
  EXPECT_EQ(count(""), 0u);
  EXPECT_EQ(expired_.size(), 1u);
}

TEST_F(SessionSweeperTest, SessionsThatKeepFailingDoNotStandInTheWayOfOthers) {
  auto& sweeper = start({.keep_streams = 1h});
  for (int i = 0; i < 150; ++i) create_ended("bad" + std::to_string(i), 1);
  clock_.advance(1s);
  create_ended("good", 1);
  clock_.advance(2h);
  objects_.fail_when([](ObjectCall call, std::string_view key, auto) -> std::optional<Error> {
    if (call == ObjectCall::Remove && key.find("/bad") != key.npos) {
      return Error{ErrorCode::PermissionDenied, "no"};
    }
    return {};
  });
  for (int i = 0; i < 3; ++i) sweeper.sweep_once();
  EXPECT_EQ(expired_, std::vector<std::string>{"good"});
}

TEST_F(SessionSweeperTest, RemovesCredentialsADayAfterTheyExpired) {
  create("s");
  auto& sweeper = start({.idle_timeout = 10min});
  const auto add = [&](const std::string& key, WallTime expires_at) {
    ASSERT_TRUE(sessions_.add_credentials({key, "secret", "token", "s", expires_at}));
  };
  for (int i = 0; i < 2500; ++i) add("old-" + std::to_string(i), now() - 24h);
  add("expired", now());
  add("valid", now() + 48h);
  sweeper.sweep_once();  // The server has only just started: its clock may be wrong.
  EXPECT_TRUE(sessions_.find_credentials("old-0"));
  clock_.advance(11min);
  sweeper.sweep_once();
  EXPECT_EQ(metrics_.counter("streamkit_credentials_removed_total"), 2500);
  EXPECT_FALSE(sessions_.find_credentials("old-0"));
  EXPECT_TRUE(sessions_.find_credentials("expired"));
  clock_.advance(24h);
  sweeper.sweep_once();
  EXPECT_FALSE(sessions_.find_credentials("expired"));
  EXPECT_TRUE(sessions_.find_credentials("valid"));
  clock_.set_system_time(now() + 365 * 24h);  // Only the time of day jumps.
  sweeper.sweep_once();
  EXPECT_TRUE(sessions_.find_credentials("valid"));
}

TEST_F(SessionSweeperTest, StopsBetweenObjects) {
  auto& sweeper = start({.keep_streams = 1h});
  create_ended("s", 10);
  clock_.advance(2h);
  std::stop_source stop;
  objects_.fail_when([&](ObjectCall call, std::string_view, std::uint64_t nth) {
    if (call == ObjectCall::Remove && nth == 2) stop.request_stop();
    return std::optional<Error>();
  });
  sweeper.sweep_once(stop.get_token());
  EXPECT_GE(count(""), 17u);
  EXPECT_TRUE(sessions_.find("s"));
  EXPECT_EQ(logger_.count(LogLevel::Error), 0u);
  sweeper.sweep_once();
  EXPECT_EQ(count(""), 0u);
}

TEST_F(SessionSweeperTest, OutlivesAStoreThatFails) {
  auto& sweeper = start({.idle_timeout = 1min, .keep_input = 1h, .keep_streams = 1h});
  create("idle");
  create_ended("s");
  clock_.advance(2h);
  sessions_.failing = true;
  for (int i = 0; i < 5; ++i) sweeper.sweep_once();
  EXPECT_EQ(logger_.count(LogLevel::Error), 5u) << "one for each kind of call";
  EXPECT_EQ(count(""), 4u);
  sessions_.failing = false;
  sweeper.sweep_once();
  EXPECT_FALSE(is_live("idle"));
  EXPECT_EQ(count(""), 0u);
}

TEST_F(SessionSweeperTest, GivesUpUnfinishedUploads) {
  auto& sweeper = start({.keep_unfinished_uploads = 5h});
  uploads_fail_ = true;
  sweeper.sweep_once();
  sweeper.sweep_once();
  EXPECT_EQ(uploads_before_, now() - 5h);
  EXPECT_EQ(logger_.count(LogLevel::Error), 1u);
}

TEST_F(SessionSweeperTest, SweepsOnItsOwnThreadUntilItGoes) {
  create("idle");
  std::promise<std::string> ended;
  const SweeperHooks hooks{.ended = [&](std::string_view id) { ended.set_value(std::string(id)); }};
  sweeper_.emplace(objects_, sessions_, RetentionOptions{.idle_timeout = 10s, .sweep_interval = 5s},
                   hooks, context_);
  sweeper_->start();
  clock_.await_waiters(1);
  EXPECT_TRUE(is_live("idle"));
  clock_.advance(11s);
  EXPECT_EQ(ended.get_future().get(), "idle");
  sweeper_.reset();
}

}  // namespace
}  // namespace streamkit::live
