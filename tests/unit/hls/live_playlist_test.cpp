#include <gtest/gtest.h>

#include <streamkit/hls/live_playlist.hpp>

#include "live_track_fixture.hpp"

namespace streamkit::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::audio_track;
using testing::MadeTrack;
using testing::video_track;

LivePlaylistOptions low_latency() {
  LivePlaylistOptions options;
  options.part_target = milliseconds(500);
  return options;
}

std::string text(const MadeTrack& track, const LivePlaylistOptions& options) {
  return write_media_playlist(live_playlist(track.segments(), options));
}

TEST(LivePlaylist, PrintsALowLatencyPlaylist) {
  MadeTrack track;
  track.add_complete(4);
  track.add(1);
  LivePlaylistOptions options = low_latency();
  options.first_number = 1;
  options.hint = next_part(video_track(), track.segments(), {});
  options.reports = {rendition_report("../a0/index.m3u8", track.segments())};
  EXPECT_EQ(
      text(track, options),
      "#EXTM3U\n"
      "#EXT-X-VERSION:9\n"
      "#EXT-X-TARGETDURATION:2\n"
      "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.500,CAN-SKIP-UNTIL=12.000\n"
      "#EXT-X-PART-INF:PART-TARGET=0.500\n"
      "#EXT-X-MEDIA-SEQUENCE:1\n"
      "#EXT-X-MAP:URI=\"init-0.mp4\"\n"
      "#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:02.000Z\n"
      "#EXTINF:2.000,\n"
      "segment-1.m4s\n"
      "#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:04.000Z\n"
      "#EXT-X-PART:DURATION=0.500,URI=\"segment-2.0.m4s\",INDEPENDENT=YES\n"
      "#EXT-X-PART:DURATION=0.500,URI=\"segment-2.1.m4s\"\n"
      "#EXT-X-PART:DURATION=0.500,URI=\"segment-2.2.m4s\",INDEPENDENT=YES\n"
      "#EXT-X-PART:DURATION=0.500,URI=\"segment-2.3.m4s\"\n"
      "#EXTINF:2.000,\n"
      "segment-2.m4s\n"
      "#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:06.000Z\n"
      "#EXT-X-PART:DURATION=0.500,URI=\"segment-3.0.m4s\",INDEPENDENT=YES\n"
      "#EXT-X-PART:DURATION=0.500,URI=\"segment-3.1.m4s\"\n"
      "#EXT-X-PART:DURATION=0.500,URI=\"segment-3.2.m4s\",INDEPENDENT=YES\n"
      "#EXT-X-PART:DURATION=0.500,URI=\"segment-3.3.m4s\"\n"
      "#EXTINF:2.000,\n"
      "segment-3.m4s\n"
      "#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:08.000Z\n"
      "#EXT-X-PART:DURATION=0.500,URI=\"segment-4.0.m4s\",INDEPENDENT=YES\n"
      "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"segment-4.1.m4s\"\n"
      "#EXT-X-RENDITION-REPORT:URI=\"../a0/index.m3u8\",LAST-MSN=4,LAST-PART=0\n");
}

TEST(LivePlaylist, PrintsAPlainWindowWithoutAType) {
  MadeTrack track;
  track.add_complete(2);
  track.add(3);
  EXPECT_EQ(text(track, {}),
            "#EXTM3U\n"
            "#EXT-X-VERSION:6\n"
            "#EXT-X-TARGETDURATION:2\n"
            "#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-MAP:URI=\"init-0.mp4\"\n"
            "#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:00.000Z\n"
            "#EXTINF:2.000,\n"
            "segment-0.m4s\n"
            "#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:02.000Z\n"
            "#EXTINF:2.000,\n"
            "segment-1.m4s\n");
}

TEST(LivePlaylist, AnEventOnlyGrows) {
  MadeTrack track;
  LivePlaylistOptions options;
  options.kind = LivePlaylistKind::Event;
  std::string before;
  for (int i = 0; i < 20; ++i) {
    if (i % 7 == 6) track.begin_run();
    track.add();
    const std::string after = text(track, options);
    EXPECT_TRUE(after.starts_with(before));
    EXPECT_NE(after.find("#EXT-X-PLAYLIST-TYPE:EVENT\n"), after.npos);
    before = after;
  }
}

TEST(LivePlaylist, AVodEndsWithTheSegmentThatWasOpen) {
  MadeTrack track;
  track.add_complete(1);
  track.add(1);
  LivePlaylistOptions options = low_latency();
  options.kind = LivePlaylistKind::Vod;
  const MediaPlaylist playlist = live_playlist(track.segments(), options);
  EXPECT_EQ(playlist.type, PlaylistType::Vod);
  EXPECT_TRUE(playlist.end_list);
  ASSERT_EQ(playlist.segments.size(), 2U);
  EXPECT_EQ(playlist.segments[1].duration, milliseconds(500));
  EXPECT_FALSE(playlist.part_target) << "nobody loads parts of what has ended";
  options.target_duration = seconds(1);
  EXPECT_EQ(live_playlist(track.segments(), options).target_duration, seconds(2));
}

TEST(LivePlaylist, TheEndHasNoPartNoHintAndNoReport) {
  MadeTrack track;
  track.add_complete(3);
  track.add(2);
  LivePlaylistOptions options = low_latency();
  options.ended = true;
  options.hint = PartPosition{3, 2};
  options.reports = {{"../a0/index.m3u8", 3, 1}};
  const MediaPlaylist playlist = live_playlist(track.segments(), options);
  EXPECT_TRUE(playlist.end_list);
  EXPECT_FALSE(playlist.type);
  EXPECT_EQ(playlist.segments.size(), 4U);
  EXPECT_FALSE(playlist.open_segment);
  for (const MediaSegment& segment : playlist.segments) EXPECT_TRUE(segment.parts.empty());
  EXPECT_TRUE(playlist.preload_hints.empty());
  EXPECT_TRUE(playlist.rendition_reports.empty());
  EXPECT_EQ(playlist.part_target, milliseconds(500)) << "what was promised never changes";
}

TEST(LivePlaylist, SeparatesRunsAndCountsThoseThatAreGone) {
  MadeTrack track;
  track.add_complete(2);
  track.begin_run();
  track.add_complete(2);
  track.begin_run();
  track.add(1);

  LivePlaylistOptions options = low_latency();
  options.discontinuities_before = 5;
  MediaPlaylist playlist = live_playlist(track.segments(), options);
  EXPECT_EQ(playlist.discontinuity_sequence, 5U);
  EXPECT_FALSE(playlist.segments[0].discontinuity);
  EXPECT_TRUE(playlist.segments[2].discontinuity);
  EXPECT_EQ(playlist.segments[2].map, (InitializationSection{"init-1.mp4", {}}));
  EXPECT_FALSE(playlist.segments[3].map);
  EXPECT_TRUE(playlist.open_segment->discontinuity);
  EXPECT_EQ(playlist.open_segment->map, (InitializationSection{"init-2.mp4", {}}));

  // The first listed segment has no tag: the break before it is counted.
  options.first_number = 2;
  playlist = live_playlist(track.segments(), options);
  EXPECT_EQ(playlist.media_sequence, 2U);
  EXPECT_EQ(playlist.discontinuity_sequence, 6U);
  EXPECT_FALSE(playlist.segments[0].discontinuity);
  EXPECT_EQ(playlist.segments[0].map, (InitializationSection{"init-1.mp4", {}}));
}

// For a player the break before a segment has the same number in every playlist that lists it.
TEST(LivePlaylist, NumbersOfDiscontinuitiesStayWhileTheWindowSlides) {
  MadeTrack track;
  for (int i = 0; i < 12; ++i) {
    if (i % 3 == 0) track.begin_run();
    track.add();
  }
  const auto number_of = [&](std::uint64_t first, std::uint64_t segment) {
    LivePlaylistOptions options;
    options.first_number = first;
    const MediaPlaylist playlist = live_playlist(track.segments(), options);
    std::uint64_t number = playlist.discontinuity_sequence;
    for (std::uint64_t i = first; i <= segment; ++i) {
      if (playlist.segments.at(i - first).discontinuity) ++number;
    }
    return number;
  };
  for (std::uint64_t segment = 0; segment < 12; ++segment) {
    for (std::uint64_t first = 0; first <= segment; ++first) {
      EXPECT_EQ(number_of(first, segment), segment / 3) << first << " " << segment;
    }
  }
}

TEST(LivePlaylist, ListsNumbersThatATrackDoesNotHaveAsGaps) {
  MadeTrack track;
  track.add();
  track.skip_numbers(2);
  track.add();
  const MediaPlaylist playlist = live_playlist(track.segments(), {});
  ASSERT_EQ(playlist.segments.size(), 4U);
  EXPECT_TRUE(playlist.segments[1].gap);
  EXPECT_TRUE(playlist.segments[2].gap);
  EXPECT_EQ(playlist.segments[2].uri, "segment-2.m4s");
  EXPECT_EQ(playlist.segments[2].duration, seconds(2));
  EXPECT_EQ(playlist.segments[3].uri, "segment-3.m4s");
}

TEST(LivePlaylist, AnEmptyTrackHasAnEmptyPlaylist) {
  EXPECT_EQ(text(MadeTrack(), {}),
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n");
}

TEST(LivePlaylist, ParsesAsItWasBuilt) {
  MadeTrack track;
  track.add_complete(9);
  track.begin_run(milliseconds(300));
  track.add_complete(2);
  track.add(3);
  LivePlaylistOptions options = low_latency();
  options.hint = PartPosition{11, 3};
  options.reports = {rendition_report("../v1/index.m3u8", track.segments())};
  const MediaPlaylist playlist = live_playlist(track.segments(), options);
  const auto parsed = parse_media_playlist(write_media_playlist(playlist));
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(*parsed, playlist);
  const auto delta = delta_update(playlist);
  ASSERT_TRUE(delta);
  EXPECT_EQ(*parse_media_playlist(write_media_playlist(*delta)), *delta);
}

// --- Delta updates ---

// As a player does: what is left out is taken from the playlist before.
MediaPlaylist merged(const MediaPlaylist& before, const MediaPlaylist& delta) {
  MediaPlaylist whole = delta;
  whole.skipped_segments.reset();
  const auto gone = static_cast<std::ptrdiff_t>(delta.media_sequence - before.media_sequence);
  const auto kept = gone + static_cast<std::ptrdiff_t>(*delta.skipped_segments);
  whole.segments.insert(whole.segments.begin(), before.segments.begin() + gone,
                        before.segments.begin() + kept);
  if (!whole.segments.empty()) whole.segments[0].map = before.segments[0].map;
  for (std::ptrdiff_t i = 0; i < kept - gone; ++i) {
    whole.segments[static_cast<std::size_t>(i)].parts.clear();
  }
  return whole;
}

TEST(DeltaUpdate, WithThePlaylistBeforeIsTheWholePlaylist) {
  MadeTrack track;
  track.add_complete(12);
  LivePlaylistOptions options = low_latency();
  const MediaPlaylist before = live_playlist(track.segments(), options);
  track.add(2);
  options.first_number = 1;
  const MediaPlaylist after = live_playlist(track.segments(), options);
  const auto delta = delta_update(after);
  ASSERT_TRUE(delta);
  // From the end of segment 6, at 14 s, to the end, at 25 s, are not more than 12 s.
  EXPECT_EQ(delta->skipped_segments, 5U);
  EXPECT_EQ(delta->segments.front().uri, "segment-6.m4s");
  EXPECT_FALSE(delta->segments.front().map);
  EXPECT_EQ(delta->media_sequence, 1U);
  EXPECT_EQ(merged(before, *delta), after);
}

TEST(DeltaUpdate, IsNoneWithoutAnythingToLeaveOut) {
  MadeTrack track;
  track.add_complete(7);  // segment 0 ends exactly 12 s before the end
  EXPECT_FALSE(delta_update(live_playlist(track.segments(), low_latency())));
  track.add(1);
  EXPECT_TRUE(delta_update(live_playlist(track.segments(), low_latency())));
  EXPECT_FALSE(delta_update(live_playlist(track.segments(), {}))) << "it offers none";
  LivePlaylistOptions ended = low_latency();
  ended.ended = true;
  EXPECT_FALSE(delta_update(live_playlist(track.segments(), ended)));
  EXPECT_FALSE(delta_update(MediaPlaylist{}));
}

// --- I-frames ---

TEST(IFramePlaylist, ListsThePartsAtWhichDecodingCanStart) {
  MadeTrack track;
  track.add_complete(1);
  track.begin_run();
  track.add_complete(1);
  track.add(1);
  EXPECT_EQ(write_media_playlist(i_frame_playlist(track.segments(), 0, low_latency())),
            "#EXTM3U\n"
            "#EXT-X-VERSION:6\n"
            "#EXT-X-TARGETDURATION:2\n"
            "#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-I-FRAMES-ONLY\n"
            "#EXT-X-MAP:URI=\"init-0.mp4\"\n"
            "#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:00.000Z\n"
            "#EXTINF:1.000,\n"
            "#EXT-X-BYTERANGE:1000@0\n"
            "segment-0.m4s\n"
            "#EXTINF:1.000,\n"
            "#EXT-X-BYTERANGE:1000@2000\n"
            "segment-0.m4s\n"
            "#EXT-X-DISCONTINUITY\n"
            "#EXT-X-MAP:URI=\"init-1.mp4\"\n"
            "#EXT-X-PROGRAM-DATE-TIME:2024-03-01T00:00:02.000Z\n"
            "#EXTINF:1.000,\n"
            "#EXT-X-BYTERANGE:1000@0\n"
            "segment-1.m4s\n"
            "#EXTINF:1.000,\n"
            "#EXT-X-BYTERANGE:1000@2000\n"
            "segment-1.m4s\n");
}

TEST(IFramePlaylist, KeepsItsNumbersWhileTheWindowSlides) {
  MadeTrack track;
  track.add_complete(5);
  LivePlaylistOptions options;
  options.first_number = 2;
  EXPECT_EQ(i_frame_count(*track.segments()[0]), 2U);
  const MediaPlaylist playlist = i_frame_playlist(track.segments(), 4, options);
  EXPECT_EQ(playlist.media_sequence, 4U);
  EXPECT_EQ(playlist.segments.front().uri, "segment-2.m4s");
  EXPECT_EQ(playlist.segments.size(), 6U);
}

// --- Hints ---

struct HintRow {
  const char* name;
  int complete;
  int open_parts;
  LiveTrackInfo info;
  LiveCut cut;
  std::optional<PartPosition> expected;
};

TEST(NextPart, IsHintedOnlyIfItCertainlyComes) {
  const LiveCut exact{seconds(2), true};
  const LiveCut loose{seconds(2), false};
  for (const HintRow& row : std::vector<HintRow>{
           {"nothing yet", 0, 0, video_track(), exact, {}},
           {"between segments", 2, 0, video_track(), exact, PartPosition{2, 0}},
           {"between segments of a source", 2, 0, video_track(), loose, PartPosition{2, 0}},
           {"within a segment", 2, 1, video_track(), exact, PartPosition{2, 1}},
           {"the last part but one", 2, 3, video_track(), loose, PartPosition{2, 3}},
           {"a full segment: the grid says so", 2, 5, video_track(), exact, PartPosition{3, 0}},
           {"a full segment of a source: unsure", 2, 5, video_track(), loose, {}},
           {"within a segment of audio", 2, 2, audio_track(), exact, PartPosition{2, 2}},
           {"no grid", 2, 2, video_track(), {MediaTime{0}, true}, {}}}) {
    MadeTrack track;
    track.add_complete(row.complete);
    // Five parts stay open, too: a segment that should have ended.
    if (row.open_parts > 0) track.add(row.open_parts);
    EXPECT_EQ(next_part(row.info, track.segments(), row.cut), row.expected) << row.name;
  }
}

std::vector<std::shared_ptr<const LiveSegment>> open_segment(MediaTime start, MediaTime duration) {
  return {std::make_shared<const LiveSegment>(
      LiveSegment{.number = 1,
                  .start = start,
                  .duration = duration,
                  .parts = {{.start = start, .duration = duration, .size_bytes = 1}}})};
}

TEST(NextPart, AudioThatBeginsOrEndsAFrameBeforeTheBoundary) {
  const LiveCut exact{seconds(2), true};
  const auto next = [&](milliseconds start, milliseconds duration) {
    return next_part(audio_track(), open_segment(start, duration), exact);
  };
  EXPECT_EQ(next(milliseconds(1990), milliseconds(192)), (PartPosition{1, 1}));
  EXPECT_EQ(next(milliseconds(1990), milliseconds(1800)), (PartPosition{1, 1}));
  EXPECT_EQ(next(milliseconds(1990), milliseconds(1995)), std::nullopt) << "one frame may follow";
  EXPECT_EQ(next(milliseconds(1990), milliseconds(2010)), (PartPosition{2, 0}));
}

TEST(NextPart, KnowsASourceWhoseKeyframesAreOnTheGrid) {
  MadeTrack track;
  track.add_complete(2);
  EXPECT_FALSE(starts_on_grid(video_track(), track.segments(), seconds(2))) << "too few";
  track.add_complete(1);
  EXPECT_TRUE(starts_on_grid(video_track(), track.segments(), seconds(2)));
  EXPECT_FALSE(starts_on_grid(video_track(), track.segments(), milliseconds(1900)));
  // A new run begins wherever it does, and has to show it again.
  track.begin_run(milliseconds(700));
  track.add_complete(3);
  EXPECT_FALSE(starts_on_grid(video_track(), track.segments(), seconds(2)));
}

TEST(RenditionReport, NamesTheLastPart) {
  MadeTrack track;
  EXPECT_EQ(rendition_report("a", track.segments()), (RenditionReport{"a", {}, {}}));
  track.add();
  EXPECT_EQ(rendition_report("a", track.segments()), (RenditionReport{"a", 0, 3}));
  track.add(2);
  EXPECT_EQ(rendition_report("a", track.segments()), (RenditionReport{"a", 1, 1}));
}

}  // namespace
}  // namespace streamkit::hls
