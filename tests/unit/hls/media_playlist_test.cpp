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

MediaPlaylist minimal() {
  MediaPlaylist playlist;
  playlist.version = 3;
  playlist.target_duration = seconds(10);
  return playlist;
}

Row empty_live() {
  return {"empty live", minimal(),
          "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"};
}

Row live_window() {
  MediaPlaylist playlist = minimal();
  playlist.media_sequence = 2680;
  playlist.discontinuity_sequence = 3;
  playlist.segments = {segment("https://example.com/2680.ts", milliseconds(7975)),
                       segment("https://example.com/2681.ts", from_ticks(5005, 1, 1000))};
  playlist.segments[0].title = "one, two";
  playlist.segments[1].discontinuity = true;
  return {"live window", playlist,
          "#EXTM3U\n"
          "#EXT-X-VERSION:3\n"
          "#EXT-X-TARGETDURATION:10\n"
          "#EXT-X-MEDIA-SEQUENCE:2680\n"
          "#EXT-X-DISCONTINUITY-SEQUENCE:3\n"
          "#EXTINF:7.975,one, two\n"
          "https://example.com/2680.ts\n"
          "#EXT-X-DISCONTINUITY\n"
          "#EXTINF:5.005,\n"
          "https://example.com/2681.ts\n"};
}

Row single_file_event() {
  MediaPlaylist playlist;
  playlist.target_duration = seconds(5);
  playlist.type = PlaylistType::Event;
  playlist.independent_segments = true;
  playlist.end_list = true;
  playlist.segments = {segment("seg_00000.mp4", seconds(5)),
                       segment("seg_00001.mp4", from_ticks(25, 1, 6))};
  playlist.segments[0].map = InitializationSection{"seg_00000.mp4", ByteRange{1213, 0}};
  playlist.segments[0].program_date_time = ProgramDateTime(milliseconds(1'709'251'199'007));
  playlist.segments[0].byte_range = ByteRange{5000, 1213};
  playlist.segments[1].byte_range = ByteRange{4000, 1214};
  return {"single file event", playlist,
          "#EXTM3U\n"
          "#EXT-X-VERSION:6\n"
          "#EXT-X-TARGETDURATION:5\n"
          "#EXT-X-MEDIA-SEQUENCE:0\n"
          "#EXT-X-PLAYLIST-TYPE:EVENT\n"
          "#EXT-X-INDEPENDENT-SEGMENTS\n"
          "#EXT-X-MAP:URI=\"seg_00000.mp4\",BYTERANGE=\"1213@0\"\n"
          "#EXT-X-PROGRAM-DATE-TIME:2024-02-29T23:59:59.007Z\n"
          "#EXTINF:5.000,\n"
          "#EXT-X-BYTERANGE:5000@1213\n"
          "seg_00000.mp4\n"
          "#EXTINF:4.166666667,\n"
          "#EXT-X-BYTERANGE:4000@1214\n"
          "seg_00001.mp4\n"
          "#EXT-X-ENDLIST\n"};
}

Row vod_with_gap_and_maps() {
  MediaPlaylist playlist;
  playlist.version = 8;
  playlist.target_duration = seconds(4);
  playlist.type = PlaylistType::Vod;
  playlist.end_list = true;
  playlist.segments = {segment("a.m4s", seconds(4)), segment("b.m4s", MediaTime{0})};
  playlist.segments[0].map = InitializationSection{"init, 1.mp4", {}};
  playlist.segments[1].map = InitializationSection{"init=2.mp4", {}};
  playlist.segments[1].discontinuity = true;
  playlist.segments[1].gap = true;
  return {"vod with gap and maps", playlist,
          "#EXTM3U\n"
          "#EXT-X-VERSION:8\n"
          "#EXT-X-TARGETDURATION:4\n"
          "#EXT-X-MEDIA-SEQUENCE:0\n"
          "#EXT-X-PLAYLIST-TYPE:VOD\n"
          "#EXT-X-MAP:URI=\"init, 1.mp4\"\n"
          "#EXTINF:4.000,\n"
          "a.m4s\n"
          "#EXT-X-DISCONTINUITY\n"
          "#EXT-X-MAP:URI=\"init=2.mp4\"\n"
          "#EXT-X-GAP\n"
          "#EXTINF:0.000,\n"
          "b.m4s\n"
          "#EXT-X-ENDLIST\n"};
}

Row version_1_in_whole_seconds() {
  MediaPlaylist playlist = minimal();
  playlist.version = 1;
  playlist.segments = {segment("a.ts", seconds(10)), segment("b.ts", milliseconds(9500))};
  return {"version 1", playlist,
          "#EXTM3U\n#EXT-X-VERSION:1\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
          "#EXTINF:10,\na.ts\n#EXTINF:9.5,\nb.ts\n"};
}

std::vector<Row> table() {
  return {empty_live(), live_window(), single_file_event(), vod_with_gap_and_maps(),
          version_1_in_whole_seconds()};
}

TEST(MediaPlaylist, WritesEachRowOfTheTable) {
  for (const Row& row : table()) EXPECT_EQ(write_media_playlist(row.value), row.canonical);
}

TEST(MediaPlaylist, ParsesEachRowOfTheTable) {
  for (const Row& row : table()) {
    const auto parsed = parse_media_playlist(row.canonical);
    ASSERT_TRUE(parsed) << row.name << ": " << to_string(parsed.error());
    EXPECT_EQ(*parsed, row.value) << row.name;
  }
}

// The canonical spelling of what another server wrote.
std::string respell(std::string_view text) {
  const auto parsed = parse_media_playlist(text);
  return parsed ? write_media_playlist(*parsed) : to_string(parsed.error());
}

constexpr std::string_view kHead =
    "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n";

std::string with_head(std::string_view rest) { return std::string(kHead).append(rest); }

TEST(MediaPlaylist, TakesCarriageReturnsBlankLinesAndComments) {
  EXPECT_EQ(respell("#EXTM3U\r\n\r\n# made by hand\r\n#EXT-X-VERSION:4\r\n#EXT\r\n"
                    "#EXT-X-TARGETDURATION:10\r\n  \t\r\n#EXTINF:1,a title \r\n\r\n#comment\r\n"
                    "\t one.ts \r\n"),
            with_head("#EXTINF:1.000,a title\none.ts\n"));
}

TEST(MediaPlaylist, TakesALastLineWithoutItsEnd) {
  EXPECT_EQ(respell(with_head("#EXTINF:1,\none.ts")), with_head("#EXTINF:1.000,\none.ts\n"));
}

TEST(MediaPlaylist, TakesTagsOfThePlaylistInAnyPlace) {
  EXPECT_EQ(respell("#EXTM3U\n#EXT-X-ENDLIST\n#EXTINF:1,\none.ts\n#EXT-X-TARGETDURATION:10\n"
                    "#EXT-X-VERSION:4\n"),
            with_head("#EXTINF:1.000,\none.ts\n#EXT-X-ENDLIST\n"));
}

TEST(MediaPlaylist, IgnoresUnknownTagsAndAttributes) {
  EXPECT_EQ(respell(with_head("#EXT-X-ALLOW-CACHE:YES\n#EXT-X-START:TIME-OFFSET=1\n"
                              "#EXT-X-KEY:METHOD=NONE\n#EXTINFO:7\n"
                              "#EXT-X-MAP:NEW=0x1F,URI=\"i.mp4\", LAST=\"a,b=c\"\n"
                              "#EXTINF:1,\none.ts\n#EXT-X-PART:DURATION=0.3,URI=\"p.mp4\"\n")),
            with_head("#EXT-X-MAP:URI=\"i.mp4\"\n#EXTINF:1.000,\none.ts\n"));
}

TEST(MediaPlaylist, KeepsQuotedCommasAndEqualSignsInAttributes) {
  EXPECT_EQ(
      respell(with_head("#EXT-X-MAP:BYTERANGE=\"7@3\",URI=\"i.mp4?a=1,URI=2\"\n#EXTINF:1,\na\n")),
      with_head("#EXT-X-MAP:URI=\"i.mp4?a=1,URI=2\",BYTERANGE=\"7@3\"\n#EXTINF:1.000,\na\n"));
}

TEST(MediaPlaylist, FillsInTheOffsetOfARangeThatContinues) {
  EXPECT_EQ(respell(with_head("#EXTINF:1,\n#EXT-X-BYTERANGE:100@50\na.ts\n"
                              "#EXT-X-BYTERANGE:30\n#EXTINF:1,\na.ts\n"
                              "#EXTINF:1,\n#EXT-X-BYTERANGE:7\na.ts\n")),
            with_head("#EXTINF:1.000,\n#EXT-X-BYTERANGE:100@50\na.ts\n"
                      "#EXTINF:1.000,\n#EXT-X-BYTERANGE:30@150\na.ts\n"
                      "#EXTINF:1.000,\n#EXT-X-BYTERANGE:7@180\na.ts\n"));
}

TEST(MediaPlaylist, DropsWhatWouldDescribeASegmentThatIsNotThere) {
  EXPECT_EQ(respell(with_head("#EXTINF:1,\na.ts\n#EXT-X-DISCONTINUITY\n")),
            with_head("#EXTINF:1.000,\na.ts\n"));
}

TEST(MediaPlaylist, KeepsTextBeyondAscii) {
  const std::string text = with_head("#EXTINF:1.000,Straße 東京 🎥\ncafé.ts\n");
  EXPECT_EQ(respell(text), text);
}

struct Spelling {
  const char* written;
  const char* canonical;
};

TEST(MediaPlaylist, ReadsDurationsToTheNearestFlick) {
  for (const auto& [written, canonical] :
       std::initializer_list<Spelling>{{"10", "10.000"},
                                       {"10.", "10.000"},
                                       {"0009.9", "9.900"},
                                       {"5.005000", "5.005"},
                                       {"0.0000000001", "0.000"},
                                       {"0.000000001", "0.000000001"},
                                       {"2.9999999999999999999999999", "3.000"},
                                       {"13071672386.5", "13071672386.500"}}) {
    EXPECT_EQ(respell(with_head("#EXTINF:" + std::string(written) + ",\na\n")),
              with_head("#EXTINF:" + std::string(canonical) + ",\na\n"));
  }
}

TEST(MediaPlaylist, ReadsDatesWithAnyOffsetFromUtc) {
  for (const auto& [written, canonical] : std::initializer_list<Spelling>{
           {"2016-06-22T09:20:16.166-04:00", "2016-06-22T13:20:16.166Z"},
           {"2016-06-22T09:20:16.1669+0430", "2016-06-22T04:50:16.166Z"},
           {"2016-12-31T23:30:00-01", "2017-01-01T00:30:00.000Z"},
           {"2016-12-31T23:30:00", "2016-12-31T23:30:00.000Z"},
           {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"},
           {"1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.900Z"},
           {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"},
           {"0000-12-31T00:00:00Z", "0000-12-31T00:00:00.000Z"},
           {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
           {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"}}) {
    EXPECT_EQ(
        respell(with_head("#EXT-X-PROGRAM-DATE-TIME:" + std::string(written) + "\n#EXTINF:1,\na")),
        with_head("#EXT-X-PROGRAM-DATE-TIME:" + std::string(canonical) + "\n#EXTINF:1.000,\na\n"));
  }
}

TEST(MediaPlaylist, ReadsTheUnixEpochAndALaterDateAsTheirCounts) {
  const auto count_of = [](std::string_view date) {
    const auto parsed = parse_media_playlist(
        with_head("#EXT-X-PROGRAM-DATE-TIME:" + std::string(date) + "\n#EXTINF:1,\na\n"));
    return parsed->segments.at(0).program_date_time->time_since_epoch().count();
  };
  EXPECT_EQ(count_of("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(count_of("2001-09-09T01:46:40Z"), 1'000'000'000'000);
  EXPECT_EQ(count_of("2038-01-19T03:14:07.001Z"), 2'147'483'647'001);
}

// As several servers write them.
TEST(MediaPlaylist, TakesBlanksAroundValues) {
  const auto parsed = parse_media_playlist(
      "#EXTM3U\n"
      "#EXT-X-VERSION: 7\n"
      "#EXT-X-TARGETDURATION: 6 \n"
      "#EXT-X-MEDIA-SEQUENCE:\t7\n"
      "#EXT-X-DISCONTINUITY-SEQUENCE: 2\n"
      "#EXT-X-PLAYLIST-TYPE: EVENT\n"
      "#EXT-X-MAP: URI = \"a.mp4\" , BYTERANGE= \" 10 @ 0 \"\n"
      "#EXT-X-KEY: METHOD = NONE\n"
      "#EXT-X-PROGRAM-DATE-TIME: 2026-01-31T12:00:00.000Z\n"
      "#EXTINF: 6.000546 , a title\n"
      "#EXT-X-BYTERANGE: 5 @ 10\n"
      "a.mp4\n"
      "#EXTINF:\t4\n"
      "b.mp4\n");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(parsed->version, 7);
  EXPECT_EQ(parsed->target_duration, std::chrono::seconds(6));
  EXPECT_EQ(parsed->media_sequence, 7U);
  EXPECT_EQ(parsed->discontinuity_sequence, 2U);
  EXPECT_EQ(parsed->type, PlaylistType::Event);
  ASSERT_EQ(parsed->segments.size(), 2U);
  const MediaSegment& first = parsed->segments[0];
  EXPECT_EQ(first.map, (InitializationSection{"a.mp4", ByteRange{10, 0}}));
  EXPECT_TRUE(first.program_date_time);
  EXPECT_EQ(first.duration, from_ticks(6'000'546, 1, 1'000'000));
  EXPECT_EQ(first.title, " a title");
  EXPECT_EQ(first.byte_range, (ByteRange{5, 10}));
  EXPECT_EQ(parsed->segments[1].duration, std::chrono::seconds(4));
}

}  // namespace
}  // namespace streamkit::hls
