#include <streamkit/live/live_streams.hpp>

#include <gtest/gtest.h>

#include <streamkit/net/sha256.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <streamkit/testing/recording_metrics.hpp>

#include "live/flaky_live_stream_store.hpp"

namespace streamkit::live {
namespace {

using namespace std::chrono_literals;

class LiveStreamsTest : public ::testing::Test {
 protected:
  LiveStreams& streams() {
    if (!streams_) streams_ = std::make_unique<LiveStreams>(store_, options_, context_);
    return *streams_;
  }
  NewLiveStream create(const LiveStreamRequest& request = {}) {
    auto created = streams().create(request);
    EXPECT_TRUE(created) << created.error().message;
    return created ? *std::move(created) : NewLiveStream{};
  }
  /// No value: it is created.
  std::optional<ErrorCode> code_of(const LiveStreamRequest& request) {
    const auto created = streams().create(request);
    if (created) return {};
    return created.error().code;
  }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  testing::RecordingMetrics metrics_;
  const Context context_{&logger_, &metrics_, &clock_};
  FlakyLiveStreamStore store_;
  LiveStreamsOptions options_;
  std::unique_ptr<LiveStreams> streams_;
};

TEST_F(LiveStreamsTest, CreatesStreamsWhoseKeysNobodyCanGuessOrRead) {
  const auto one = create({.name = "Sunday", .ladder = "1080,720", .dvr = 2h, .api_key = "studio"});
  const auto other = create();
  EXPECT_TRUE(is_valid_session_id(one.stream.id));
  EXPECT_NE(one.stream.id, other.stream.id);
  EXPECT_NE(one.key, other.key);
  EXPECT_GE(one.key.size(), 40u);
  const auto stored = store_.find(one.stream.id);
  ASSERT_TRUE(stored);
  EXPECT_EQ(*stored, one.stream);
  EXPECT_EQ(stored->key_sha256, net::sha256_hex(one.key));
  EXPECT_EQ(stored->name, "Sunday");
  EXPECT_EQ(stored->dvr, 2h);
  EXPECT_EQ(stored->status.state, LiveStreamState::PendingIngest);
  EXPECT_EQ(streams().find_by_key(one.key)->id, one.stream.id);
  EXPECT_TRUE(logger_.mentions(one.stream.id));
  EXPECT_TRUE(logger_.mentions("studio"));
  EXPECT_FALSE(logger_.mentions(one.key));
  EXPECT_EQ(metrics_.counter("streamkit_live_streams_created_total"), 2);
}

TEST_F(LiveStreamsTest, OtherTextsAreNotKeys) {
  const auto created = create();
  for (const std::string& text :
       {std::string(), created.stream.id, created.stream.key_sha256, created.key.substr(1),
        created.key + " ", std::string(10'000, 'a')}) {
    EXPECT_EQ(streams().find_by_key(text).error().code, ErrorCode::NotFound) << text;
  }
}

TEST_F(LiveStreamsTest, ChecksTheChoicesOfANewStream) {
  for (const char* ladder : {"", "none", "64", "4320", "1080,720,480"}) {
    EXPECT_EQ(code_of({.ladder = ladder}), std::nullopt) << ladder;
  }
  for (const char* ladder :
       {",", "720,", ",720", "720,1080", "720,720", "721", "62", "4322", "720p", " 720", "-720",
        "720;480", "all", "1000,900,800,700,600,500,400,300,200", "99999999999"}) {
    const auto created = streams().create({.ladder = ladder});
    ASSERT_FALSE(created) << ladder;
    EXPECT_EQ(created.error().code, ErrorCode::InvalidArgument);
    EXPECT_TRUE(created.error().message.starts_with("ladder ")) << created.error().message;
  }
  for (const auto dvr : {-1s, 0s, 9s, 604'801s}) {
    EXPECT_EQ(code_of({.dvr = dvr}), ErrorCode::InvalidArgument) << dvr.count();
  }
  for (const auto dvr : {10s, 604'800s}) EXPECT_EQ(code_of({.dvr = dvr}), std::nullopt);
  EXPECT_EQ(code_of({.name = std::string(200, 'a')}), std::nullopt);
  EXPECT_EQ(code_of({.name = std::string(201, 'a')}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({.name = "two\nlines"}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({.stereo = LiveStereo{.choice = {.divergence = 11}}}),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({.stereo = LiveStereo{.chunk_duration = 61s}}), ErrorCode::InvalidArgument);
}

TEST_F(LiveStreamsTest, TakesTheUrlsThatItCanFetchAndRepeatsNoneInErrors) {
  for (const char* url :
       {"rtsp://camera/1", "RTSP://user:pass@camera/1", "rtmps://h/live/k",
        "srt://h:9000?streamid=x", "http://h/a.m3u8", "https://h/", "file:///v.mp4"}) {
    EXPECT_EQ(code_of({.source = url}), std::nullopt) << url;
  }
  for (const std::string& url :
       {std::string("ftp://h/v.mp4"), std::string("file://v.mp4 "), std::string("/etc/passwd"),
        std::string("concat:a|b"), std::string("http://"), std::string("rtsp://a b"),
        std::string("rtsp://secret\n"), "http://h/" + std::string(2048, 'a')}) {
    const auto created = streams().create({.source = url});
    ASSERT_FALSE(created) << url;
    EXPECT_TRUE(created.error().message.starts_with("source "));
    EXPECT_EQ(created.error().message.find("secret"), std::string::npos);
  }
}

TEST_F(LiveStreamsTest, CreatesNoMoreThanItsLimits) {
  options_.max_streams = 3;
  options_.max_open_streams = 1;
  const auto first = create();
  ASSERT_TRUE(streams().create_open("one"));
  const auto open = streams().create_open("two");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::ResourceExhausted);
  create();
  const auto full = streams().create({});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::ResourceExhausted);
  EXPECT_NE(full.error().message.find("delete one"), std::string::npos);
  ASSERT_TRUE(streams().revoke(first.stream.id));
  create();
}

TEST_F(LiveStreamsTest, OpenStreamsHaveTheNameOfTheirPublisherAndNoKey) {
  const auto open = streams().create_open("any-thing_1");
  ASSERT_TRUE(open);
  EXPECT_TRUE(open->open);
  EXPECT_EQ(open->key_sha256, "");
  EXPECT_EQ(streams().create_open("any-thing_1").error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ(streams().create_open("../x").error().code, ErrorCode::InvalidArgument);
  ASSERT_TRUE(store_.sessions().create({.id = "session", .control_token = "t"}));
  EXPECT_EQ(streams().create_open("session").error().code, ErrorCode::AlreadyExists);
}

TEST_F(LiveStreamsTest, ARevokedStreamStaysWithItsStateAndHasNoKey) {
  const auto created = create();
  clock_.advance(1s);
  ASSERT_TRUE(streams().revoke(created.stream.id));
  const auto found = streams().find(created.stream.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->revoked_at, clock_.system_now());
  EXPECT_EQ(found->status.state, LiveStreamState::EndedGracefully);
  EXPECT_EQ(found->status.ended_at, clock_.system_now());
  EXPECT_EQ(*store_.find(created.stream.id), *found) << "written immediately";
  EXPECT_FALSE(streams().find_by_key(created.key));
  clock_.advance(1s);
  ASSERT_TRUE(streams().revoke(created.stream.id));
  EXPECT_EQ(*streams().find(created.stream.id), *found) << "only the first call has an effect";
  EXPECT_EQ(streams().begin_publish({created.stream.id}, "192.0.2.1").error().code,
            ErrorCode::PermissionDenied);
}

TEST_F(LiveStreamsTest, UnknownStreamsAreNotFound) {
  EXPECT_EQ(streams().find("x").error().code, ErrorCode::NotFound);
  EXPECT_EQ(streams().end("x").error().code, ErrorCode::NotFound);
  EXPECT_EQ(streams().revoke("x").error().code, ErrorCode::NotFound);
  EXPECT_EQ(streams().begin_publish({"x"}, "").error().code, ErrorCode::NotFound);
  EXPECT_TRUE(streams().remove("x"));
}

TEST_F(LiveStreamsTest, ListsPagesWithTheStatesOfNow) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(streams().create_open(id));
  auto publication = streams().begin_publish({"b"}, "192.0.2.1");
  ASSERT_TRUE(publication);
  publication->note_media(clock_.steady_now());
  const auto page = streams().list("a", 1);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->size(), 1u);
  EXPECT_EQ(page->front().id, "b");
  EXPECT_EQ(page->front().status.state, LiveStreamState::Active);
  EXPECT_EQ(streams().list("c", 10)->size(), 0u);
}

TEST_F(LiveStreamsTest, ListsTheStreamsThatEndedForRetention) {
  for (const char* id : {"deleted", "ended", "pending", "resumed"}) {
    ASSERT_TRUE(streams().create_open(id));
  }
  for (const char* id : {"ended", "resumed"}) {
    auto publication = streams().begin_publish({id}, "192.0.2.1");
    publication->note_media(clock_.steady_now());
    publication->finish(PublishEnd::Goodbye);
  }
  ASSERT_TRUE(streams().revoke("deleted"));
  streams().sweep(clock_.steady_now());
  clock_.advance(1h);
  const auto ids = [&](std::string_view after, std::size_t limit) {
    std::string text;
    const auto ended = streams().list_ended(clock_.system_now(), after, limit);
    for (const LiveStream& stream : *ended) text += stream.id + " ";
    return text;
  };
  EXPECT_EQ(ids("", 10), "deleted ended resumed ");
  EXPECT_EQ(ids("deleted", 1), "ended ");
  auto again = streams().begin_publish({"resumed"}, "192.0.2.1");
  ASSERT_TRUE(again);
  EXPECT_EQ(ids("", 10), "deleted ended ") << "also before its first media";
  EXPECT_EQ(streams().list_ended(clock_.system_now() - 1h, "", 10)->size(), 0u);
}

TEST_F(LiveStreamsTest, ARemovedStreamLeavesNothing) {
  ASSERT_TRUE(streams().create_open("a"));
  auto publication = streams().begin_publish({"a"}, "192.0.2.1");
  ASSERT_TRUE(publication);
  publication->note_media(clock_.steady_now());
  ASSERT_TRUE(streams().remove("a"));
  EXPECT_TRUE(publication->revoked().stop_requested());
  publication->note_media(clock_.steady_now());
  publication->finish(PublishEnd::Goodbye);
  streams().sweep(clock_.steady_now());
  EXPECT_EQ(streams().find("a").error().code, ErrorCode::NotFound);
  EXPECT_TRUE(streams().create_open("a"));
  EXPECT_EQ(logger_.count(LogLevel::Error), 0u);
}

TEST_F(LiveStreamsTest, AFailingStoreIsUnavailable) {
  const auto created = create();
  store_.failing = true;
  EXPECT_EQ(streams().create({}).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streams().create_open("a").error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streams().find("a").error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streams().find_by_key(created.key).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streams().list("", 1).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streams().end("a").error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streams().revoke("a").error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streams().remove("a").error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streams().begin_publish({"a"}, "").error().code, ErrorCode::Unavailable);
  EXPECT_EQ(streams().recover({}).error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace streamkit::live
