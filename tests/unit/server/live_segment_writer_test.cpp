#include "server/live_segment_writer.hpp"

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <thread>

namespace streamkit::server {
namespace {

using std::chrono::seconds;

class LiveSegmentWriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    output_->tracks().set_targets({});
    ASSERT_TRUE(output_->tracks().begin_run(0, {.name = "v0"}, {}));
  }
  void add_segments(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      const LivePart part{.start = seconds(2) * static_cast<std::int64_t>(number),
                          .duration = seconds(2)};
      ASSERT_TRUE(output_->tracks().add_part(0, number, part, Bytes{'x'}));
      ASSERT_TRUE(output_->tracks().end_segment(0, number));
    }
  }
  static live::LiveSegmentFile file(std::uint64_t number) {
    const auto text = std::make_shared<const std::string>("part;");
    return {.number = number, .name = "0/v0/seg_0.m4s", .texts = {text, text}};
  }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  testing::MemoryObjectStore memory_;
  testing::FaultInjectingObjectStore objects_{memory_};
  std::shared_ptr<live::LiveOutput> output_ = std::make_shared<live::LiveOutput>(
      std::vector<std::string>{"v0"}, live::LiveOutputOptions{}, Context{.clock = &clock_});
};

TEST_F(LiveSegmentWriterTest, StoresSegmentsAndRemovesThemLater) {
  LiveSegmentWriter writer(objects_, {.logger = &logger_, .clock = &clock_});
  add_segments(0, 9);
  writer.store(output_, "live/s/1/", file(0));
  while (output_->tracks().segment(0, 0).stored_as.empty()) std::this_thread::yield();
  EXPECT_EQ(output_->tracks().segment(0, 0).stored_as, "live/s/1/0/v0/seg_0.m4s");
  const Bytes bytes = memory_.get("live/s/1/0/v0/seg_0.m4s", {}).value();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "part;part;");
  writer.remove(output_, 0, 0, seconds(60));
  clock_.advance(seconds(61));
  while (output_->tracks().segment(0, 0).state != live::LiveBytes::State::Unknown) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(memory_.get("live/s/1/0/v0/seg_0.m4s", {}));
}

TEST_F(LiveSegmentWriterTest, StoresWhatIsWaitingBeforeItEnds) {
  {
    LiveSegmentWriter writer(objects_, {.logger = &logger_, .clock = &clock_});
    writer.store({}, "live/gone/", file(0));
  }
  EXPECT_TRUE(memory_.get("live/gone/0/v0/seg_0.m4s", {}));
}

TEST_F(LiveSegmentWriterTest, ASegmentThatCannotBeStoredStaysInMemory) {
  add_segments(0, 9);
  {
    LiveSegmentWriter writer(objects_, {.logger = &logger_, .clock = &clock_});
    objects_.script(testing::ObjectCall::Put,
                    {Error{ErrorCode::ResourceExhausted, "the disk is full"}});
    writer.store(output_, "live/s/", file(0));
  }
  EXPECT_EQ(output_->tracks().segment(0, 0).texts.size(), 1u);
  EXPECT_EQ(logger_.count(LogLevel::Error), 1u);
}

}  // namespace
}  // namespace streamkit::server
