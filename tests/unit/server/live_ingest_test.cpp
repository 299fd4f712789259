#include "server/live_ingest.hpp"

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <thread>

namespace streamkit::server {
namespace {

// AAC-LC of 48 kHz in stereo.
Tracks audio_only() {
  return {.audio = AudioTrack{.format = {.sample_rate_hz = 48'000, .channels = 2},
                              .codec_config = {0x11, 0x90}}};
}

class LiveIngestTest : public ::testing::Test {
 protected:
  void advance_past_the_keeping() {
    clock_.await_waiters(1);
    clock_.advance(std::chrono::minutes(11));
    // Whoever waits for a later moment has looked at this one.
    clock_.await_waiters(1);
  }

  testing::FakeClock clock_;
  testing::MemoryObjectStore objects_;
  live::LiveDirectory streams_;
  LiveIngest ingest_{streams_, objects_, {}, {.clock = &clock_}};
};

TEST_F(LiveIngestTest, ForgetsABroadcastSomeTimeAfterItsEnd) {
  ASSERT_TRUE(ingest_.open({.id = "s"}, false, audio_only()));
  advance_past_the_keeping();
  EXPECT_TRUE(streams_.find("s")) << "it is live";
  ingest_.end("s");
  EXPECT_TRUE(streams_.find("s"));
  EXPECT_TRUE(streams_.find("s")->tracks().state()->ended);
  advance_past_the_keeping();
  EXPECT_FALSE(streams_.find("s"));
}

TEST_F(LiveIngestTest, KeepsWhatIsStoredAndTheNextBroadcast) {
  ASSERT_TRUE(ingest_.open({.id = "recorded", .record = true}, false, audio_only()));
  ASSERT_TRUE(ingest_.open({.id = "again"}, false, audio_only()));
  ingest_.end("recorded");
  ingest_.end("again");
  ASSERT_TRUE(ingest_.open({.id = "again"}, false, audio_only()));
  advance_past_the_keeping();
  EXPECT_TRUE(streams_.find("recorded"));
  ASSERT_TRUE(streams_.find("again"));
  EXPECT_FALSE(streams_.find("again")->tracks().state()->ended);
}

}  // namespace
}  // namespace streamkit::server
