#include <gtest/gtest.h>

#include <streamkit/dash/live_mpd.hpp>

#include "dash/segment_timeline.hpp"
#include "made_stream.hpp"

namespace streamkit::dash {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(NumberMpd, IsTheManifestForLowLatency) {
  MadeStream stream;
  stream.add_complete(2);
  stream.add(1);
  EXPECT_EQ(write_mpd(number_mpd(stream.tracks(), stream.periods, made_options())),
            R"(<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic" availabilityStartTime="2024-03-01T00:00:00.000Z" publishTime="2024-03-01T00:00:10.000Z" minimumUpdatePeriod="PT2S" minBufferTime="PT0.5S" timeShiftBufferDepth="PT60S" maxSegmentDuration="PT2S">
  <ServiceDescription id="0">
    <Latency target="1500" min="750" max="3000"/>
    <PlaybackRate min="0.96" max="1.04"/>
  </ServiceDescription>
  <Period id="p0" start="PT0S">
    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="v0" bandwidth="2000000" codecs="avc1.64001f" width="1280" height="720" frameRate="30">
        <SegmentTemplate timescale="90000" availabilityTimeOffset="1.5" availabilityTimeComplete="false" duration="180000" startNumber="0" initialization="$RepresentationID$/init-0.mp4" media="$RepresentationID$/segment-$Number$.m4s"/>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" lang="en" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="a0" bandwidth="128000" codecs="mp4a.40.2" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
        <SegmentTemplate timescale="48000" availabilityTimeOffset="1.5" availabilityTimeComplete="false" duration="96000" startNumber="0" initialization="$RepresentationID$/init-0.mp4" media="$RepresentationID$/segment-$Number$.m4s"/>
      </Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>
)");
}

TEST(NumberMpd, TiesEachPeriodToTheWallClock) {
  MadeStream stream;
  stream.add_complete(3);
  stream.periods.push_back({2, 0, seconds(4), milliseconds(4300)});
  const Mpd mpd = number_mpd(stream.tracks(), stream.periods, made_options());
  ASSERT_EQ(mpd.periods.size(), 2U);
  EXPECT_EQ(mpd.periods[1].id, "p2");
  EXPECT_EQ(mpd.periods[1].start, milliseconds(4300));
  const auto& video = mpd.periods[1].adaptation_sets[0].representations[0].segment_template;
  EXPECT_EQ(video->start_number, 2U);
  EXPECT_EQ(video->presentation_time_offset, 4U * 90'000);
  const auto& audio = mpd.periods[1].adaptation_sets[1].representations[0].segment_template;
  EXPECT_EQ(audio->presentation_time_offset, 4U * 48'000);
}

TEST(TimelineMpd, ListsCompleteSegmentsOnly) {
  MadeStream stream;
  stream.add_complete(5);
  stream.add(3);
  LiveMpdOptions options = made_options();
  options.first_number = 2;
  const Mpd mpd = timeline_mpd(stream.tracks(), stream.periods, options);
  EXPECT_EQ(mpd.type, PresentationType::Dynamic);
  ASSERT_EQ(mpd.periods.size(), 1U);
  EXPECT_EQ(mpd.periods[0].id, "p0");
  EXPECT_EQ(mpd.periods[0].start, MediaTime{0});
  const auto& video = mpd.periods[0].adaptation_sets[0].representations[0].segment_template;
  EXPECT_EQ(video->start_number, 2U);
  EXPECT_FALSE(video->duration);
  EXPECT_FALSE(video->availability_time_offset);
  EXPECT_EQ(video->timeline,
            (std::vector<TimelineEntry>{{.start = 360'000, .duration = 180'000, .repeat = 2}}));
  EXPECT_EQ(mpd.service_descriptions.at(0).latency_target, seconds(4));
}

TEST(TimelineMpd, EachRunIsAPeriod) {
  MadeStream stream;
  stream.add_complete(2);
  stream.track.begin_run(milliseconds(700));
  stream.add_complete(1);
  stream.track.begin_run();
  stream.add(1);
  const Mpd mpd = timeline_mpd(stream.tracks(), stream.periods, made_options());
  ASSERT_EQ(mpd.periods.size(), 2U) << "the third has no complete segment yet";
  EXPECT_EQ(mpd.periods[1].start, milliseconds(4700));
  const auto& video = mpd.periods[1].adaptation_sets[0].representations[0].segment_template;
  EXPECT_EQ(video->initialization, "$RepresentationID$/init-1.mp4");
  EXPECT_EQ(video->presentation_time_offset, 423'000U);
  EXPECT_EQ(video->timeline, (std::vector<TimelineEntry>{{.start = 423'000, .duration = 180'000}}));
}

TEST(TimelineMpd, IsStaticAtTheEnd) {
  MadeStream stream;
  stream.add_complete(3);
  stream.add(1);
  LiveMpdOptions options = made_options();
  options.ended = true;
  const Mpd mpd = timeline_mpd(stream.tracks(), stream.periods, options);
  EXPECT_EQ(mpd.type, PresentationType::Static);
  EXPECT_EQ(mpd.media_presentation_duration, milliseconds(6500));
  EXPECT_TRUE(mpd.utc_timings.empty());
  EXPECT_TRUE(mpd.service_descriptions.empty());
  EXPECT_FALSE(mpd.availability_start_time);
  EXPECT_FALSE(mpd.minimum_update_period);
  EXPECT_FALSE(mpd.time_shift_buffer_depth);
  EXPECT_EQ(mpd.periods[0].adaptation_sets[0].representations[0].segment_template->timeline,
            (std::vector<TimelineEntry>{{.start = 0, .duration = 180'000, .repeat = 2},
                                        {.duration = 45'000}}));
}

TEST(TimelineMpd, AStaticOneBeginsWithWhatItLists) {
  MadeStream stream;
  stream.add_complete(2);
  stream.track.begin_run();
  stream.add_complete(4);
  LiveMpdOptions options = made_options();
  options.ended = true;
  options.first_number = 3;
  for (const Mpd& mpd : {timeline_mpd(stream.tracks(), stream.periods, options),
                         number_mpd(stream.tracks(), stream.periods, options)}) {
    ASSERT_EQ(mpd.periods.size(), 1U);
    EXPECT_EQ(mpd.periods[0].id, "p2") << "the same as while it was live";
    EXPECT_EQ(mpd.periods[0].start, seconds(6));
    EXPECT_EQ(mpd.media_presentation_duration, seconds(12));
    const auto& video = mpd.periods[0].adaptation_sets[0].representations[0].segment_template;
    EXPECT_EQ(video->start_number, 3U);
    EXPECT_EQ(video->presentation_time_offset, 540'000U);
    EXPECT_FALSE(video->availability_time_complete);
  }
}

// The numbers of segments follow from the duration: one more would not exist in the video.
TEST(NumberMpd, EndsWithTheVideoAndATimelineWithTheLastOfAll) {
  MadeStream stream;
  stream.add_complete(3);
  testing::MadeTrack longer = stream.track;
  longer.add(1);
  auto tracks = stream.tracks();
  tracks[1].segments = longer.segments();
  LiveMpdOptions options = made_options();
  options.ended = true;
  EXPECT_EQ(number_mpd(tracks, stream.periods, options).media_presentation_duration, seconds(6));
  EXPECT_EQ(timeline_mpd(tracks, stream.periods, options).media_presentation_duration,
            milliseconds(6500));
}

TEST(LiveMpd, ParsesAsItWasBuilt) {
  MadeStream stream;
  stream.add_complete(4);
  stream.track.begin_run(milliseconds(123));
  stream.add_complete(4);
  for (const bool ended : {false, true}) {
    LiveMpdOptions options = made_options();
    options.ended = ended;
    for (const Mpd& mpd : {timeline_mpd(stream.tracks(), stream.periods, options),
                           number_mpd(stream.tracks(), stream.periods, options)}) {
      const auto parsed = parse_mpd(write_mpd(mpd));
      ASSERT_TRUE(parsed) << to_string(parsed.error());
      EXPECT_EQ(*parsed, mpd);
    }
  }
}

TEST(LiveMpd, ATimescaleHoldsEachFrameExactly) {
  MadeStream stream;
  stream.add_complete(1);
  const auto timescale_of = [&](FrameRate rate) {
    auto tracks = stream.tracks();
    tracks[0].info.frame_rate = rate;
    return timeline_mpd(tracks, stream.periods, made_options())
        .periods.at(0)
        .adaptation_sets.at(0)
        .representations.at(0)
        .segment_template->timescale;
  };
  EXPECT_EQ(timescale_of({30, 1}), 90'000U);
  EXPECT_EQ(timescale_of({30'000, 1001}), 90'000U);
  EXPECT_EQ(timescale_of({24'000, 1001}), 24'000U);
  EXPECT_EQ(timescale_of({0, 1}), 90'000U);
}

// --- Timelines ---

std::vector<LiveSegment> aac_segments(int count) {
  std::vector<LiveSegment> segments;
  std::int64_t sample = 0;
  for (int i = 0; i < count; ++i) {
    // 2 s at 44.1 kHz are 86.13 frames of 1024 samples.
    const std::int64_t next = (std::int64_t{88'200} * (i + 1) + 1023) / 1024 * 1024;
    segments.push_back({.number = static_cast<std::uint64_t>(i),
                        .start = from_ticks(sample, 1, 44'100),
                        .duration = from_ticks(next, 1, 44'100) - from_ticks(sample, 1, 44'100),
                        .complete = true});
    sample = next;
  }
  return segments;
}

std::vector<const LiveSegment*> pointers(const std::vector<LiveSegment>& segments) {
  std::vector<const LiveSegment*> result;
  for (const LiveSegment& segment : segments) result.push_back(&segment);
  return result;
}

TEST(SegmentTimeline, ItsDurationsAreTheDifferencesOfTheStarts) {
  const auto segments = aac_segments(50);
  for (const std::uint32_t timescale : {44'100U, 90'000U, 1000U, 48'000U}) {
    std::uint64_t time = 0;
    std::size_t index = 0;
    for (const TimelineEntry& entry : segment_timeline(pointers(segments), timescale)) {
      time = entry.start.value_or(time);
      for (std::uint64_t i = 0; i <= entry.repeat; ++i, ++index) {
        ASSERT_LT(index, segments.size());
        EXPECT_EQ(time, static_cast<std::uint64_t>(to_ticks(segments[index].start, 1, timescale)));
        time += entry.duration;
      }
    }
    EXPECT_EQ(index, segments.size());
  }
}

TEST(SegmentTimeline, LostMediaIsAGap) {
  testing::MadeTrack track;
  track.add();
  track.begin_run(seconds(1));
  track.add();
  const std::vector<const LiveSegment*> segments = {track.segments()[0].get(),
                                                    track.segments()[1].get()};
  EXPECT_EQ(segment_timeline(segments, 1000),
            (std::vector<TimelineEntry>{{.start = 0, .duration = 2000},
                                        {.start = 3000, .duration = 2000}}));
}

TEST(SegmentTimeline, NumbersThatATrackDoesNotHaveAreListed) {
  testing::MadeTrack track;
  track.add();
  track.skip_numbers(2);
  track.add();
  const std::vector<const LiveSegment*> segments = {track.segments()[0].get(),
                                                    track.segments()[1].get()};
  EXPECT_EQ(segment_timeline(segments, 1000),
            (std::vector<TimelineEntry>{{.start = 0, .duration = 2000, .repeat = 3}}));
}

}  // namespace
}  // namespace streamkit::dash
