#include "rtmp/timeline.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace streamkit::rtmp {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr auto kVideo = TrackKind::Video;
constexpr auto kAudio = TrackKind::Audio;

TEST(TimelineTest, ContinuesOverEachOverflow) {
  // Of 24 bits nothing overflows; of 31 bits FFmpeg's FLV writer does; of 32 bits all do.
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> steps = {
      {0xFFFFF0, 0x1000010}, {0x7FFFFFF0, 0x80000010}, {0x7FFFFFF0, 0x10}, {0xFFFFFFF0, 0x10}};
  for (const auto& [before, after] : steps) {
    Timeline timeline;
    EXPECT_EQ(timeline.place(kVideo, before).milliseconds, before);
    const auto position = timeline.place(kVideo, after);
    EXPECT_EQ(position.milliseconds, std::int64_t{before} + 0x20);
    EXPECT_FALSE(position.jump_ms);
    // A message that comes late is before the overflow.
    EXPECT_EQ(timeline.place(kAudio, before + 1).milliseconds, before + 1);
  }
}

TEST(TimelineTest, LastsForMonths) {
  // FFmpeg's timestamps overflow every 24.9 days.
  Timeline timeline;
  std::int64_t expected = 0;
  for (int i = 0; i < 2'000'000; ++i) {
    const auto position = timeline.place(kVideo, static_cast<std::uint32_t>(expected) & 0x7FFFFFFF);
    ASSERT_EQ(position.milliseconds, expected);
    ASSERT_FALSE(position.jump_ms);
    expected += 9'999;
  }
}

TEST(TimelineTest, AJumpIsABreakOnceForBothTracks) {
  Timeline timeline;
  timeline.place(kVideo, 1000);
  timeline.place(kAudio, 1010);
  const auto jump = timeline.place(kVideo, 1'001'000);
  ASSERT_TRUE(jump.jump_ms);
  EXPECT_EQ(*jump.jump_ms, 1'000'000);
  EXPECT_EQ(jump.milliseconds, 1030);
  // Audio of before may still come.
  EXPECT_EQ(timeline.place(kAudio, 1031).milliseconds, 1031);
  const auto joined = timeline.place(kAudio, 1'001'010);
  EXPECT_FALSE(joined.jump_ms);
  EXPECT_EQ(joined.milliseconds, 1040);
  EXPECT_EQ(timeline.place(kVideo, 1'001'040).milliseconds, 1070);
}

TEST(TimelineTest, JumpsOfUpTo10SecondsAreGaps) {
  Timeline timeline;
  timeline.place(kVideo, 0);
  EXPECT_FALSE(timeline.place(kVideo, 10'000).jump_ms);
  EXPECT_TRUE(timeline.place(kVideo, 20'001).jump_ms);
}

TEST(TimelineTest, AWriterThatStartsAnewIsABreak) {
  Timeline timeline;
  timeline.place(kVideo, 5000);
  EXPECT_FALSE(timeline.place(kVideo, 4999).jump_ms);
  const auto position = timeline.place(kVideo, 0);
  EXPECT_EQ(position.jump_ms, -4999);
  EXPECT_EQ(position.milliseconds, 5019);
}

TEST(TimelineTest, ATrackThatWasSilentJoinsTheOther) {
  Timeline timeline;
  timeline.place(kAudio, 0);
  for (std::uint32_t ms = 0; ms <= 60'000; ms += 1000) timeline.place(kVideo, ms);
  const auto position = timeline.place(kAudio, 60'020);
  EXPECT_FALSE(position.jump_ms);
  EXPECT_EQ(position.milliseconds, 60'020);
}

TEST(TimelineTest, ATrackMayBeginBeforeTheOther) {
  Timeline timeline;
  timeline.place(kVideo, 5000);
  EXPECT_EQ(timeline.place(kAudio, 1000).milliseconds, 1000);
}

TEST(VideoClockTest, DecodingTimesIncreaseAndAreNeverAfterPresentation) {
  VideoClock clock;
  // Decoded one millisecond back, and shown before it is decoded.
  const std::pair<int, int> frames[] = {{1000, 0}, {1033, 66}, {1032, 0}, {1066, -33}, {1100, 0}};
  MediaTime last = MediaTime::min();
  int moved = 0;
  for (const auto& [dts, composition] : frames) {
    const auto times = clock.next(milliseconds(dts), milliseconds(composition));
    EXPECT_GT(times.dts, last);
    EXPECT_GE(times.pts, times.dts);
    EXPECT_LE(times.pts - milliseconds(dts + composition), milliseconds(2));
    last = times.dts;
    moved += times.moved ? 1 : 0;
  }
  EXPECT_EQ(moved, 2);
}

TEST(VideoClockTest, NegativeCompositionMovesDecodingForAllLaterFrames) {
  VideoClock clock;
  clock.next(milliseconds(0), milliseconds(0));
  EXPECT_EQ(clock.next(milliseconds(40), milliseconds(-20)).dts, milliseconds(20));
  const auto times = clock.next(milliseconds(80), milliseconds(0));
  EXPECT_EQ(times.dts, milliseconds(60));
  EXPECT_EQ(times.pts, milliseconds(80));
  EXPECT_EQ(times.duration, milliseconds(40));
}

TEST(VideoClockTest, ImplausibleCompositionIsBounded) {
  VideoClock clock;
  const auto times = clock.next(milliseconds(0), milliseconds(-8'000'000));
  EXPECT_TRUE(times.moved);
  EXPECT_GE(times.dts, -std::chrono::seconds(10));
}

// 24 hours of audio in whole milliseconds: no sample is lost, none is added.
TEST(AudioClockTest, RestoresTheTimesOfSamples) {
  constexpr int kRate = 44'100;
  AudioClock clock;
  const MediaTime duration = from_ticks(1024, 1, kRate);
  constexpr std::int64_t kFrames = std::int64_t{24} * 3600 * kRate / 1024;
  for (std::int64_t frame = 0; frame < kFrames; ++frame) {
    const auto rounded = milliseconds(frame * 1024 * 1000 / kRate);
    const auto times = clock.next(rounded, duration);
    ASSERT_EQ(times.time, from_ticks(frame * 1024, 1, kRate)) << frame;
  }
}

TEST(AudioClockTest, FollowsAClockThatDrifts) {
  constexpr int kRate = 48'000;
  AudioClock clock;
  const MediaTime duration = from_ticks(1024, 1, kRate);
  // 200 parts per million fast, for 24 hours.
  MediaTime last = MediaTime::min();
  for (std::int64_t frame = 0; frame < 24LL * 3600 * kRate / 1024; ++frame) {
    const auto real = frame * 1024 * 1'000'200 / kRate / 1000;
    const auto times = clock.next(milliseconds(real), duration);
    const MediaTime error = times.time - milliseconds(real);
    ASSERT_LE(error, milliseconds(3)) << frame;
    ASSERT_GE(error, -milliseconds(3)) << frame;
    ASSERT_GT(times.time, last);
    last = times.time;
  }
}

TEST(AudioClockTest, KeepsGaps) {
  AudioClock clock;
  clock.next(milliseconds(0), milliseconds(20));
  EXPECT_EQ(clock.next(milliseconds(500), milliseconds(20)).time, milliseconds(500));
  EXPECT_EQ(clock.next(milliseconds(520), milliseconds(20)).time, milliseconds(520));
}

TEST(AudioClockTest, LostPacketsAreAGapOnceThatIsClear) {
  AudioClock clock;
  const MediaTime duration = milliseconds(20);
  clock.next(milliseconds(0), duration);
  for (int i = 3; i < 18; ++i) {
    EXPECT_EQ(clock.next(milliseconds(20 * i), duration).time, milliseconds(20 * (i - 2)));
  }
  EXPECT_EQ(clock.next(milliseconds(360), duration).time, milliseconds(360));
  EXPECT_EQ(clock.next(milliseconds(380), duration).time, milliseconds(380));
}

// GStreamer's rtmp2sink begins so.
TEST(AudioClockTest, SinglePacketsThatAreLateMoveNothing) {
  AudioClock clock;
  const MediaTime duration = from_ticks(1024, 1, 44'100);
  int packet = 0;
  for (const int ms : {0, 23, 46, 107, 107, 140, 140, 174, 186, 209, 232}) {
    const MediaTime exact = from_ticks(1024LL * packet++, 1, 44'100);
    const MediaTime error = clock.next(milliseconds(ms), duration).time - exact;
    EXPECT_LE(error, milliseconds(1)) << ms;
    EXPECT_GE(error, -milliseconds(1)) << ms;
  }
}

TEST(AudioClockTest, NeverGoesBack) {
  AudioClock clock;
  clock.next(milliseconds(1000), milliseconds(20));
  const auto times = clock.next(milliseconds(500), milliseconds(20));
  EXPECT_TRUE(times.moved);
  EXPECT_GT(times.time, milliseconds(1000));
}

}  // namespace
}  // namespace streamkit::rtmp
