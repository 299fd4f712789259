#include <streamkit/worker/worker.hpp>

#include <gtest/gtest.h>

#include <streamkit/net/s3_event.hpp>
#include <streamkit/testing/memory_job_queue.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/memory_session_store.hpp>
#include <streamkit/worker/segment_converter.hpp>

namespace streamkit::worker {
namespace {

// Waits for what another thread brings about; bounded, so that a failure ends.
template <typename Condition>
bool eventually(Condition condition) {
  Clock& clock = system_clock();
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    clock.wait_until(clock.steady_now() + std::chrono::milliseconds(10), {});
  }
  return false;
}

class WorkerTest : public ::testing::Test {
 protected:
  static std::string event(std::string_view key) {
    return net::make_object_created_event("bucket", key, 1, {});
  }
  testing::MemoryObjectStore objects_;
  testing::MemorySessionStore sessions_;
  testing::MemoryJobQueue queue_;
  SegmentConverter converter_{{}, {}};
};

TEST_F(WorkerTest, CompletesWhatIsDoneAndBuriesWhatCannotBe) {
  ASSERT_TRUE(queue_.send(event("elsewhere/object.txt")));
  ASSERT_TRUE(queue_.send("no event"));
  ASSERT_TRUE(queue_.send(event("stream_input/s/chunk_00000.mp4")));  // deleted meanwhile
  const Worker worker(queue_, objects_, objects_, sessions_, sessions_, converter_,
                      {.concurrency = 2});
  EXPECT_TRUE(eventually([&] {
    const auto depth = queue_.depth();
    return depth && depth->waiting == 0 && depth->in_flight == 0 && depth->dead == 2;
  }));
}

TEST_F(WorkerTest, StopsAtOnceWhenItHasNothingToDo) {
  const auto began = std::chrono::steady_clock::now();
  {
    const Worker worker(queue_, objects_, objects_, sessions_, sessions_, converter_,
                        {.concurrency = 3});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

}  // namespace
}  // namespace streamkit::worker
