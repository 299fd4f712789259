#include <streamkit/live/chunk_ingest.hpp>

#include <gtest/gtest.h>

#include <streamkit/core/text.hpp>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_job_queue.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <streamkit/testing/recording_metrics.hpp>

#include "live/flaky_session_store.hpp"

namespace streamkit::live {
namespace {

class ChunkIngestTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(sessions_.create(example_session("s1"))); }
  Result<void> put(std::uint64_t index, std::string_view bytes = "chunk") {
    return ingest_.put({"s1", index}, bytes_of(bytes), {});
  }
  std::uint64_t waiting() { return jobs_.depth()->waiting; }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  testing::RecordingMetrics metrics_;
  const Context context_{.logger = &logger_, .metrics = &metrics_, .clock = &clock_};
  testing::MemoryObjectStore memory_{context_};
  testing::FaultInjectingObjectStore objects_{memory_};
  FlakySessionStore sessions_;
  testing::MemoryJobQueue jobs_{context_};
  ChunkIngest ingest_{objects_, sessions_, jobs_, "bucket", context_};
};

TEST_F(ChunkIngestTest, StoresSendsAndRecords) {
  ASSERT_TRUE(put(0));
  EXPECT_EQ(memory_.get("stream_input/s1/chunk_00000.mp4", {})->size(), 5u);
  const auto job = jobs_.receive(std::chrono::seconds(1), {}, {});
  ASSERT_TRUE(job && *job);
  EXPECT_EQ(*net::parse_s3_event((*job)->body),
            (std::vector<net::ObjectCreated>{{"bucket", "stream_input/s1/chunk_00000.mp4", 5}}));
  EXPECT_EQ(sessions_.progress("s1")->contiguous_chunks, 1u);
  EXPECT_EQ(logger_.count(LogLevel::Info), 1u);
}

TEST_F(ChunkIngestTest, SendsTheJobsOfASessionInOneGroupAndInOrder) {
  ASSERT_TRUE(put(1));
  ASSERT_TRUE(put(0));
  ASSERT_TRUE(ingest_.commit({"segments/job/00000_00001_sbs.mp4", 5, {}}));
  const auto first = jobs_.receive_with({}, {});
  ASSERT_TRUE(first && *first);
  EXPECT_NE((*first)->body.find("chunk_00000"), std::string::npos);
  const auto batch = jobs_.receive_with({}, {});
  ASSERT_TRUE(batch && *batch);
  EXPECT_NE((*batch)->body.find("segments/"), std::string::npos);
  EXPECT_FALSE(*jobs_.receive_with({}, {}));
}

TEST_F(ChunkIngestTest, AChunkThatCannotBeStoredIsNeitherSentNorRecorded) {
  objects_.script(testing::ObjectCall::Put, {Error{ErrorCode::ResourceExhausted, "full"}});
  const auto failed = put(0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::ResourceExhausted);
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(sessions_.progress("s1")->contiguous_chunks, 0u);
}

TEST_F(ChunkIngestTest, AChunkThatCouldNotBeRecordedHasItsJobAndCanBePutAgain) {
  sessions_.failing_records = true;
  EXPECT_EQ(put(0).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(waiting(), 1u);
  EXPECT_EQ(logger_.count(LogLevel::Info), 0u);
  sessions_.failing_records = false;
  EXPECT_TRUE(put(0));
  EXPECT_EQ(sessions_.progress("s1")->contiguous_chunks, 1u);
}

TEST_F(ChunkIngestTest, AChunkOfAnUnknownSessionIsAcceptedOnRequestOnly) {
  const ObjectInfo chunk{"stream_input/unknown/chunk_00000.mp4", 5, clock_.system_now()};
  EXPECT_EQ(ingest_.commit(chunk).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(ingest_.commit(chunk, UnknownSession::Accept));
}

TEST_F(ChunkIngestTest, OnlyWhatWorkersConvertIsSentToThem) {
  for (const char* key : {"stream_output/s1/seg_00000.mp4", "stream_input/s1/notes.txt", "a"}) {
    EXPECT_TRUE(ingest_.commit({key, 1, clock_.system_now()})) << key;
  }
  EXPECT_EQ(waiting(), 0u);
  EXPECT_TRUE(ingest_.commit({"segments/job/00000_00001_sbs.mp4", 1, clock_.system_now()}));
  EXPECT_EQ(waiting(), 1u);
}

TEST_F(ChunkIngestTest, TheObjectsTimeIsTheSessionsSignOfLife) {
  const auto stored = clock_.system_now();
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(ingest_.commit({"stream_input/s1/chunk_00000.mp4", 5, stored}));
  EXPECT_TRUE(sessions_.end_idle(stored, clock_.system_now(), 1)->empty());
  EXPECT_EQ(
      sessions_.end_idle(stored + std::chrono::milliseconds(1), clock_.system_now(), 1)->size(),
      1u);
}

}  // namespace
}  // namespace streamkit::live
