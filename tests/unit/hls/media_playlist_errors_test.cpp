#include <gtest/gtest.h>

#include <streamkit/hls/media_playlist.hpp>

namespace streamkit::hls {
namespace {

struct Row {
  std::string text;
  std::string message;
};

void expect_refused(const std::vector<Row>& rows, ErrorCode code = ErrorCode::CorruptData) {
  for (const Row& row : rows) {
    const auto parsed = parse_media_playlist(row.text);
    ASSERT_FALSE(parsed) << row.text;
    EXPECT_EQ(parsed.error().code, code) << row.text;
    EXPECT_EQ(parsed.error().message, row.message) << row.text;
  }
}

// Two lines; what follows starts at line 3.
std::string after_head(std::string_view rest) {
  return std::string("#EXTM3U\n#EXT-X-TARGETDURATION:10\n").append(rest);
}

TEST(MediaPlaylistErrors, NamesAMissingFirstLine) {
  const std::string message = "line 1: expected #EXTM3U";
  expect_refused({{"", message},
                  {"\n#EXTM3U\n", message},
                  {"#EXTM3U8\n", message},
                  {"#EXTINF:1,\na.ts\n", message},
                  {"\xEF\xBB\xBF#EXTM3U\n", message + " without a byte order mark"}});
}

TEST(MediaPlaylistErrors, NamesAMissingTargetDuration) {
  expect_refused(
      {{"#EXTM3U\n", "line 2: expected #EXT-X-TARGETDURATION before the end"},
       {"#EXTM3U\n#EXTINF:1,\na.ts\n", "line 4: expected #EXT-X-TARGETDURATION before the end"}});
}

TEST(MediaPlaylistErrors, NamesBytesThatAreNotUtf8) {
  const std::string message = "line 4: expected UTF-8";
  for (const char* bytes : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
                            "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    expect_refused({{after_head("\n") + bytes + "\n", message}});
  }
}

TEST(MediaPlaylistErrors, NamesASegmentWithoutDuration) {
  const std::string message = "line 5: expected #EXTINF before a segment's URI";
  expect_refused({{after_head("\n\na.ts\n"), message},
                  {after_head("#EXTINF:1,\na.ts\nb.ts\n"), message},
                  {after_head("#EXT-X-BYTERANGE:1@0\n\na.ts\n"), message}});
}

TEST(MediaPlaylistErrors, NamesADurationWithoutSegment) {
  expect_refused({
      {after_head("#EXTINF:1,\n"), "line 4: expected a URI for the segment described last"},
      {after_head("#EXT-X-BYTERANGE:1@0"), "line 4: expected a URI for the segment described last"},
      {after_head("#EXTINF:1,\n#EXTINF:1,\na.ts\n"),
       "line 4: expected a URI after the #EXTINF above"},
      {after_head("#EXT-X-BYTERANGE:1@0\n#EXT-X-BYTERANGE:1@0\n"),
       "line 4: expected a URI after the #EXT-X-BYTERANGE above"},
  });
}

TEST(MediaPlaylistErrors, NamesBadDurations) {
  for (const char* value : {"", ",", "a,", "-1,", "+1,", "1e3,", "1.5s,", "1..5,", "1 2,", "0x1,",
                            "nan,", "inf,", ".", "13071672387,", "99999999999999999999999,"}) {
    expect_refused({{after_head("#EXTINF:") + value + "\na.ts\n",
                     "line 3: expected #EXTINF with a duration in seconds, 0 or more"}});
  }
}

TEST(MediaPlaylistErrors, NamesBadNumbers) {
  for (const char* value : {"", ":", ":-1", ":1.5", ":NaN", ":18446744073709551616", ":1 2"}) {
    expect_refused({
        {std::string("#EXTM3U\n#EXT-X-TARGETDURATION") + value + "\n",
         "line 2: expected a target duration in whole seconds"},
        {std::string("#EXTM3U\n#EXT-X-VERSION") + value + "\n",
         "line 2: expected a version number of 1 or higher"},
        {std::string("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE") + value + "\n",
         "line 2: expected a media sequence number"},
        {std::string("#EXTM3U\n#EXT-X-DISCONTINUITY-SEQUENCE") + value + "\n",
         "line 2: expected a discontinuity sequence number"},
    });
  }
  expect_refused(
      {{"#EXTM3U\n#EXT-X-VERSION:0\n", "line 2: expected a version number of 1 or higher"}});
}

TEST(MediaPlaylistErrors, NamesARangeThatContinuesNothing) {
  const std::string expected =
      "expected #EXT-X-BYTERANGE with length@offset, or with a length alone after a range of the "
      "same URI, before this URI";
  const std::string next = "#EXTINF:1,\n#EXT-X-BYTERANGE:5\na.ts\n";
  expect_refused({
      {after_head(next), "line 5: " + expected},
      {after_head("#EXTINF:1,\na.ts\n" + next), "line 7: " + expected},
      {after_head("#EXTINF:1,\n#EXT-X-BYTERANGE:5@0\nb.ts\n" + next), "line 8: " + expected},
      {after_head("#EXTINF:1,\n#EXT-X-BYTERANGE:1@18446744073709551614\na.ts\n" + next),
       "line 8: " + expected},
  });
}

TEST(MediaPlaylistErrors, NamesBadRanges) {
  for (const char* value : {"", "@", "5@", "@5", "-5@0", "5@-1", "5@0@0", "5.0@0",
                            "2@18446744073709551614", "18446744073709551616@0"}) {
    const auto parsed = parse_media_playlist(
        after_head("#EXTINF:1,\n#EXT-X-BYTERANGE:" + std::string(value) + "\na.ts\n"));
    ASSERT_FALSE(parsed) << value;
    EXPECT_TRUE(parsed.error().message.starts_with("line 5: expected #EXT-X-BYTERANGE")) << value;
  }
}

TEST(MediaPlaylistErrors, NamesBadMaps) {
  const std::string map = "#EXT-X-MAP:";
  for (const char* list :
       {"", "URI", "URI=", "=\"a\"", "uri=\"a\"", "URI=\"a", "URI=\"a\"b", "URI=\"a\",",
        "URI=\"a\",,B=1", "URI=\"a\"B=1", "URI=\"a\",B=x\"y", "BYTERANGE=\"1@0\"", "U RI=\"a\""}) {
    expect_refused({{after_head(map + list + "\n"),
                     "line 3: expected #EXT-X-MAP with NAME=value pairs, URI among them"}});
  }
  for (const char* list : {"URI=a", "URI=\"\"", "URI=\"a\",URI=\"b\"", "URI=\"a\tb\""}) {
    expect_refused(
        {{after_head(map + list + "\n"), "line 3: expected one quoted URI in #EXT-X-MAP"}});
  }
  for (const char* range : {"1@0", "\"1\"", "\"\"", "\"1@0\",BYTERANGE=\"1@0\""}) {
    expect_refused({{after_head(map + "URI=\"a\",BYTERANGE=" + range + "\n"),
                     "line 3: expected one BYTERANGE=\"length@offset\" in #EXT-X-MAP"}});
  }
}

TEST(MediaPlaylistErrors, NamesBadDates) {
  for (const char* date : {"",
                           "now",
                           "2026-01-31",
                           "2026-01-31 12:00:00Z",
                           "2026-1-31T12:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-32T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2026-01-31T24:00:00Z",
                           "2026-01-31T12:60:00Z",
                           "2026-01-31T12:00:60Z",
                           "2026-01-31T12:00Z",
                           "2026-01-31T12:00:00z",
                           "2026-01-31T12:00:00+1",
                           "2026-01-31T12:00:00+24:00",
                           "2026-01-31T12:00:00+01:60",
                           "2026-01-31T12:00:00+01:000",
                           "2026-01-31T12:00:00 Z",
                           "0000-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01"}) {
    expect_refused({{after_head("#EXT-X-PROGRAM-DATE-TIME:") + date + "\n",
                     "line 3: expected a date and time such as 2026-01-31T12:00:00.000Z"}});
  }
}

TEST(MediaPlaylistErrors, NamesAPlaylistTypeThatIsNone) {
  for (const char* type : {"", "event", "LIVE"}) {
    expect_refused({{after_head("#EXT-X-PLAYLIST-TYPE:") + type + "\n",
                     "line 3: expected the playlist type EVENT or VOD"}});
  }
}

TEST(MediaPlaylistErrors, NamesTagsThatMayStandOnceOnly) {
  for (const char* name :
       {"#EXT-X-VERSION:6", "#EXT-X-MEDIA-SEQUENCE:1", "#EXT-X-DISCONTINUITY-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-ENDLIST",
        "#EXT-X-I-FRAMES-ONLY", "#EXT-X-SKIP:SKIPPED-SEGMENTS=1", "#EXT-X-PART-INF:PART-TARGET=1",
        "#EXT-X-SERVER-CONTROL:HOLD-BACK=1"}) {
    const std::string line(name);
    expect_refused({{after_head(line + "\n" + line + "\n"),
                     "line 4: expected no second " + line.substr(0, line.find(':'))}});
  }
  expect_refused({{after_head("#EXT-X-TARGETDURATION:10\n"),
                   "line 3: expected no second #EXT-X-TARGETDURATION"}});
}

TEST(MediaPlaylistErrors, NamesControlCharacters) {
  expect_refused({
      {after_head("#EXTINF:1,a\tb\n"), "line 3: expected a title without control characters"},
      {after_head("#EXTINF:1,\na\x01z\n"), "line 4: expected a URI without control characters"},
      {after_head("#EXTINF:1,\na\rb\n"), "line 4: expected a URI without control characters"},
      {after_head("#EXTINF:1,\na\x7F\n"), "line 4: expected a URI without control characters"},
      {after_head("#EXTINF:1,\na\xC2\x9Fz\n"), "line 4: expected a URI without control characters"},
      {after_head("#EXTINF:1,\n") + std::string("a\0z", 3),
       "line 4: expected a URI without control characters"},
  });
}

TEST(MediaPlaylistErrors, NamesBadTagsOfLowLatency) {
  for (const char* list : {"CAN-SKIP-UNTIL=x", "CAN-SKIP-UNTIL=\"1\"", "CAN-BLOCK-RELOAD=MAYBE",
                           "HOLD-BACK=1,HOLD-BACK=1", "HOLD-BACK"}) {
    expect_refused({{after_head("#EXT-X-SERVER-CONTROL:") + list + "\n",
                     "line 3: expected #EXT-X-SERVER-CONTROL with times in seconds, YES and NO"}});
  }
  for (const char* list : {"", "PART-TARGET", "PART-TARGET=", "PART-TARGET=-1", "OTHER=1"}) {
    expect_refused({{after_head("#EXT-X-PART-INF:") + list + "\n",
                     "line 3: expected #EXT-X-PART-INF with a PART-TARGET in seconds"}});
  }
  for (const char* list :
       {"", "SKIPPED-SEGMENTS=x", "SKIPPED-SEGMENTS=-1", "SKIPPED-SEGMENTS=1.5"}) {
    expect_refused({{after_head("#EXT-X-SKIP:") + list + "\n",
                     "line 3: expected #EXT-X-SKIP with SKIPPED-SEGMENTS"}});
  }
  const std::string part =
      "line 4: expected #EXT-X-PART with DURATION and URI, and a BYTERANGE, if any, of "
      "length@offset or of a length alone after a range of the same URI";
  for (const char* list : {"", "URI=\"a\"", "DURATION=1", "DURATION=1,URI=\"\"", "DURATION=1,URI=a",
                           "DURATION=1,URI=\"a\tb\"", "DURATION=1,URI=\"a\",BYTERANGE=5",
                           "DURATION=1,URI=\"a\",INDEPENDENT=1", "DURATION=x,URI=\"a\"",
                           "DURATION=1,DURATION=1,URI=\"a\""}) {
    expect_refused(
        {{after_head("#EXT-X-PART-INF:PART-TARGET=1\n#EXT-X-PART:") + list + "\n", part}});
  }
  for (const char* list : {"", "TYPE=PART", "URI=\"a\"", "TYPE=PART,URI=\"a\",BYTERANGE-START=x"}) {
    expect_refused({{after_head("#EXT-X-PRELOAD-HINT:") + list + "\n",
                     "line 3: expected #EXT-X-PRELOAD-HINT with TYPE and URI"}});
  }
  for (const char* list : {"", "LAST-MSN=1", "URI=\"a\",LAST-MSN=-1"}) {
    expect_refused(
        {{after_head("#EXT-X-RENDITION-REPORT:") + list + "\n",
          "line 3: expected #EXT-X-RENDITION-REPORT with a URI, LAST-MSN and LAST-PART"}});
  }
}

TEST(MediaPlaylistErrors, TellsAMultivariantPlaylist) {
  for (const char* line :
       {"#EXT-X-STREAM-INF:BANDWIDTH=1", "#EXT-X-MEDIA:TYPE=AUDIO",
        "#EXT-X-SESSION-DATA:", "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"a\"",
        "#EXT-X-SESSION-KEY:METHOD=NONE", "#EXT-X-CONTENT-STEERING:SERVER-URI=\"a\""}) {
    expect_refused({{std::string("#EXTM3U\n") + line + "\nlow.m3u8\n",
                     "line 2: expected a media playlist; this is a multivariant one"}});
  }
}

TEST(MediaPlaylistErrors, RefusesWhatItWouldMisread) {
  const std::string message = ": changes what the segments mean and is not supported";
  expect_refused(
      {{after_head("#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n"), "#EXT-X-KEY" + message},
       {after_head("#EXT-X-KEY:URI=\"METHOD=NONE\",METHOD=SAMPLE-AES\n"), "#EXT-X-KEY" + message},
       {after_head("#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n"), "#EXT-X-DEFINE" + message}},
      ErrorCode::Unsupported);
  expect_refused(
      {{after_head("#EXT-X-KEY:URI=\"k\"\n"), "line 3: expected #EXT-X-KEY with a METHOD"}});
}

}  // namespace
}  // namespace streamkit::hls
