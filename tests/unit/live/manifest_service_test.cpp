#include <streamkit/live/manifest_service.hpp>

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <thread>

#include <streamkit/live/manifest_watcher.hpp>
#include "live/flaky_session_store.hpp"

namespace streamkit::live {
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
  void update() { ASSERT_TRUE(service_.update(milliseconds(0), {})); }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  FlakySessionStore store_;
  PlaylistService service_{store_, store_, {}, {.logger = &logger_, .clock = &clock_}};
};

TEST_F(PlaylistServiceTest, ListsSegmentsAsTheyAreRecorded) {
  EXPECT_EQ(text().find("#EXTINF"), std::string::npos);
  record(0);
  update();
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
  record(1);
  update();
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
  update();
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
  update();
  const std::string complete = text();
  EXPECT_NE(complete.find("seg_00001.mp4"), std::string::npos);
  EXPECT_EQ(complete.find("seg_00002.mp4"), std::string::npos);
  EXPECT_NE(complete.find("#EXT-X-ENDLIST"), std::string::npos);
}

TEST_F(PlaylistServiceTest, AnEndedSessionWithoutChunksIsComplete) {
  ASSERT_TRUE(store_.end("s1", {}));
  EXPECT_TRUE((*service_.find("s1"))->complete());
}

TEST_F(PlaylistServiceTest, ReadsTheStoreOnceHoweverManyAsk) {
  update();
  for (int i = 0; i < 100; ++i) (void)text();
  clock_.advance(std::chrono::hours(1));
  for (int i = 0; i < 100; ++i) (void)text();
  EXPECT_EQ(store_.finds, 1);
  EXPECT_EQ(store_.segment_reads, 1);
  record(0);
  update();
  update();
  for (int i = 0; i < 100; ++i) (void)text();
  EXPECT_EQ(store_.finds, 2);
  EXPECT_EQ(store_.segment_reads, 2);
}

TEST_F(PlaylistServiceTest, ChangesOfSessionsThatNobodyWatchesCostNothing) {
  ASSERT_TRUE(store_.create(example_session("s2")));
  update();
  EXPECT_EQ(store_.finds, 0);
  EXPECT_EQ(service_.size(), 0u);
}

TEST_F(PlaylistServiceTest, SaysWhichSessionsChanged) {
  std::vector<std::string> changed;
  service_.on_change([&](std::string_view id) { changed.emplace_back(id); });
  update();
  EXPECT_TRUE(changed.empty());
  (void)text();
  ASSERT_TRUE(store_.record_chunk("s1", 0, {}));
  update();
  EXPECT_EQ(changed, std::vector<std::string>{"s1"});
  service_.forget("s1");
  service_.forget("unknown");
  EXPECT_EQ(changed.size(), 2u);
}

TEST_F(PlaylistServiceTest, TellsHowFarTheStreamHasCome) {
  record(0);
  ASSERT_TRUE(store_.record_chunk("s1", 1, {}));
  const auto stream = *service_.find("s1");
  EXPECT_EQ(stream->progress().chunks, 2u);
  EXPECT_EQ(stream->progress().segments, 1u);
  EXPECT_EQ(stream->progress().duration, std::chrono::seconds(5));
  EXPECT_EQ(stream->session().id, "s1");
  ASSERT_TRUE(store_.record_chunk("s1", 2, {}));
  update();
  const auto later = *service_.find("s1");
  EXPECT_EQ(later->progress().chunks, 3u);
  EXPECT_EQ(later->text(), stream->text()) << "copied for nothing";
}

TEST_F(PlaylistServiceTest, CompressesAheadOnceSomebodyAskedForIt) {
  record(0);
  const auto first = *service_.find("s1");
  EXPECT_FALSE(first->gzip_wanted());
  ASSERT_TRUE(first->gzip_text());
  record(1);
  update();
  const auto second = *service_.find("s1");
  EXPECT_TRUE(second->gzip_wanted());
  EXPECT_NE(second->gzip_text(), first->gzip_text());
  EXPECT_NE(second->etag(), first->etag());
  EXPECT_NE(second->etag(), second->gzip_etag());
}

TEST_F(PlaylistServiceTest, AnExpiredSessionIsNotFoundFromMemoryEither) {
  bool expired = false;
  PlaylistService service(store_, store_,
                          {.is_expired = [&](const Session&, WallTime) { return expired; }},
                          {.clock = &clock_});
  ASSERT_TRUE(service.find("s1"));
  expired = true;
  EXPECT_EQ(service.find("s1").error().code, ErrorCode::NotFound);
}

TEST_F(PlaylistServiceTest, ARemovedSessionIsForgotten) {
  (void)text();
  ASSERT_TRUE(store_.remove("s1"));
  service_.forget("s1");
  EXPECT_EQ(service_.find("s1").error().code, ErrorCode::NotFound);
  EXPECT_EQ(service_.size(), 0u);
}

TEST_F(PlaylistServiceTest, ASessionThatIsGoneAtAnUpdateIsForgotten) {
  (void)text();
  record(0);
  store_.missing = true;
  update();
  EXPECT_EQ(service_.size(), 0u);
}

TEST_F(PlaylistServiceTest, UnknownSessionsMakeNoRoom) {
  PlaylistService small(store_, store_, {.max_sessions = 1}, {.clock = &clock_});
  ASSERT_TRUE(small.find("s1"));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(small.find("unknown" + std::to_string(i)));
  const int before = store_.finds;
  ASSERT_TRUE(small.find("s1"));
  EXPECT_EQ(store_.finds, before);
}

TEST_F(PlaylistServiceTest, NamesSegmentsAsToldAndAlwaysTheSame) {
  auto urls = PresignedSegmentUrls::create(
      {"https://video.example.org/", "bucket", "eu-west-1", {"AKID", "secret"}});
  ASSERT_TRUE(urls);
  record(0);
  PlaylistService one(store_, store_, {.segment_urls = urls->get()}, {.clock = &clock_});
  clock_.advance(std::chrono::hours(1));
  PlaylistService other(store_, store_, {.segment_urls = urls->get()}, {.clock = &clock_});
  const std::string text = *(*one.find("s1"))->text();
  EXPECT_EQ(*(*other.find("s1"))->text(), text);
  EXPECT_NE(
      text.find("https://video.example.org/bucket/stream_output/s1/seg_00000.mp4?X-Amz-Algorithm="),
      std::string::npos)
      << text;
}

TEST_F(PlaylistServiceTest, ReadsLongStreamsWhole) {
  for (std::uint64_t i = 0; i < 2500; ++i) record(i);
  EXPECT_EQ((*service_.find("s1"))->segments(), 2500u);
}

TEST_F(PlaylistServiceTest, AFailingStoreIsSaidAndForgotten) {
  (void)text();
  store_.failing = true;
  EXPECT_FALSE(service_.update(milliseconds(0), {}));
  EXPECT_TRUE(service_.find("s1")) << "what is in memory is good for a while";
  clock_.advance(std::chrono::seconds(6));
  EXPECT_FALSE(service_.update(milliseconds(0), {}));
  const auto failed = service_.find("s1");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(logger_.count(LogLevel::Error), 1u);
  store_.failing = false;
  record(0);
  update();
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
}

TEST_F(PlaylistServiceTest, AChangeThatCouldNotBeReadIsReadAgain) {
  (void)text();
  record(0);
  store_.failing_reads = true;
  update();
  EXPECT_EQ(text().find("seg_00000.mp4"), std::string::npos);
  clock_.advance(std::chrono::seconds(6));
  EXPECT_EQ(service_.find("s1").error().code, ErrorCode::Unavailable);
  store_.failing_reads = false;
  update();
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
}

TEST_F(PlaylistServiceTest, AChangeDuringTheFirstReadIsNotLost) {
  update();
  // Between the reading of the segments and its end, another is recorded and told of.
  store_.after_segments = [&] {
    store_.after_segments = {};
    record(0);
    update();
  };
  EXPECT_EQ(text().find("seg_00000.mp4"), std::string::npos);
  update();
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
  update();
  EXPECT_EQ(text().find("#EXTINF"), std::string::npos);
  EXPECT_EQ(logger_.count(LogLevel::Error), 1u);
  record(0);
  update();
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
}

TEST_F(PlaylistServiceTest, ASegmentLongerThanAnnouncedIsListedAndLoggedOnce) {
  SegmentRecord overlong = example_segment(0);
  overlong.duration = std::chrono::seconds(60);
  ASSERT_TRUE(store_.record_segment("s1", overlong));
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
  update();
  EXPECT_NE(text().find("seg_00000.mp4"), std::string::npos);
  EXPECT_EQ(logger_.count(LogLevel::Warning), 1u);
  EXPECT_TRUE(logger_.mentions("longer"));
}

TEST_F(PlaylistServiceTest, ForgetsTheSessionLongestNotAskedFor) {
  PlaylistService small(store_, store_, {.max_sessions = 2}, {.clock = &clock_});
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

TEST_F(PlaylistServiceTest, ManyWhoAskAtOnceShareOneRead) {
  std::atomic<int> asking = 0;
  store_.after_segments = [&] {
    while (asking < 4) std::this_thread::yield();
  };
  std::vector<std::jthread> viewers;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 4; ++i) {
    viewers.emplace_back([&] {
      ++asking;
      if (service_.find("s1")) ++answered;
    });
  }
  viewers.clear();
  EXPECT_EQ(answered, 4);
  EXPECT_EQ(service_.size(), 1u);
  EXPECT_LE(store_.segment_reads, 2);
}

TEST_F(PlaylistServiceTest, AWatcherKeepsPlaylistsUpToDate) {
  std::mutex mutex;
  std::condition_variable woken;
  // Not the first change must be the segment's: the session's own creation is one too.
  bool listed = false;
  service_.on_change([&](std::string_view) {
    const bool there = text().find("seg_00000.mp4") != std::string::npos;
    std::lock_guard lock(mutex);
    listed = listed || there;
    woken.notify_all();
  });
  const PlaylistWatcher watcher(service_, {.clock = &clock_});
  (void)text();
  record(0);
  std::unique_lock lock(mutex);
  EXPECT_TRUE(woken.wait_for(lock, std::chrono::seconds(20), [&] { return listed; }));
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
    update();
    std::this_thread::yield();
  }
  done = true;
  readers.clear();
  EXPECT_FALSE(shrunk);
  update();
  EXPECT_EQ((*service_.find("s1"))->segments(), 200u);
}

}  // namespace
}  // namespace streamkit::live
