#include <gtest/gtest.h>

#include <random>
#include <streamkit/dash/mpd.hpp>

namespace streamkit::dash {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Mpd everything() {
  Mpd mpd;
  mpd.type = PresentationType::Dynamic;
  mpd.availability_start_time = UtcTime(seconds(1'709'251'200));
  mpd.publish_time = UtcTime(milliseconds(1'709'251'201'007));
  mpd.media_presentation_duration = seconds(90);
  mpd.minimum_update_period = seconds(2);
  mpd.min_buffer_time = milliseconds(500);
  mpd.time_shift_buffer_depth = seconds(60);
  mpd.suggested_presentation_delay = seconds(3);
  mpd.max_segment_duration = seconds(2);
  mpd.service_descriptions = {{.id = 1,
                               .latency_target = milliseconds(1500),
                               .latency_min = milliseconds(750),
                               .latency_max = milliseconds(3000),
                               .playback_rate_min_permille = 960,
                               .playback_rate_max_permille = 1040},
                              {.id = 2}};
  SegmentTemplate numbers{.timescale = 90'000,
                          .initialization = "$RepresentationID$/init-0.mp4",
                          .media = "$RepresentationID$/segment-$Number$.m4s?a=1&b=\"<2>\"",
                          .start_number = 3,
                          .duration = 180'000,
                          .presentation_time_offset = 7,
                          .availability_time_offset = milliseconds(1500),
                          .availability_time_complete = false};
  SegmentTemplate timeline{.timescale = 48'000,
                           .timeline = {{.start = 0, .duration = 95'232},
                                        {.duration = 96'256, .repeat = 4},
                                        {.start = 600'000, .duration = 1}}};
  Period period;
  period.id = "p0";
  period.start = MediaTime{0};
  period.duration = seconds(30);
  period.adaptation_sets = {
      {.id = 0,
       .content_type = "video",
       .mime_type = "video/mp4",
       .segment_alignment = true,
       .start_with_sap = 1,
       .roles = {{"urn:mpeg:dash:role:2011", "main"}},
       .representations = {{.id = "v0",
                            .bandwidth_bps = 5'000'000,
                            .codecs = "avc1.64001f",
                            .width_px = 1280,
                            .height_px = 720,
                            .frame_rate = FrameRate{30'000, 1001},
                            .segment_template = numbers}}},
      {.content_type = "audio",
       .mime_type = "audio/mp4",
       .language = "en",
       .representations = {{.id = "a0",
                            .bandwidth_bps = 128'000,
                            .audio_sampling_rate_hz = 48'000,
                            .audio_channel_configurations =
                                {{"urn:mpeg:dash:23003:3:audio_channel_configuration:2011", "2"}},
                            .segment_template = timeline}}}};
  mpd.periods = {period, Period{.id = "p1", .adaptation_sets = {}}};
  mpd.utc_timings = {{"urn:mpeg:dash:utc:http-iso:2014", "/time"}};
  return mpd;
}

constexpr const char* kEverything =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic" availabilityStartTime="2024-03-01T00:00:00.000Z" publishTime="2024-03-01T00:00:01.007Z" mediaPresentationDuration="PT90S" minimumUpdatePeriod="PT2S" minBufferTime="PT0.5S" timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT3S" maxSegmentDuration="PT2S">
  <ServiceDescription id="1">
    <Latency target="1500" min="750" max="3000"/>
    <PlaybackRate min="0.96" max="1.04"/>
  </ServiceDescription>
  <ServiceDescription id="2"/>
  <Period id="p0" start="PT0S" duration="PT30S">
    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="v0" bandwidth="5000000" codecs="avc1.64001f" width="1280" height="720" frameRate="30000/1001">
        <SegmentTemplate timescale="90000" presentationTimeOffset="7" availabilityTimeOffset="1.5" availabilityTimeComplete="false" duration="180000" startNumber="3" initialization="$RepresentationID$/init-0.mp4" media="$RepresentationID$/segment-$Number$.m4s?a=1&amp;b=&quot;&lt;2&gt;&quot;"/>
      </Representation>
    </AdaptationSet>
    <AdaptationSet contentType="audio" mimeType="audio/mp4" lang="en">
      <Representation id="a0" bandwidth="128000" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
        <SegmentTemplate timescale="48000">
          <SegmentTimeline>
            <S t="0" d="95232"/>
            <S d="96256" r="4"/>
            <S t="600000" d="1"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
  <Period id="p1"/>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>
)";

TEST(Mpd, IsWrittenAndParsed) {
  EXPECT_EQ(write_mpd(everything()), kEverything);
  const auto parsed = parse_mpd(kEverything);
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(*parsed, everything());
}

TEST(Mpd, TheSmallestOneIsWrittenAndParsed) {
  const std::string text = write_mpd({});
  EXPECT_EQ(text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
            "profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" type=\"static\" "
            "minBufferTime=\"PT0S\"/>\n");
  EXPECT_EQ(*parse_mpd(text), Mpd{});
}

// As other packagers write them.
TEST(Mpd, TakesOtherSpellings) {
  const auto parsed = parse_mpd(R"(<?xml version='1.0'?>
<!-- made by hand -->
<d:MPD xmlns:d='urn:mpeg:DASH:schema:MPD:2011' xmlns:x='urn:other' minBufferTime='PT2.00S'
       mediaPresentationDuration='PT0H10M54.00S' profiles='urn:a,urn:b' x:new='1'>
 <d:ProgramInformation><d:Title>text</d:Title></d:ProgramInformation>
 <x:Period id='not ours'/>
 <d:Period>
  <d:SegmentTemplate timescale='1000' duration='2000' media='$Number$.m4s'/>
  <d:AdaptationSet mimeType='video/mp4' codecs='avc1.4d401f' frameRate='25' segmentAlignment='1'>
   <d:SegmentTemplate initialization='$RepresentationID$.mp4' startNumber='1'/>
   <d:Representation id='1' bandwidth='200000' width='320' height='180'/>
   <d:Representation id='2' bandwidth='400000' codecs='avc1.64001f'>
    <d:SegmentTemplate startNumber='5'/>
   </d:Representation>
  </d:AdaptationSet>
 </d:Period>
</d:MPD>)");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(parsed->media_presentation_duration, seconds(654));
  ASSERT_EQ(parsed->periods.size(), 1U);
  const AdaptationSet& set = parsed->periods[0].adaptation_sets.at(0);
  EXPECT_TRUE(set.segment_alignment);
  ASSERT_EQ(set.representations.size(), 2U);
  EXPECT_EQ(set.representations[0].codecs, "avc1.4d401f");
  EXPECT_EQ(set.representations[1].codecs, "avc1.64001f");
  EXPECT_EQ(set.representations[1].frame_rate, (FrameRate{25, 1}));
  EXPECT_EQ(set.representations[0].segment_template,
            (SegmentTemplate{.timescale = 1000,
                             .initialization = "$RepresentationID$.mp4",
                             .media = "$Number$.m4s",
                             .start_number = 1,
                             .duration = 2000}));
  EXPECT_EQ(set.representations[1].segment_template->start_number, 5U);
  EXPECT_EQ(*parse_mpd(write_mpd(*parsed)), *parsed);
}

std::string with_root(std::string_view attributes, std::string_view content) {
  return "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" " + std::string(attributes) + ">\n" +
         std::string(content) + "</MPD>";
}

TEST(Mpd, NamesWhatIsWrong) {
  struct Row {
    std::string text;
    const char* message;
    ErrorCode code = ErrorCode::CorruptData;
  };
  for (const Row& row : std::vector<Row>{
           {"", "line 1: XML: no element found"},
           {"<MPD", "line 1: XML: unclosed token"},
           {"<MPD/>", "line 1: expected MPD in the namespace urn:mpeg:dash:schema:mpd:2011"},
           {"<!DOCTYPE MPD []>\n<MPD/>", "line 1: XML: a document type is not allowed"},
           {with_root("type=\"live\"", ""), "line 1: expected static or dynamic in 'type' of MPD"},
           {with_root("minBufferTime=\"2\"", ""),
            "line 1: expected a duration such as PT1.5S in 'minBufferTime' of MPD"},
           {with_root("minBufferTime=\"P1Y\"", ""),
            "line 1: expected a duration without years and months in 'minBufferTime' of MPD",
            ErrorCode::Unsupported},
           {with_root("publishTime=\"today\"", ""),
            "line 1: expected a date and time such as 2026-01-31T12:00:00Z in 'publishTime' of "
            "MPD"},
           {with_root("",
                      "<Period>\n<AdaptationSet>\n<Representation id=\"1\"/></AdaptationSet>"
                      "</Period>"),
            "line 4: expected a value in 'bandwidth' of Representation"},
           {with_root("", "<Period><AdaptationSet id=\"4294967296\"/></Period>"),
            "line 2: expected a number in 'id' of AdaptationSet"},
           {with_root("",
                      "<Period><SegmentTemplate><SegmentTimeline><S d=\"1\" r=\"-1\"/>"
                      "</SegmentTimeline></SegmentTemplate></Period>"),
            "line 2: expected a number that is not negative in 'r' of S", ErrorCode::Unsupported},
           {with_root("", "<UTCTiming value=\"a\"/>"),
            "line 2: expected a value in 'schemeIdUri' of UTCTiming"}}) {
    const auto parsed = parse_mpd(row.text);
    ASSERT_FALSE(parsed) << row.text;
    EXPECT_EQ(parsed.error().message, row.message);
    EXPECT_EQ(parsed.error().code, row.code) << row.text;
  }
}

TEST(Mpd, RejectsWhatIsTooLarge) {
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "<a>";
  EXPECT_EQ(parse_mpd(deep).error().message, "line 1: XML: elements are nested too deep");
  EXPECT_EQ(parse_mpd(std::string(9 << 20, ' ')).error().message,
            "the manifest is longer than 8388608 bytes");
  // A timeline that each of many representations would have.
  std::string content = "<Period><SegmentTemplate><SegmentTimeline>";
  for (int i = 0; i < 50'000; ++i) content += "<S d=\"1\"/>";
  content += "</SegmentTimeline></SegmentTemplate><AdaptationSet>";
  for (int i = 0; i < 5'000; ++i) content += "<Representation id=\"1\" bandwidth=\"1\"/>";
  const auto parsed = parse_mpd(with_root("", content + "</AdaptationSet></Period>"));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message,
            "line 2: expected less that is inherited in 'Representation' of AdaptationSet");
}

TEST(Mpd, DamagedTextNeverCrashesAndWhatParsesIsStable) {
  std::mt19937_64 random(4);
  const std::string whole = kEverything;
  int parsed_count = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string text = whole;
    for (auto edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text.erase(at, random() % 8);
      } else {
        text[at] = "\n\"'<>&;0P\xC3"[random() % 10];
      }
    }
    const auto parsed = parse_mpd(text);
    if (!parsed) continue;
    ++parsed_count;
    const auto again = parse_mpd(write_mpd(*parsed));
    ASSERT_TRUE(again) << text;
    ASSERT_TRUE(*again == *parsed) << text;
  }
  EXPECT_GT(parsed_count, 500);
}

}  // namespace
}  // namespace streamkit::dash
