#include "server/playlist_service.hpp"

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <thread>

#include "flaky_session_store.hpp"

namespace streamkit::server {
namespace {

using std::chrono::milliseconds;

class PlaylistServiceTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_.create(example_session())); }
  std::string text() {
    const auto playlist = service_.find("s1");
    EXPECT_TRUE(playlist) << playlist.error().message;
    return playlist ? *(*playlist)->text() : std::string();
  }
  void record(std::uint64_t index) {
    ASSERT_TRUE(store_.record_chunk("s1", index, {}));
    ASSERT_TRUE(store_.record_segment("s1", example_segment(index)));
  }
  void pass_interval() { clock_.advance(milliseconds(101)); }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  FlakySessionStore store_;
  PlaylistService service_{store_, {}, {.logger = &logger_, .clock = &clock_}};
};

TEST_F(PlaylistServiceTest, ListsSegmentsAsTheyAreRecorded) {
  EXPECT_EQ(text().find("#EXTINF"), std::string::npos);
  record(0);
  pass_interval();
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
  record(1);
  pass_interval();
  const std::string grown = text();
  EXPECT_NE(grown.find("seg_00001.mp4"), std::string::npos);
  EXPECT_EQ((*service_.find("s1"))->segments(), 2u);
  EXPECT_EQ(grown.find("#EXT-X-ENDLIST"), std::string::npos);
}

TEST_F(PlaylistServiceTest, HoldsBackAtAHole) {
  record(0);
  record(2);
  EXPECT_EQ(text().find("seg_00002.mp4"), std::string::npos);
  record(1);
  pass_interval();
  EXPECT_NE(text().find("seg_00002.mp4"), std::string::npos);
}

TEST_F(PlaylistServiceTest, EndsWithTheLastChunkThatWasThere) {
  record(0);
  ASSERT_TRUE(store_.record_chunk("s1", 1, {}));
  ASSERT_TRUE(store_.end("s1", {}));
  EXPECT_EQ(text().find("#EXT-X-ENDLIST"), std::string::npos);
  ASSERT_TRUE(store_.record_segment("s1", example_segment(1)));
  ASSERT_TRUE(store_.record_chunk("s1", 2, {}));
  ASSERT_TRUE(store_.record_segment("s1", example_segment(2)));
  pass_interval();
  const std::string complete = text();
  EXPECT_NE(complete.find("seg_00001.mp4"), std::string::npos);
  EXPECT_EQ(complete.find("seg_00002.mp4"), std::string::npos);
  EXPECT_NE(complete.find("#EXT-X-ENDLIST"), std::string::npos);
}

TEST_F(PlaylistServiceTest, AnEndedSessionWithoutChunksIsComplete) {
  ASSERT_TRUE(store_.end("s1", {}));
  EXPECT_TRUE((*service_.find("s1"))->complete());
}

TEST_F(PlaylistServiceTest, ReadsTheStoreOncePerIntervalHoweverManyAsk) {
  for (int i = 0; i < 100; ++i) (void)text();
  EXPECT_EQ(store_.finds, 1);
  EXPECT_EQ(store_.segment_reads, 1);
  pass_interval();
  for (int i = 0; i < 100; ++i) (void)text();
  EXPECT_EQ(store_.finds, 2);
}

TEST_F(PlaylistServiceTest, ReadsLongStreamsWhole) {
  for (std::uint64_t i = 0; i < 2500; ++i) record(i);
  EXPECT_EQ((*service_.find("s1"))->segments(), 2500u);
}

TEST_F(PlaylistServiceTest, AFailingStoreIsSaidAndForgotten) {
  (void)text();
  pass_interval();
  store_.failing = true;
  const auto failed = service_.find("s1");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::Unavailable);
  store_.failing = false;
  record(0);
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
}

TEST_F(PlaylistServiceTest, AnUnknownSessionMayComeLater) {
  ASSERT_FALSE(service_.find("s2"));
  EXPECT_EQ(service_.find("s2").error().code, ErrorCode::NotFound);
  ASSERT_TRUE(store_.create(example_session("s2")));
  EXPECT_TRUE(service_.find("s2"));
}

TEST_F(PlaylistServiceTest, AnUnusableRecordIsLoggedOnceAndHeldBack) {
  auto broken = example_segment(0);
  broken.duration = MediaTime(0);
  ASSERT_TRUE(store_.record_segment("s1", broken));
  (void)text();
  pass_interval();
  EXPECT_EQ(text().find("#EXTINF"), std::string::npos);
  EXPECT_EQ(logger_.count(LogLevel::Error), 1u);
  record(0);
  pass_interval();
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
}

TEST_F(PlaylistServiceTest, ASegmentLongerThanAnnouncedIsListedAndLoggedOnce) {
  SegmentRecord overlong = example_segment(0);
  overlong.duration = std::chrono::seconds(60);
  ASSERT_TRUE(store_.record_segment("s1", overlong));
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
  pass_interval();
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
  EXPECT_EQ(logger_.count(LogLevel::Warning), 1u);
  EXPECT_TRUE(logger_.mentions("longer"));
}

TEST_F(PlaylistServiceTest, ForgetsTheSessionLongestNotAskedFor) {
  PlaylistService small(store_, {.max_sessions = 2}, {.clock = &clock_});
  for (const std::string id : {"a", "b", "c"}) {
    ASSERT_TRUE(store_.create(example_session(id)));
    ASSERT_TRUE(small.find(id));
    clock_.advance(milliseconds(1));
  }
  const int before = store_.finds;
  ASSERT_TRUE(small.find("c"));
  EXPECT_EQ(store_.finds, before);
  ASSERT_TRUE(small.find("a"));
  EXPECT_EQ(store_.finds, before + 1);
}

TEST_F(PlaylistServiceTest, ManyThreadsMayAskWhileItGrows) {
  std::vector<std::jthread> readers;
  std::atomic<bool> shrunk = false;
  std::atomic<bool> done = false;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      std::uint64_t seen = 0;
      while (!done) {
        const auto playlist = service_.find("s1");
        if (!playlist || (*playlist)->segments() < seen) shrunk = true;
        if (playlist) seen = (*playlist)->segments();
        if (playlist && !(*playlist)->gzip_text()) shrunk = true;
      }
    });
  }
  for (std::uint64_t i = 0; i < 200; ++i) {
    record(i);
    pass_interval();
    std::this_thread::yield();
  }
  done = true;
  readers.clear();
  EXPECT_FALSE(shrunk);
  pass_interval();
  EXPECT_EQ((*service_.find("s1"))->segments(), 200u);
}

}  // namespace
}  // namespace streamkit::server
