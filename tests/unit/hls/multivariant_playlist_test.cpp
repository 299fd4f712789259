#include <gtest/gtest.h>

#include <random>
#include <streamkit/hls/live_multivariant.hpp>
#include <streamkit/hls/multivariant_playlist.hpp>

#include "live_track_fixture.hpp"

namespace streamkit::hls {
namespace {

struct Row {
  const char* name;
  MultivariantPlaylist value;
  const char* canonical;
};

Row everything() {
  MultivariantPlaylist playlist;
  playlist.version = 7;
  playlist.independent_segments = true;
  playlist.renditions = {{.type = Rendition::Type::Audio,
                          .group_id = "aud",
                          .name = "English, stereo",
                          .uri = "a0/index.m3u8",
                          .language = "en",
                          .is_default = true,
                          .autoselect = true,
                          .characteristics = "public.easy-to-read",
                          .channels = "2"},
                         {.type = Rendition::Type::Subtitles,
                          .group_id = "sub",
                          .name = "Deutsch",
                          .uri = "s0/index.m3u8",
                          .forced = true},
                         {.type = Rendition::Type::ClosedCaptions,
                          .group_id = "cc",
                          .name = "CC",
                          .instream_id = "CC1"},
                         {.type = Rendition::Type::Video, .group_id = "cam", .name = "Left"}};
  playlist.variants = {
      {.info = {.uri = "v0/index.m3u8",
                .bandwidth_bps = 5'000'000,
                .average_bandwidth_bps = 4'000'000,
                .codecs = "avc1.64001f,mp4a.40.2",
                .resolution = Resolution{1920, 1080},
                .video_range = "SDR",
                .video_layout = "CH-STEREO",
                .video_group = "cam"},
       .frame_rate_millihertz = 29'970,
       .audio_group = "aud",
       .subtitles_group = "sub",
       .closed_captions = "cc"},
      {.info = {.uri = "low, \"quoted\".m3u8", .bandwidth_bps = 1}, .closed_captions = ""}};
  playlist.i_frame_variants = {{.uri = "v0/iframes.m3u8", .bandwidth_bps = 700'000}};
  return {"everything", playlist,
          "#EXTM3U\n"
          "#EXT-X-VERSION:7\n"
          "#EXT-X-INDEPENDENT-SEGMENTS\n"
          "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aud\",NAME=\"English, stereo\",LANGUAGE=\"en\","
          "DEFAULT=YES,AUTOSELECT=YES,CHARACTERISTICS=\"public.easy-to-read\",CHANNELS=\"2\","
          "URI=\"a0/index.m3u8\"\n"
          "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"sub\",NAME=\"Deutsch\",FORCED=YES,"
          "URI=\"s0/index.m3u8\"\n"
          "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"cc\",NAME=\"CC\",INSTREAM-ID=\"CC1\"\n"
          "#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID=\"cam\",NAME=\"Left\"\n"
          "#EXT-X-STREAM-INF:BANDWIDTH=5000000,AVERAGE-BANDWIDTH=4000000,"
          "CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1920x1080,VIDEO-RANGE=SDR,"
          "REQ-VIDEO-LAYOUT=\"CH-STEREO\",VIDEO=\"cam\",FRAME-RATE=29.970,AUDIO=\"aud\","
          "SUBTITLES=\"sub\",CLOSED-CAPTIONS=\"cc\"\n"
          "v0/index.m3u8\n"
          "#EXT-X-STREAM-INF:BANDWIDTH=1,CLOSED-CAPTIONS=NONE\n"
          "low, \"quoted\".m3u8\n"
          "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=700000,URI=\"v0/iframes.m3u8\"\n"};
}

Row smallest() {
  MultivariantPlaylist playlist;
  playlist.variants = {{.info = {.uri = "a.m3u8", .bandwidth_bps = 7}}};
  return {"smallest", playlist,
          "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-STREAM-INF:BANDWIDTH=7\na.m3u8\n"};
}

TEST(MultivariantPlaylist, IsWrittenAndParsedAsTheTableShows) {
  for (const Row& row : {everything(), smallest()}) {
    EXPECT_EQ(write_multivariant_playlist(row.value), row.canonical) << row.name;
    const auto parsed = parse_multivariant_playlist(row.canonical);
    ASSERT_TRUE(parsed) << row.name << ": " << to_string(parsed.error());
    EXPECT_EQ(*parsed, row.value) << row.name;
  }
}

TEST(MultivariantPlaylist, TakesOtherSpellings) {
  const auto parsed = parse_multivariant_playlist(
      "#EXTM3U\r\n"
      "# made by hand\r\n"
      "#EXT-X-STREAM-INF: AVERAGE-BANDWIDTH=1, BANDWIDTH=2 , FRAME-RATE=30,NEW=\"a,b\"\r\n"
      "\r\n"
      "  low.m3u8  \r\n"
      "#EXT-X-SESSION-DATA:DATA-ID=\"a\",VALUE=\"b\"\r\n"
      "#EXT-X-FUTURE\r\n");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(write_multivariant_playlist(*parsed),
            "#EXTM3U\n#EXT-X-VERSION:1\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=2,AVERAGE-BANDWIDTH=1,FRAME-RATE=30.000\nlow.m3u8\n");
}

TEST(MultivariantPlaylist, NamesWhatIsWrong) {
  struct ErrorRow {
    const char* text;
    const char* message;
  };
  for (const ErrorRow& row : std::initializer_list<ErrorRow>{
           {"", "line 1: expected #EXTM3U"},
           {"#EXTM3U\n", "line 2: expected #EXT-X-STREAM-INF before the end"},
           {"#EXTM3U\nlow.m3u8\n", "line 2: expected #EXT-X-STREAM-INF before a variant's URI"},
           {"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n",
            "line 3: expected a URI for the variant described last"},
           {"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n",
            "line 3: expected a URI after the #EXT-X-STREAM-INF above"},
           {"#EXTM3U\n#EXT-X-STREAM-INF:PROGRAM-ID=1\na\n",
            "line 2: expected #EXT-X-STREAM-INF with BANDWIDTH"},
           {"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=7\na\n",
            "line 2: expected #EXT-X-STREAM-INF with BANDWIDTH"},
           {"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,NAME=\"a\"\n",
            "line 2: expected #EXT-X-MEDIA with TYPE, GROUP-ID and NAME"},
           {"#EXTM3U\n#EXT-X-MEDIA:TYPE=SMELL,NAME=\"a\",GROUP-ID=\"g\"\n",
            "line 2: expected #EXT-X-MEDIA with TYPE, GROUP-ID and NAME"},
           {"#EXTM3U\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1\n",
            "line 2: expected #EXT-X-I-FRAME-STREAM-INF with BANDWIDTH and URI"},
           {"#EXTM3U\n#EXT-X-VERSION:0\n", "line 2: expected a version number of 1 or higher"},
           {"#EXTM3U\n#EXTINF:1,\na.ts\n",
            "line 2: expected a multivariant playlist; this is a media playlist"}}) {
    const auto parsed = parse_multivariant_playlist(row.text);
    ASSERT_FALSE(parsed) << row.text;
    EXPECT_EQ(parsed.error().code, ErrorCode::CorruptData);
    EXPECT_EQ(parsed.error().message, row.message) << row.text;
  }
  EXPECT_EQ(parse_multivariant_playlist("#EXTM3U\n#EXT-X-DEFINE:NAME=\"a\"\n").error().code,
            ErrorCode::Unsupported);
}

TEST(MultivariantPlaylist, DamagedTextNeverCrashesAndWhatParsesIsStable) {
  std::mt19937_64 random(4);
  int parsed_count = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = everything().canonical;
    for (auto edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text.erase(at, random() % 8);
      } else {
        text[at] = "\n\r,\"@:#0Z\xC3"[random() % 10];
      }
    }
    const auto parsed = parse_multivariant_playlist(text);
    if (!parsed) continue;
    ++parsed_count;
    const std::string canonical = write_multivariant_playlist(*parsed);
    const auto again = parse_multivariant_playlist(canonical);
    ASSERT_TRUE(again) << text;
    ASSERT_TRUE(*again == *parsed) << text;
    ASSERT_EQ(write_multivariant_playlist(*again), canonical);
  }
  EXPECT_GT(parsed_count, 1000);
}

TEST(LiveMultivariantPlaylist, AnnouncesALadder) {
  LiveTrackInfo low = testing::video_track("v1");
  low.width_px = 640;
  low.height_px = 360;
  low.frame_rate = {30'000, 1001};
  const std::vector<AnnouncedTrack> tracks = {
      {.info = testing::video_track(),
       .bandwidth = {5'000'000, 4'000'000},
       .i_frames = Bandwidth{900'000, 800'000}},
      {.info = low, .bandwidth = {900'000, 800'000}},
      {.info = testing::audio_track(), .bandwidth = {130'000, 128'000}, .language = "en"}};
  EXPECT_EQ(write_multivariant_playlist(live_multivariant_playlist(tracks)),
            "#EXTM3U\n"
            "#EXT-X-VERSION:6\n"
            "#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"a0 (en)\",LANGUAGE=\"en\","
            "DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"a0/index.m3u8\"\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=5130000,AVERAGE-BANDWIDTH=4128000,"
            "CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=30.000,"
            "AUDIO=\"audio\"\n"
            "v0/index.m3u8\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=1030000,AVERAGE-BANDWIDTH=928000,"
            "CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=29.970,"
            "AUDIO=\"audio\"\n"
            "v1/index.m3u8\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=130000,AVERAGE-BANDWIDTH=128000,CODECS=\"mp4a.40.2\","
            "AUDIO=\"audio\"\n"
            "a0/index.m3u8\n"
            "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=800000,"
            "CODECS=\"avc1.64001f\",RESOLUTION=1280x720,URI=\"v0/iframes.m3u8\"\n");
}

TEST(LiveMultivariantPlaylist, AnnouncesAStreamOfOneKind) {
  const std::vector<AnnouncedTrack> audio = {
      {.info = testing::audio_track(), .bandwidth = {130'000, 128'000}}};
  EXPECT_EQ(write_multivariant_playlist(live_multivariant_playlist(audio)),
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=130000,AVERAGE-BANDWIDTH=128000,CODECS=\"mp4a.40.2\"\n"
            "a0/index.m3u8\n");
  const std::vector<AnnouncedTrack> video = {
      {.info = testing::video_track(), .bandwidth = {2, 1}, .video_layout = "CH-STEREO"}};
  const MultivariantPlaylist playlist = live_multivariant_playlist(video);
  EXPECT_TRUE(playlist.renditions.empty());
  ASSERT_EQ(playlist.variants.size(), 1U);
  EXPECT_EQ(playlist.variants[0].info.codecs, "avc1.64001f");
  EXPECT_EQ(playlist.variants[0].info.video_layout, "CH-STEREO");
}

TEST(LiveMultivariantPlaylist, NamesSubtitlesInAllVariants) {
  const std::vector<AnnouncedTrack> tracks = {
      {.info = testing::video_track(), .bandwidth = {2, 1}}};
  LiveMultivariantOptions options;
  options.subtitles = {{.type = Rendition::Type::Subtitles,
                        .group_id = "text",
                        .name = "English",
                        .uri = "t0/index.m3u8"}};
  const MultivariantPlaylist playlist = live_multivariant_playlist(tracks, options);
  ASSERT_EQ(playlist.renditions.size(), 1U);
  EXPECT_EQ(playlist.variants[0].subtitles_group, "text");
}

}  // namespace
}  // namespace streamkit::hls
