#include "server/stream_api.hpp"

#include <gtest/gtest.h>

#include <streamkit/live/playlist_manifest.hpp>

#include <streamkit/local/disk_object_store.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "http/requests.hpp"
#include "live/flaky_session_store.hpp"
#include "local/temporary_folder.hpp"
#include "server/growing_playlist.hpp"
#include "server/json_error.hpp"

namespace streamkit::server {
namespace {

class StreamApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    disk_ = *local::DiskObjectStore::open(folder_.path());
    ASSERT_TRUE(store_.create(live::example_session()));
  }
  http::Reply ask(const http::WholeRequest& request) {
    StreamApi api({playlists_, objects(), status_, viewers_, access_}, options_,
                  {.logger = &logger_, .clock = &clock_});
    http::Router router(api.routes(), word_error, {});
    return http::send(router, request);
  }
  http::Response answer(const http::WholeRequest& request) {
    http::Reply reply = ask(request);
    EXPECT_TRUE(std::holds_alternative<http::Response>(reply)) << "held back";
    auto* response = std::get_if<http::Response>(&reply);
    return response ? *std::move(response) : http::Response{};
  }
  http::Response get(std::string_view target, net::HttpHeaders headers = {}) {
    return answer(http::make_request("GET", target, "", std::move(headers)));
  }
  static http::WholeRequest request_before(std::chrono::milliseconds time,
                                           std::string_view target) {
    auto request = http::make_request("GET", target);
    request.received_at -= time;
    return request;
  }
  /// Whether the response is postponed, or grows until there are enough segments.
  bool is_held(std::string_view target, std::chrono::milliseconds waited = {}) {
    const auto reply = ask(request_before(waited, target));
    const auto* response = std::get_if<http::Response>(&reply);
    return response == nullptr || std::holds_alternative<http::EventStream>(response->body);
  }
  std::string text_of(std::string_view session_id) {
    return *(*playlists_.find(session_id, live::kMediaPlaylistName))->text();
  }
  http::Response get_after(std::chrono::milliseconds waited, std::string_view target) {
    return answer(request_before(waited, target));
  }
  void record(std::uint64_t index) {
    ASSERT_TRUE(store_.record_chunk("s1", index, {}));
    ASSERT_TRUE(store_.record_segment("s1", live::example_segment(index)));
    ASSERT_TRUE(playlists_.update({}, {}));
  }
  void store_segment(std::uint64_t index, std::string_view content) {
    const Bytes bytes(content.begin(), content.end());
    ASSERT_TRUE(objects().put(to_string(StreamOutputKey{"s1", index}), bytes, {}, {}));
  }

  ObjectStore& objects() { return other_objects_ ? *other_objects_ : *disk_; }

  const local::TemporaryFolder folder_;
  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  live::FlakySessionStore store_;
  std::unique_ptr<local::DiskObjectStore> disk_;
  testing::MemoryObjectStore memory_;
  testing::FaultInjectingObjectStore faults_{memory_};
  // Null: the disk.
  ObjectStore* other_objects_ = nullptr;
  live::ManifestService playlists_{
      store_, store_, live::media_playlist_only(), {}, {.clock = &clock_}};
  live::ViewerCounts viewers_{clock_};
  AccessControl access_{{}, nullptr, {.clock = &clock_}};
  StatusApi status_{playlists_, viewers_, access_, "", {.clock = &clock_}};
  StreamOptions options_;
};

TEST_F(StreamApiTest, HoldsAPlaylistUntilEveryPlayerCanStart) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(is_held("/stream/s1/playlist.m3u8")) << i;
    record(i);
  }
  EXPECT_EQ(get("/stream/s1/playlist.m3u8").status, 200);
}

TEST_F(StreamApiTest, ARequestMayStartWithFewerOrMoreSegments) {
  EXPECT_TRUE(is_held("/stream/s1/playlist.m3u8?start=1"));
  record(0);
  EXPECT_EQ(get("/stream/s1/playlist.m3u8?a=b&start=1").status, 200);
  EXPECT_TRUE(is_held("/stream/s1/playlist.m3u8?start=2"));
  for (std::uint64_t i = 1; i < 3; ++i) record(i);
  EXPECT_TRUE(is_held("/stream/s1/playlist.m3u8?start=4"));
  for (const auto* wrong : {"", "=", "=0", "=101", "=1x", "=-1", "=+1", "=99999999999999999999"}) {
    const auto response = get("/stream/s1/playlist.m3u8?start" + std::string(wrong));
    EXPECT_EQ(response.status, 400) << wrong;
    EXPECT_NE(http::body_of(response).find("1 to 100"), std::string::npos);
  }
}

TEST_F(StreamApiTest, TheBoundOfTheHoldFollowsTheSession) {
  // Chunks of 5 s: three of them and 10 s; with "?start=1" one of them.
  EXPECT_TRUE(is_held("/stream/s1/playlist.m3u8", std::chrono::milliseconds(24'500)));
  EXPECT_EQ(get_after(std::chrono::seconds(25), "/stream/s1/playlist.m3u8").status, 503);
  EXPECT_TRUE(is_held("/stream/s1/playlist.m3u8?start=1", std::chrono::milliseconds(14'500)));
  EXPECT_EQ(get_after(std::chrono::seconds(15), "/stream/s1/playlist.m3u8?start=1").status, 503);
  options_.hold = std::chrono::seconds(2);
  EXPECT_EQ(get_after(std::chrono::seconds(2), "/stream/s1/playlist.m3u8").status, 503);
  // However long the chunks are, a request is not held for ever.
  auto slow = live::example_session("slow");
  slow.chunk_duration = std::chrono::seconds(60);
  ASSERT_TRUE(store_.create(slow));
  options_.hold.reset();
  const std::string all = "/stream/slow/playlist.m3u8?start=100";
  EXPECT_TRUE(is_held(all, std::chrono::seconds(599)));
  EXPECT_EQ(get_after(std::chrono::seconds(600), all).status, 503);
}

TEST_F(StreamApiTest, AnswersAtTheBoundWithWhatThereIs) {
  const auto early = get_after(std::chrono::seconds(25), "/stream/s1/playlist.m3u8");
  EXPECT_EQ(early.status, 503);
  EXPECT_EQ(http::header_of(early, "Retry-After"), "1");
  EXPECT_NE(http::body_of(early).find("not_started"), std::string::npos);
  EXPECT_EQ(http::header_of(early, "Access-Control-Allow-Origin"), "*");
  record(0);
  const auto response = get_after(std::chrono::seconds(25), "/stream/s1/playlist.m3u8");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(http::body_of(response).find("#EXTINF"), std::string::npos);
}

TEST_F(StreamApiTest, AnEndedSessionIsAnsweredImmediatelyEvenIfItIsEmpty) {
  ASSERT_TRUE(store_.end("s1", {}));
  ASSERT_TRUE(playlists_.update({}, {}));
  const auto response = get("/stream/s1/playlist.m3u8");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(http::body_of(response).find("#EXT-X-ENDLIST"), std::string::npos);
}

TEST_F(StreamApiTest, ASilentPlayerIsKeptWithWhatIsListedWhileMoreIsAwaited) {
  record(0);
  const auto response = get("/stream/s1/playlist.m3u8");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(http::header_of(response, "Content-Type"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(http::header_of(response, "Access-Control-Allow-Origin"), "*");
  const auto& body = std::get<http::EventStream>(response.body);
  EXPECT_EQ(body.topic, session_topic("s1"));
  std::string text = *body.next();
  EXPECT_EQ(text, text_of("s1"));
  EXPECT_EQ(body.next(), "");
  record(1);
  text += *body.next();
  EXPECT_EQ(text, text_of("s1"));
  EXPECT_EQ(body.next(), "");
  record(2);
  text += *body.next();
  EXPECT_EQ(body.next(), std::nullopt);
  EXPECT_EQ(text, text_of("s1"));
  EXPECT_NE(text.find("seg_00002.mp4"), std::string::npos);
}

TEST_F(StreamApiTest, AGrowingPlaylistHasEmptyLinesAndAnEnd) {
  record(0);
  const auto start = std::chrono::steady_clock::now();
  const auto after = [start](int seconds) { return start + std::chrono::seconds(seconds); };
  GrowingPlaylist playlist(playlists_, "s1", 3, after(10));
  EXPECT_EQ(playlist.next(after(0)), text_of("s1"));
  EXPECT_EQ(playlist.next(after(1)), "");
  EXPECT_EQ(playlist.next(after(2)), "\n");
  EXPECT_EQ(playlist.next(after(3)), "");
  EXPECT_EQ(playlist.next(after(4)), "\n");
  // At the bound the response ends with what there is.
  EXPECT_EQ(playlist.next(after(10)), std::nullopt);

  GrowingPlaylist ended(playlists_, "s1", 3, after(10));
  EXPECT_TRUE(ended.next(after(0)));
  ASSERT_TRUE(store_.end("s1", {}));
  ASSERT_TRUE(playlists_.update({}, {}));
  EXPECT_EQ(ended.next(after(1)), "#EXT-X-ENDLIST\n");
  EXPECT_EQ(ended.next(after(1)), std::nullopt);

  GrowingPlaylist removed(playlists_, "unknown", 3, after(10));
  EXPECT_EQ(removed.next(after(0)), std::nullopt);
}

TEST_F(StreamApiTest, AnEndedSessionIsNotWaitedFor) {
  for (std::uint64_t i = 0; i < 2; ++i) ASSERT_TRUE(store_.record_chunk("s1", i, {}));
  EXPECT_TRUE(is_held("/stream/s1/playlist.m3u8"));
  ASSERT_TRUE(store_.end("s1", {}));
  ASSERT_TRUE(playlists_.update({}, {}));
  const auto empty = get("/stream/s1/playlist.m3u8");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(http::body_of(empty).find("#EXTINF"), std::string::npos);
  EXPECT_EQ(http::body_of(empty).find("#EXT-X-ENDLIST"), std::string::npos);
}

TEST_F(StreamApiTest, ARequestThatComesJustBeforeTheNextSegmentWaitsForIt) {
  const char* const url = "/stream/s1/playlist.m3u8";
  ASSERT_TRUE(playlists_.update({}, {}));
  EXPECT_TRUE(is_held(url));
  for (std::uint64_t i = 0; i < 3; ++i) record(i);
  // Chunks of 5 s.
  EXPECT_FALSE(is_held(url));
  clock_.advance(std::chrono::milliseconds(4240));
  EXPECT_FALSE(is_held(url)) << "players read the segment that they have";
  clock_.advance(std::chrono::milliseconds(20));
  EXPECT_TRUE(is_held(url));
  EXPECT_FALSE(is_held(url, std::chrono::seconds(3))) << "players give up without a byte";
  EXPECT_FALSE(is_held("/stream/s1/playlist.m3u8?nowait=1"));
  const auto asked = ask(http::make_request("GET", url));
  ASSERT_TRUE(std::holds_alternative<http::AskAgain>(asked));
  EXPECT_EQ(std::get<http::AskAgain>(asked).topic, session_topic("s1"));
  record(3);
  EXPECT_FALSE(is_held(url));
  clock_.advance(std::chrono::seconds(5));
  EXPECT_TRUE(is_held(url));
  clock_.advance(std::chrono::milliseconds(2000));
  EXPECT_FALSE(is_held(url)) << "a sender that pauses holds nobody up";
  record(4);
  clock_.advance(std::chrono::seconds(5));
  options_.hold = std::chrono::milliseconds(0);
  EXPECT_FALSE(is_held(url)) << "--hold-seconds 0";
  options_.hold.reset();
  ASSERT_TRUE(store_.end("s1", {}));
  ASSERT_TRUE(playlists_.update({}, {}));
  EXPECT_FALSE(is_held(url)) << "an ended stream";
}

TEST_F(StreamApiTest, DoesNotHoldBackWhenToldNotTo) {
  const auto empty = get("/stream/s1/playlist.m3u8?nowait=1");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(http::body_of(empty).find("#EXTINF"), std::string::npos);
  EXPECT_EQ(get("/stream/s1/playlist.m3u8?a=b&nowait").status, 200);
  EXPECT_TRUE(std::holds_alternative<http::AskAgain>(
      ask(http::make_request("GET", "/stream/s1/playlist.m3u8?nowaiting=1"))));
}

TEST_F(StreamApiTest, WaitsForTheConfiguredNumberOfSegments) {
  options_.start_segments = 2;
  record(0);
  const auto request = http::make_request("GET", "/stream/s1/playlist.m3u8");
  EXPECT_TRUE(is_held("/stream/s1/playlist.m3u8"));
  ASSERT_TRUE(store_.end("s1", {}));
  ASSERT_TRUE(playlists_.update({}, {}));
  // Complete: no more will come.
  EXPECT_NE(http::body_of(answer(request)).find("#EXT-X-ENDLIST"), std::string::npos);
}

TEST_F(StreamApiTest, ServesPlaylistsAsPlayersWantThem) {
  for (std::uint64_t i = 0; i < 3; ++i) record(i);
  const auto response = get("/stream/s1/playlist.m3u8");
  EXPECT_EQ(http::header_of(response, "Content-Type"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(http::header_of(response, "Cache-Control"), "no-store");
  EXPECT_EQ(http::header_of(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(http::header_of(response, "Content-Encoding"), "");
}

TEST_F(StreamApiTest, CompressesLongPlaylistsOnRequest) {
  for (std::uint64_t i = 0; i < 100; ++i) record(i);
  const auto plain = get("/stream/s1/playlist.m3u8");
  const auto compressed = get("/stream/s1/playlist.m3u8", {{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(http::header_of(compressed, "Content-Encoding"), "gzip");
  EXPECT_EQ(http::header_of(compressed, "Vary"), "Accept-Encoding");
  EXPECT_LT(compressed.body_bytes(), plain.body_bytes() / 4);
}

TEST_F(StreamApiTest, AHeldPlaylistWaitsForItsSession) {
  options_.hold = std::chrono::seconds(60);
  const auto reply = ask(http::make_request("GET", "/stream/s1/playlist.m3u8"));
  const auto* later = std::get_if<http::AskAgain>(&reply);
  ASSERT_NE(later, nullptr);
  EXPECT_EQ(later->topic, session_topic("s1"));
  EXPECT_LE(later->delay, options_.poll_interval);
}

TEST_F(StreamApiTest, APlaylistThatTheClientHasIsNotSentAgain) {
  for (std::uint64_t i = 0; i < 20; ++i) record(i);
  const auto whole = get("/stream/s1/playlist.m3u8");
  const std::string tag = http::header_of(whole, "ETag");
  const auto same = get("/stream/s1/playlist.m3u8", {{"If-None-Match", "\"x\", W/" + tag}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body_bytes(), 0u);
  EXPECT_EQ(http::header_of(same, "ETag"), tag);
  EXPECT_EQ(
      get("/stream/s1/playlist.m3u8", {{"If-None-Match", tag}, {"Accept-Encoding", "gzip"}}).status,
      200)
      << "compressed it is another text";
  record(20);
  EXPECT_EQ(get("/stream/s1/playlist.m3u8", {{"If-None-Match", tag}}).status, 200);
}

TEST_F(StreamApiTest, CachesInFrontMayKeepAPlaylistWhenTold) {
  options_.playlist_max_age = std::chrono::seconds(1);
  options_.start_segments = 1;
  record(0);
  EXPECT_EQ(http::header_of(get("/stream/s1/playlist.m3u8"), "Cache-Control"), "public, max-age=1");
  ASSERT_TRUE(store_.end("s1", {}));
  ASSERT_TRUE(playlists_.update({}, {}));
  EXPECT_EQ(http::header_of(get("/stream/s1/playlist.m3u8"), "Cache-Control"),
            "public, max-age=60");
}

TEST_F(StreamApiTest, CountsWhoAskedForThePlaylistLately) {
  options_.start_segments = 1;
  record(0);
  for (const auto* agent : {"one", "two", "one"}) {
    (void)get("/stream/s1/playlist.m3u8", {{"User-Agent", agent}});
  }
  EXPECT_EQ(viewers_.of("s1"), 2u);
  clock_.advance(std::chrono::seconds(15));
  EXPECT_EQ(viewers_.of("s1"), 0u);
}

TEST_F(StreamApiTest, TheFeedIsForPagesAnywhere) {
  const auto feed = get("/stream/s1/events");
  EXPECT_EQ(feed.status, 200);
  EXPECT_EQ(http::header_of(feed, "Content-Type"), "text/event-stream");
  EXPECT_EQ(http::header_of(feed, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(get("/stream/unknown/events").status, 404);
}

TEST_F(StreamApiTest, ServesSegmentsForEver) {
  store_segment(0, "0123456789");
  const auto response = get("/stream/s1/seg_00000.mp4");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body_bytes(), 10u);
  EXPECT_EQ(http::header_of(response, "Content-Type"), "video/mp4");
  EXPECT_EQ(http::header_of(response, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(http::header_of(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(http::header_of(response, "Accept-Ranges"), "bytes");

  const std::string tag = http::header_of(response, "ETag");
  EXPECT_EQ(get("/stream/s1/seg_00000.mp4", {{"If-None-Match", tag}}).status, 304);
  EXPECT_EQ(get("/stream/s1/seg_00000.mp4", {{"If-None-Match", "\"other\""}}).status, 200);
}

TEST_F(StreamApiTest, ServesRangesOfSegments) {
  store_segment(0, "0123456789");
  const auto part = get("/stream/s1/seg_00000.mp4", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(http::header_of(part, "Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(std::get<http::FileSlice>(part.body).offset, 2u);
  EXPECT_EQ(part.body_bytes(), 3u);

  const auto beyond = get("/stream/s1/seg_00000.mp4", {{"Range", "bytes=10-"}});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(http::header_of(beyond, "Content-Range"), "bytes */10");
  EXPECT_EQ(http::header_of(beyond, "Cache-Control"), "no-store");

  // Another file by now: the range would not fit what the client has.
  const net::HttpHeaders stale = {{"Range", "bytes=2-4"}, {"If-Range", "\"other\""}};
  EXPECT_EQ(get("/stream/s1/seg_00000.mp4", stale).status, 200);
}

TEST_F(StreamApiTest, ServesSegmentsOfAnyStore) {
  other_objects_ = &faults_;
  store_segment(0, "0123456789");
  const auto whole = get("/stream/s1/seg_00000.mp4");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body_bytes(), 10u);
  const auto part = get("/stream/s1/seg_00000.mp4", {{"Range", "bytes=-3"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body_bytes(), 3u);
  EXPECT_EQ(get("/stream/s1/seg_00001.mp4").status, 404);
  faults_.script(testing::ObjectCall::Open, {Error{ErrorCode::Unavailable, "no route"}});
  const auto failed = get("/stream/s1/seg_00000.mp4");
  EXPECT_EQ(failed.status, 503);
  EXPECT_EQ(http::body_of(failed).find("no route"), std::string::npos);
  EXPECT_TRUE(logger_.mentions("no route"));
}

TEST_F(StreamApiTest, TellsMalformedIdsFromWhatIsNotThere) {
  for (const auto* target : {"/stream/a.b/playlist.m3u8", "/stream/..%2f/playlist.m3u8",
                             "/stream//playlist.m3u8", "/stream/../seg_00000.mp4"}) {
    EXPECT_EQ(get(target).status, 400) << target;
  }
  for (const auto* target :
       {"/stream/unknown/playlist.m3u8", "/stream/s1/seg_00000.mp4", "/stream/s1/seg_0.mp4",
        "/stream/s1", "/stream/s1/", "/stream/s1/playlist.m3u8/", "/stream/s1/../streamkit.sqlite",
        "/stream/s1/chunk_00000.mp4"}) {
    const auto response = get(target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(http::header_of(response, "Cache-Control"), "no-store");
    EXPECT_EQ(http::header_of(response, "Access-Control-Allow-Origin"), "*");
  }
}

TEST_F(StreamApiTest, AnswersPreflightsAndRefusesOtherMethods) {
  const auto preflight = answer(http::make_request("OPTIONS", "/stream/s1/playlist.m3u8"));
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(http::header_of(preflight, "Access-Control-Allow-Origin"), "*");
  EXPECT_NE(http::header_of(preflight, "Access-Control-Allow-Headers").find("Range"),
            std::string::npos);
  EXPECT_EQ(answer(http::make_request("PUT", "/stream/s1/seg_00000.mp4")).status, 405);
}

TEST_F(StreamApiTest, AFailingStoreIs503WithoutDetails) {
  store_.failing = true;
  const auto response = get("/stream/s1/playlist.m3u8");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(http::body_of(response).find("secret"), std::string::npos);
  EXPECT_TRUE(logger_.mentions("on fire"));
}

}  // namespace
}  // namespace streamkit::server
