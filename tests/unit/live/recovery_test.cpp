#include <streamkit/live/recovery.hpp>

#include <gtest/gtest.h>

#include <set>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_job_queue.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/memory_session_store.hpp>
#include <streamkit/testing/recording_logger.hpp>

namespace streamkit::live {
namespace {

using namespace std::chrono_literals;
using testing::ObjectCall;

class ReconcileTest : public ::testing::Test {
 protected:
  void create(const std::string& id) {
    ASSERT_TRUE(sessions_.create({.id = id, .created_at = now(), .control_token = ""}));
  }
  void store(const std::string& id, std::uint64_t index) {
    ASSERT_TRUE(memory_.put(to_string(StreamInputKey{id, index}), Bytes(7), {}, {}));
  }
  void store_and_record(const std::string& id, std::uint64_t index) {
    store(id, index);
    ASSERT_TRUE(sessions_.record_chunk(id, index, now()));
  }
  Result<ReconcileCounts> run(std::stop_token stop = {}) {
    return reconcile(objects_, sessions_, sessions_, jobs_, {.bucket = "bucket"}, context_, stop);
  }
  std::uint64_t chunks_of(const std::string& id) {
    return sessions_.progress(id)->contiguous_chunks;
  }
  std::multiset<std::string> sent() {
    std::multiset<std::string> keys;
    for (;;) {
      const auto job = jobs_.receive(1h, 0ms, {});
      if (!*job) return keys;
      const auto event = net::parse_s3_event((*job)->body);
      for (const auto& created : *event) {
        EXPECT_EQ(created.bucket, "bucket");
        EXPECT_EQ(created.size_bytes, 7u);
        keys.insert(created.key);
      }
    }
  }
  static std::string key(const std::string& id, std::uint64_t index) {
    return to_string(StreamInputKey{id, index});
  }
  WallTime now() const { return clock_.system_now(); }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  const Context context_{.logger = &logger_, .clock = &clock_};
  testing::MemoryObjectStore memory_{context_};
  testing::FaultInjectingObjectStore objects_{memory_};
  testing::MemorySessionStore sessions_{context_};
  testing::MemoryJobQueue jobs_{context_};
};

TEST_F(ReconcileTest, PicksUpWhatWasStoredButNotRecorded) {
  create("s");
  store_and_record("s", 0);
  store_and_record("s", 1);
  store("s", 2);
  store("s", 3);
  const auto counts = run();
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->chunks, 2u);
  EXPECT_EQ(counts->sessions, 1u);
  EXPECT_EQ(sent(), (std::multiset<std::string>{key("s", 2), key("s", 3)}));
  EXPECT_EQ(chunks_of("s"), 4u);
}

TEST_F(ReconcileTest, PicksUpTheVeryFirstChunk) {
  create("s");
  store("s", 0);
  ASSERT_TRUE(run());
  EXPECT_EQ(sent(), std::multiset<std::string>{key("s", 0)});
  EXPECT_EQ(chunks_of("s"), 1u);
}

TEST_F(ReconcileTest, DoesNothingTheSecondTime) {
  create("s");
  store("s", 0);
  ASSERT_TRUE(run());
  (void)sent();
  const auto again = run();
  EXPECT_EQ(again->chunks, 0u);
  EXPECT_TRUE(sent().empty());
}

TEST_F(ReconcileTest, LooksOnlyBehindWhatIsRecorded) {
  create("s");
  for (std::uint64_t index = 0; index < 50; ++index) store_and_record("s", index);
  ASSERT_TRUE(run());
  EXPECT_EQ(objects_.calls(ObjectCall::List), 1u);
  EXPECT_EQ(objects_.calls(ObjectCall::Head), 0u);
  EXPECT_TRUE(sent().empty());
}

TEST_F(ReconcileTest, PicksUpChunksBehindAHole) {
  create("s");
  store("s", 1);
  store("s", 5000);
  ASSERT_TRUE(run());
  EXPECT_EQ(sent(), (std::multiset<std::string>{key("s", 1), key("s", 5000)}));
  EXPECT_EQ(chunks_of("s"), 0u);
  store_and_record("s", 0);
  EXPECT_EQ(chunks_of("s"), 2u);
}

TEST_F(ReconcileTest, RecordsWithoutSendingWhatIsConvertedAlready) {
  create("s");
  store("s", 0);
  ASSERT_TRUE(sessions_.record_segment("s", {.index = 0}));
  ASSERT_TRUE(run());
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(chunks_of("s"), 1u);
}

// Keys of six digits sort among those of five: chunk_100000 comes before chunk_10001.
TEST_F(ReconcileTest, GoesOnWhereKeysGrowWider) {
  create("s");
  for (std::uint64_t index = 0; index < 99'999; ++index) {
    ASSERT_TRUE(sessions_.record_chunk("s", index, now()));
  }
  for (const std::uint64_t index : {99'999, 100'000, 100'001, 100'050}) store("s", index);
  ASSERT_TRUE(run());
  EXPECT_EQ(chunks_of("s"), 100'002u);
  EXPECT_EQ(sent(), (std::multiset<std::string>{key("s", 99'999), key("s", 100'000),
                                                key("s", 100'001), key("s", 100'050)}));
  store("s", 100'002);
  ASSERT_TRUE(run());
  EXPECT_TRUE(sent().contains(key("s", 100'002)));
  EXPECT_EQ(chunks_of("s"), 100'003u);
}

TEST_F(ReconcileTest, IgnoresWhatIsNoChunk) {
  create("s");
  for (const char* name :
       {"chunk_1.mp4", "chunk_00000.mp4.part", "notes.txt", "chunk_000000.mp4"}) {
    ASSERT_TRUE(memory_.put(std::string("stream_input/s/") + name, Bytes(7), {}, {}));
  }
  store("other-session", 0);
  const auto counts = run();
  EXPECT_EQ(counts->chunks, 0u);
  EXPECT_TRUE(sent().empty());
}

TEST_F(ReconcileTest, LooksAtSessionsThatEndedOfLateOnly) {
  for (const char* id : {"late", "old"}) {
    create(id);
    store(id, 0);
    ASSERT_TRUE(sessions_.end(id, now() - (id == std::string("late") ? 23h : 25h)));
  }
  const auto counts = run();
  EXPECT_EQ(counts->sessions, 1u);
  EXPECT_EQ(sent(), std::multiset<std::string>{key("late", 0)});
  EXPECT_EQ(sessions_.find("late")->final_chunk_count, 0u) << "an end stays as it was";
}

TEST_F(ReconcileTest, PagesThroughManySessionsAndChunks) {
  for (int i = 0; i < 1200; ++i) create("s" + std::to_string(i));
  for (std::uint64_t index = 0; index < 2500; ++index) store("s700", index);
  const auto counts = run();
  EXPECT_EQ(counts->sessions, 1200u);
  EXPECT_EQ(counts->chunks, 2500u);
  EXPECT_EQ(chunks_of("s700"), 2500u);
}

TEST_F(ReconcileTest, TakesTheTimeOfTheChunkAsItsSignOfLife) {
  create("s");
  clock_.advance(1h);
  store("s", 0);
  const WallTime stored = now();
  clock_.advance(5h);
  ASSERT_TRUE(run());
  EXPECT_TRUE(sessions_.end_idle(stored, now(), 1)->empty());
  EXPECT_EQ(sessions_.end_idle(stored + 1ms, now(), 1)->size(), 1u);
}

TEST_F(ReconcileTest, GoesOnWithTheOthersWhenOneCannotBeListed) {
  create("a");
  create("b");
  store("b", 0);
  objects_.fail_when([](ObjectCall, std::string_view key, auto) -> std::optional<Error> {
    if (key.starts_with("stream_input/a/")) return Error{ErrorCode::Unavailable, "no"};
    return {};
  });
  const auto counts = run();
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->failures, 1u);
  EXPECT_EQ(chunks_of("b"), 1u);
  EXPECT_EQ(logger_.count(LogLevel::Error), 1u);
}

TEST_F(ReconcileTest, StopsWhenTold) {
  create("s");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run(stop.get_token()).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace streamkit::live
