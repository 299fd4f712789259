#include "server/live_media_api.hpp"

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/memory_object_store.hpp>

#include "http/requests.hpp"
#include "server/json_error.hpp"

namespace streamkit::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LiveMediaApiTest : public ::testing::Test {
 protected:
  LiveMediaApiTest() { streams_.add("s", output_); }

  void begin() {
    live::LiveTracks& tracks = output_->tracks();
    ASSERT_TRUE(tracks.begin_run(0,
                                 {.name = "v0",
                                  .codecs = "avc1.64001f",
                                  .width_px = 640,
                                  .height_px = 360,
                                  .frame_rate = {30, 1}},
                                 Bytes{'v'}));
    ASSERT_TRUE(tracks.begin_run(1,
                                 {.name = "a0",
                                  .kind = TrackKind::Audio,
                                  .codecs = "mp4a.40.2",
                                  .sample_rate_hz = 48'000,
                                  .channels = 2},
                                 Bytes{'a'}));
    tracks.set_targets({});
  }
  // Part `index` of four, in both tracks.
  void add(std::uint64_t number, int index) {
    const LivePart part{
        .start = seconds(2) * static_cast<std::int64_t>(number) + milliseconds(500) * index,
        .duration = milliseconds(500),
        .independent = index == 0};
    for (std::size_t track = 0; track < 2; ++track) {
      const std::string text =
          (track == 0 ? "v" : "a") + std::to_string(number) + "." + std::to_string(index) + ";";
      ASSERT_TRUE(output_->tracks().add_part(track, number, part, Bytes(text.begin(), text.end())));
    }
    clock_.advance(milliseconds(500));
  }
  void add_segments(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      for (int index = 0; index < 4; ++index) add(number, index);
      ASSERT_TRUE(output_->tracks().end_segment(0, number));
      ASSERT_TRUE(output_->tracks().end_segment(1, number));
    }
  }

  http::Reply ask(std::string_view target, net::HttpHeaders headers = {},
                  milliseconds waited = milliseconds(0)) {
    auto request = http::make_request("GET", target, "", std::move(headers));
    request.received_at -= waited;
    return http::send(router_, request);
  }
  http::Response get(std::string_view target, net::HttpHeaders headers = {}) {
    http::Reply reply = ask(target, std::move(headers));
    auto* response = std::get_if<http::Response>(&reply);
    EXPECT_TRUE(response) << "held back: " << target;
    return response != nullptr ? *std::move(response) : http::Response{};
  }
  bool is_held(std::string_view target, milliseconds waited = milliseconds(0)) {
    return std::holds_alternative<http::AskAgain>(ask(target, {}, waited));
  }
  static std::string media_of(const http::Response& response) {
    std::string text;
    for (const SharedText& part : std::get<http::SharedTexts>(response.body)) text += *part;
    return text;
  }

  testing::FakeClock clock_;
  testing::MemoryObjectStore objects_;
  live::LiveDirectory streams_;
  std::shared_ptr<live::LiveOutput> output_ = std::make_shared<live::LiveOutput>(
      std::vector<std::string>{"v0", "a0"},
      live::LiveOutputOptions{
          .on_change = [this](std::string_view track) { woken_.emplace_back(track); }},
      Context{.clock = &clock_});
  std::vector<std::string> woken_;
  LiveMediaApi api_{streams_,
                    objects_,
                    [](std::string_view stream) { return stream == "pending"; },
                    {.clock = &clock_}};
  http::Router router_{api_.routes(), word_error, {}};
};

TEST_F(LiveMediaApiTest, WaitsForTheFirstMedia) {
  for (const auto* target : {"/hls/s/index.m3u8", "/dash/s/manifest.mpd", "/dash/s/timeline.mpd"}) {
    EXPECT_TRUE(is_held(target)) << target;
    const auto reply = ask(target, {}, seconds(10));
    const auto& response = std::get<http::Response>(reply);
    EXPECT_EQ(response.status, 503) << target;
    EXPECT_EQ(http::error_code_of(response), "not_started");
    EXPECT_EQ(http::header_of(response, "Retry-After"), "1");
  }
  EXPECT_EQ(get("/hls/other/index.m3u8").status, 404);
  EXPECT_TRUE(is_held("/hls/s/v0/index.m3u8")) << "there is no such track yet";
  EXPECT_TRUE(is_held("/hls/pending/index.m3u8"));
  EXPECT_TRUE(is_held("/hls/pending/v0/index.m3u8"));
  begin();
  EXPECT_EQ(get("/hls/s/v1/index.m3u8").status, 404);
}

TEST_F(LiveMediaApiTest, APlayerWithoutLowLatencyWaitsForASegment) {
  begin();
  add(0, 0);
  EXPECT_TRUE(is_held("/hls/s/v0/index.m3u8"));
  EXPECT_EQ(get("/hls/s/v0/index.m3u8?_HLS_msn=0&_HLS_part=0").status, 200);
  for (int index = 1; index < 4; ++index) add(0, index);
  ASSERT_TRUE(output_->tracks().end_segment(0, 0));
  EXPECT_EQ(get("/hls/s/v0/index.m3u8").status, 200);
  EXPECT_TRUE(is_held("/hls/s/a0/index.m3u8"));
}

TEST_F(LiveMediaApiTest, ServesPlaylistsAndManifests) {
  begin();
  add_segments(0, 3);
  add(4, 0);
  const auto multivariant = http::body_of(get("/hls/s/index.m3u8"));
  EXPECT_NE(multivariant.find("v0/index.m3u8"), std::string::npos) << multivariant;
  EXPECT_NE(multivariant.find("RESOLUTION=640x360"), std::string::npos);
  EXPECT_NE(multivariant.find("avc1.64001f,mp4a.40.2"), std::string::npos);
  const auto response = get("/hls/s/v0/index.m3u8");
  const auto video = http::body_of(response);
  EXPECT_EQ(http::header_of(response, "Content-Type"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(http::header_of(response, "Cache-Control"), "public, max-age=1");
  for (const auto* line :
       {"#EXT-X-TARGETDURATION:2\n", "#EXT-X-PART-INF:PART-TARGET=0.5", "init-0.mp4",
        "segment-3.m4s\n", "URI=\"segment-4.0.m4s\",INDEPENDENT=YES",
        "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"segment-4.1.m4s\"",
        "#EXT-X-RENDITION-REPORT:URI=\"../a0/index.m3u8\",LAST-MSN=4,LAST-PART=0"}) {
    EXPECT_NE(video.find(line), std::string::npos) << line << "\n" << video;
  }
  EXPECT_EQ(
      get("/hls/s/v0/index.m3u8", {{"If-None-Match", http::header_of(response, "ETag")}}).status,
      304);
  const auto frames = http::body_of(get("/hls/s/v0/iframes.m3u8"));
  EXPECT_NE(frames.find("#EXT-X-I-FRAMES-ONLY"), std::string::npos) << frames;
  const auto mpd = http::body_of(get("/dash/s/manifest.mpd"));
  EXPECT_NE(mpd.find("availabilityTimeComplete=\"false\""), std::string::npos) << mpd;
  EXPECT_NE(http::body_of(get("/dash/s/timeline.mpd")).find("<SegmentTimeline>"),
            std::string::npos);
}

TEST_F(LiveMediaApiTest, BlocksUntilThePlaylistHasWhatIsAskedFor) {
  begin();
  add_segments(0, 3);
  add(4, 0);
  EXPECT_TRUE(is_held("/hls/s/v0/index.m3u8?_HLS_msn=4&_HLS_part=1"));
  EXPECT_TRUE(is_held("/hls/s/v0/index.m3u8?_HLS_msn=4"));
  const auto reply = ask("/hls/s/v0/index.m3u8?_HLS_msn=4&_HLS_part=1", {}, seconds(6));
  EXPECT_EQ(std::get<http::Response>(reply).status, 503);
  EXPECT_EQ(get("/hls/s/v0/index.m3u8?_HLS_msn=7").status, 400);
  EXPECT_EQ(get("/hls/s/v0/index.m3u8?_HLS_msn=x").status, 400);
  woken_.clear();
  add(4, 1);
  EXPECT_EQ(woken_, (std::vector<std::string>{"v0", "a0"}));
  const auto response = get("/hls/s/v0/index.m3u8?_HLS_msn=4&_HLS_part=1");
  EXPECT_NE(http::body_of(response).find("segment-4.1.m4s"), std::string::npos);
  EXPECT_NE(http::header_of(response, "Cache-Control").find("immutable"), std::string::npos);
  const auto held = std::get<http::AskAgain>(ask("/hls/s/v0/index.m3u8?_HLS_msn=4"));
  EXPECT_EQ(held.topic, live_topic("s", "v0"));
}

TEST_F(LiveMediaApiTest, SendsADeltaUpdateWhenAskedFor) {
  begin();
  add_segments(0, 19);
  const auto delta = http::body_of(get("/hls/s/v0/index.m3u8?_HLS_skip=YES"));
  EXPECT_NE(delta.find("#EXT-X-SKIP:SKIPPED-SEGMENTS="), std::string::npos) << delta;
  EXPECT_EQ(http::body_of(get("/hls/s/v0/index.m3u8")).find("#EXT-X-SKIP"), std::string::npos);
}

TEST_F(LiveMediaApiTest, ServesMediaForBothProtocols) {
  begin();
  add_segments(0, 1);
  for (const std::string protocol : {"/hls", "/dash"}) {
    EXPECT_EQ(http::body_of(get(protocol + "/s/v0/init-0.mp4")), "v");
    const auto segment = get(protocol + "/s/a0/segment-0.m4s");
    EXPECT_EQ(media_of(segment), "a0.0;a0.1;a0.2;a0.3;");
    EXPECT_EQ(http::header_of(segment, "Content-Type"), "audio/mp4");
    EXPECT_NE(http::header_of(segment, "Cache-Control").find("immutable"), std::string::npos);
    EXPECT_EQ(media_of(get(protocol + "/s/v0/segment-1.2.m4s")), "v1.2;");
    for (const std::string missing :
         {"/s/v0/segment-1.4.m4s", "/s/v0/segment-3.m4s", "/s/v0/init-1.mp4", "/s/v1/init-0.mp4",
          "/s/v0/segment-0.ts", "/s/v0/", "/t/v0/init-0.mp4"}) {
      EXPECT_EQ(get(protocol + missing).status, 404) << missing;
    }
    EXPECT_TRUE(is_held(protocol + "/s/v0/segment-2.m4s")) << "it is the next one";
    EXPECT_TRUE(is_held(protocol + "/s/v0/segment-2.0.m4s"));
  }
  EXPECT_EQ(http::header_of(get("/hls/s/v0/segment-9.m4s"), "Cache-Control"), "public, max-age=1");
}

TEST_F(LiveMediaApiTest, SendsRangesOfWhatIsInMemoryAndOfWhatIsStored) {
  begin();
  add_segments(0, 0);
  const auto part = get("/hls/s/v0/segment-0.m4s", {{"Range", "bytes=3-9"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(http::header_of(part, "Content-Range"), "bytes 3-9/20");
  const auto& slice = std::get<http::FileSlice>(part.body);
  Bytes bytes(static_cast<std::size_t>(slice.length));
  EXPECT_EQ(slice.file->read(slice.offset, bytes, {}).value(), 7u);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "0;v0.1;");
  EXPECT_EQ(get("/hls/s/v0/segment-0.m4s", {{"Range", "bytes=99-"}}).status, 416);

  ASSERT_TRUE(objects_.put("key", Bytes(20, 'x'), {}, {}));
  output_->tracks().set_stored(0, 0, "key");
  add_segments(1, 8);
  const auto stored = get("/hls/s/v0/segment-0.2.m4s");
  EXPECT_EQ(stored.status, 200);
  EXPECT_EQ(std::get<http::FileSlice>(stored.body).offset, 10u);
  EXPECT_EQ(stored.body_bytes(), 5u);
  ASSERT_TRUE(objects_.remove("key", {}));
  EXPECT_EQ(get("/hls/s/v0/segment-0.m4s").status, 404);
}

TEST_F(LiveMediaApiTest, SendsAGrowingSegmentAsItGrows) {
  begin();
  add(0, 0);
  add(0, 1);
  const auto response = get("/dash/s/v0/segment-0.m4s");
  const auto& growing = std::get<http::EventStream>(response.body);
  EXPECT_EQ(growing.topic, live_topic("s", "v0"));
  EXPECT_EQ(growing.next(), "v0.0;v0.1;");
  EXPECT_EQ(growing.next(), "");
  add(0, 2);
  EXPECT_EQ(growing.next(), "v0.2;");
  add(0, 3);
  ASSERT_TRUE(output_->tracks().end_segment(0, 0));
  EXPECT_EQ(growing.next(), "v0.3;");
  EXPECT_FALSE(growing.next());
}

TEST_F(LiveMediaApiTest, AnEndedStreamCanBePlayedToItsEnd) {
  begin();
  add_segments(0, 2);
  add(3, 0);
  output_->tracks().end();
  const auto video = http::body_of(get("/hls/s/v0/index.m3u8?_HLS_msn=4"));
  EXPECT_NE(video.find("segment-3.m4s\n#EXT-X-ENDLIST\n"), std::string::npos) << video;
  EXPECT_EQ(video.find("PRELOAD-HINT"), std::string::npos);
  const auto mpd = http::body_of(get("/dash/s/manifest.mpd"));
  EXPECT_NE(mpd.find("type=\"static\""), std::string::npos) << mpd;
  // Players that follow numbers ask for it once.
  EXPECT_EQ(get("/dash/s/v0/segment-4.m4s").status, 200);
  EXPECT_EQ(media_of(get("/dash/s/v0/segment-4.m4s")), "");
  EXPECT_EQ(get("/dash/s/v0/segment-5.m4s").status, 404);
}

}  // namespace
}  // namespace streamkit::server
