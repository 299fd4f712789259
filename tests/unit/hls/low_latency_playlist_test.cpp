#include <gtest/gtest.h>

#include <streamkit/hls/media_playlist.hpp>

namespace streamkit::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Row {
  const char* name;
  MediaPlaylist value;
  const char* canonical;
};

MediaSegment segment(std::string uri, MediaTime duration) {
  MediaSegment result;
  result.uri = std::move(uri);
  result.duration = duration;
  return result;
}

MediaPlaylist low_latency() {
  MediaPlaylist playlist;
  playlist.version = 9;
  playlist.target_duration = seconds(2);
  playlist.server_control = ServerControl{
      .can_skip_until = seconds(12), .part_hold_back = milliseconds(600), .can_block_reload = true};
  playlist.part_target = milliseconds(200);
  playlist.media_sequence = 7;
  return playlist;
}

Row parts_of_files_of_their_own() {
  MediaPlaylist playlist = low_latency();
  playlist.segments = {segment("seg_7.m4s", seconds(2))};
  playlist.segments[0].map = InitializationSection{"init.mp4", {}};
  playlist.segments[0].program_date_time = UtcTime(milliseconds(1'709'251'199'007));
  playlist.segments[0].parts = {{"seg_7.0.m4s", milliseconds(200), {}, true, false},
                                {"seg_7.1.m4s", milliseconds(200), {}, false, true}};
  playlist.open_segment = OpenSegment{{{"seg_8.0.m4s", milliseconds(200), {}, true, false}}};
  playlist.open_segment->program_date_time = UtcTime(milliseconds(1'709'251'201'007));
  playlist.preload_hints = {{.uri = "seg_8.1.m4s"}};
  playlist.rendition_reports = {{"../a0/stream.m3u8", 8, 0}};
  return {"parts of files of their own", playlist,
          "#EXTM3U\n"
          "#EXT-X-VERSION:9\n"
          "#EXT-X-TARGETDURATION:2\n"
          "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.600,CAN-SKIP-UNTIL=12.000\n"
          "#EXT-X-PART-INF:PART-TARGET=0.200\n"
          "#EXT-X-MEDIA-SEQUENCE:7\n"
          "#EXT-X-MAP:URI=\"init.mp4\"\n"
          "#EXT-X-PROGRAM-DATE-TIME:2024-02-29T23:59:59.007Z\n"
          "#EXT-X-PART:DURATION=0.200,URI=\"seg_7.0.m4s\",INDEPENDENT=YES\n"
          "#EXT-X-PART:DURATION=0.200,URI=\"seg_7.1.m4s\",GAP=YES\n"
          "#EXTINF:2.000,\n"
          "seg_7.m4s\n"
          "#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:01.007Z\n"
          "#EXT-X-PART:DURATION=0.200,URI=\"seg_8.0.m4s\",INDEPENDENT=YES\n"
          "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"seg_8.1.m4s\"\n"
          "#EXT-X-RENDITION-REPORT:URI=\"../a0/stream.m3u8\",LAST-MSN=8,LAST-PART=0\n"};
}

Row parts_of_one_file() {
  MediaPlaylist playlist = low_latency();
  playlist.server_control =
      ServerControl{.can_skip_dateranges = true, .hold_back = seconds(6), .can_block_reload = true};
  playlist.skipped_segments = 3;
  playlist.segments = {segment("a.m4s", seconds(2))};
  playlist.segments[0].parts = {{"a.m4s", seconds(1), ByteRange{20'000, 0}, true, false},
                                {"a.m4s", seconds(1), ByteRange{23'000, 20'000}, false, false}};
  playlist.open_segment = OpenSegment{{{"b.m4s", seconds(1), ByteRange{7, 0}, true, false}}};
  playlist.open_segment->map = InitializationSection{"init-2.mp4", {}};
  playlist.open_segment->discontinuity = true;
  playlist.preload_hints = {
      {.uri = "b.m4s", .byte_range_start = 7},
      {.type = PreloadHint::Type::Map, .uri = "init-3.mp4", .byte_range_length = 900}};
  return {"parts of one file", playlist,
          "#EXTM3U\n"
          "#EXT-X-VERSION:9\n"
          "#EXT-X-TARGETDURATION:2\n"
          "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6.000,CAN-SKIP-DATERANGES=YES\n"
          "#EXT-X-PART-INF:PART-TARGET=0.200\n"
          "#EXT-X-MEDIA-SEQUENCE:7\n"
          "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"
          "#EXT-X-PART:DURATION=1.000,URI=\"a.m4s\",BYTERANGE=\"20000@0\",INDEPENDENT=YES\n"
          "#EXT-X-PART:DURATION=1.000,URI=\"a.m4s\",BYTERANGE=\"23000@20000\"\n"
          "#EXTINF:2.000,\n"
          "a.m4s\n"
          "#EXT-X-DISCONTINUITY\n"
          "#EXT-X-MAP:URI=\"init-2.mp4\"\n"
          "#EXT-X-PART:DURATION=1.000,URI=\"b.m4s\",BYTERANGE=\"7@0\",INDEPENDENT=YES\n"
          "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"b.m4s\",BYTERANGE-START=7\n"
          "#EXT-X-PRELOAD-HINT:TYPE=MAP,URI=\"init-3.mp4\",BYTERANGE-LENGTH=900\n"};
}

Row i_frames() {
  MediaPlaylist playlist;
  playlist.target_duration = seconds(2);
  playlist.type = PlaylistType::Vod;
  playlist.i_frames_only = true;
  playlist.end_list = true;
  playlist.segments = {segment("a.m4s", seconds(2))};
  playlist.segments[0].byte_range = ByteRange{4000, 10};
  return {"I-frames", playlist,
          "#EXTM3U\n"
          "#EXT-X-VERSION:6\n"
          "#EXT-X-TARGETDURATION:2\n"
          "#EXT-X-MEDIA-SEQUENCE:0\n"
          "#EXT-X-PLAYLIST-TYPE:VOD\n"
          "#EXT-X-I-FRAMES-ONLY\n"
          "#EXTINF:2.000,\n"
          "#EXT-X-BYTERANGE:4000@10\n"
          "a.m4s\n"
          "#EXT-X-ENDLIST\n"};
}

Row offers_nothing() {
  MediaPlaylist playlist;
  playlist.server_control = ServerControl{};
  return {"offers nothing", playlist,
          "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:0\n"
          "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=NO\n#EXT-X-MEDIA-SEQUENCE:0\n"};
}

std::vector<Row> table() {
  return {parts_of_files_of_their_own(), parts_of_one_file(), i_frames(), offers_nothing()};
}

TEST(LowLatencyPlaylist, WritesEachRowOfTheTable) {
  for (const Row& row : table()) EXPECT_EQ(write_media_playlist(row.value), row.canonical);
}

TEST(LowLatencyPlaylist, ParsesEachRowOfTheTable) {
  for (const Row& row : table()) {
    const auto parsed = parse_media_playlist(row.canonical);
    ASSERT_TRUE(parsed) << row.name << ": " << to_string(parsed.error());
    EXPECT_EQ(*parsed, row.value) << row.name;
  }
}

// As other servers write them, and as the examples of the specification do.
TEST(LowLatencyPlaylist, TakesOtherSpellings) {
  const auto parsed = parse_media_playlist(
      "#EXTM3U\n"
      "#EXT-X-TARGETDURATION:4\n"
      "#EXT-X-VERSION:9\n"
      "#EXT-X-SERVER-CONTROL: CAN-BLOCK-RELOAD=YES, CAN-SKIP-UNTIL=24,PART-HOLD-BACK=1.02,NEW=7\n"
      "#EXT-X-PART-INF:PART-TARGET=1.02\n"
      "#EXT-X-SKIP:SKIPPED-SEGMENTS=3,RECENTLY-REMOVED-DATERANGES=\"a\tb\"\n"
      "#EXT-X-PART:BYTERANGE=20000@0,URI=\"a.mp4\",DURATION=1.02\n"
      "#EXT-X-PART:DURATION=1.02,URI=\"a.mp4\",BYTERANGE=23000\n"
      "#EXTINF:2.04,\n"
      "a.mp4\n"
      "#EXT-X-PART:DURATION=1.02,URI=\"a.mp4\",BYTERANGE=\"1\",INDEPENDENT=NO\n"
      "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"a.mp4\",BYTERANGE-START=0\n"
      "#EXT-X-PRELOAD-HINT:TYPE=FUTURE,URI=\"b.mp4\"\n");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(parsed->skipped_segments, 3U);
  EXPECT_EQ(parsed->server_control->can_skip_until, seconds(24));
  EXPECT_EQ(parsed->segments.at(0).parts.at(1).byte_range, (ByteRange{23'000, 20'000}));
  ASSERT_TRUE(parsed->open_segment);
  EXPECT_EQ(parsed->open_segment->parts.at(0).byte_range, (ByteRange{1, 43'000}));
  ASSERT_EQ(parsed->preload_hints.size(), 1U) << "a hint of an unknown type is ignored";
  EXPECT_EQ(parsed->preload_hints[0].byte_range_start, 0U);
}

TEST(LowLatencyPlaylist, IgnoresPartsThatNothingAnnounces) {
  const auto parsed = parse_media_playlist(
      "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PART:DURATION=1,URI=\"a\"\n#EXT-X-PART:nonsense\n");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_FALSE(parsed->open_segment);
}

}  // namespace
}  // namespace streamkit::hls
