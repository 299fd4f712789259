#include <gtest/gtest.h>

#include <streamkit/core/resumed_source.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fake_source.hpp>
#include <vector>

namespace streamkit {
namespace {

using namespace std::chrono_literals;
using testing::FakeSource;

struct Played {
  std::vector<VideoFrame> frames;
  std::vector<AudioFrame> audio;

  // The numbers that the frames show.
  [[nodiscard]] std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> all;
    for (const VideoFrame& frame : frames) all.push_back(FakeSource::number_of(frame));
    return all;
  }
};

class ResumedSourceTest : public ::testing::Test {
 protected:
  Played play(ResumedSourceOptions options, std::int64_t frames = 30) {
    FakeSource source({.frame_count = frames});
    const auto resumed = ResumedSource::create(source, std::move(options), {.clock = &clock_});
    EXPECT_TRUE(resumed);
    Played played;
    for (;;) {
      auto item = (*resumed)->read({});
      EXPECT_TRUE(item);
      if (!item || std::holds_alternative<EndOfStream>(*item)) break;
      if (auto* frame = std::get_if<VideoFrame>(&*item)) played.frames.push_back(*frame);
      if (auto* audio = std::get_if<AudioFrame>(&*item)) played.audio.push_back(*audio);
    }
    gap_ = (*resumed)->gap();
    return played;
  }
  // Frame after frame and sample after sample, from the point on.
  static void expect_seamless(const Played& played, const ResumePoint& point) {
    ASSERT_FALSE(played.frames.empty());
    const FrameRate rate = played.frames[0].format.frame_rate;
    for (std::size_t i = 0; i < played.frames.size(); ++i) {
      EXPECT_EQ(played.frames[i].pts, point.start + rate.time_of(static_cast<std::int64_t>(i)));
    }
    std::int64_t next = to_ticks(point.audio_end, 1, 48'000);
    for (const AudioFrame& audio : played.audio) {
      EXPECT_EQ(to_ticks(audio.pts, 1, 48'000), next);
      EXPECT_EQ(audio.samples.size(), static_cast<std::size_t>(audio.sample_count) * 2);
      next += audio.sample_count;
    }
    const MediaTime end = played.frames.back().pts + rate.frame_duration();
    EXPECT_NEAR(to_seconds(from_ticks(next, 1, 48'000)), to_seconds(end), 1e-4);
  }
  ResumePoint point(std::chrono::milliseconds since_cut) const {
    return {.next_index = 7,
            .start = 35s,
            .audio_end = from_ticks(1641 * 1024, 1, 48'000),
            .cut_at = clock_.system_now() - since_cut};
  }

  testing::FakeClock clock_;
  std::optional<MediaTime> gap_;
};

TEST_F(ResumedSourceTest, FillsAGapWithTheLastFrameAndSilence) {
  const ResumePoint where = point(2s);
  FakeSource before({.frame_count = 50});
  VideoFrame last;
  for (auto item = before.read({}); !std::holds_alternative<EndOfStream>(*item);
       item = before.read({})) {
    if (const auto* frame = std::get_if<VideoFrame>(&*item)) last = *frame;
  }
  const Played played = play({.point = where, .last_frame = last});
  expect_seamless(played, where);
  ASSERT_EQ(played.frames.size(), 90U);
  const auto numbers = played.numbers();
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(numbers[i], 49);
  for (std::size_t i = 60; i < 90; ++i) EXPECT_EQ(numbers[i], static_cast<int>(i) - 60);
  for (const AudioFrame& audio : played.audio) {
    if (audio.pts + audio.duration() > where.start + MediaTime(2s)) break;
    for (const float value : audio.samples) EXPECT_EQ(value, 0.0F);
  }
  EXPECT_EQ(gap_, MediaTime(2s));
}

TEST_F(ResumedSourceTest, WithoutALastFrameTheFirstNewOneStands) {
  const Played played = play({.point = point(1s)});
  expect_seamless(played, point(1s));
  EXPECT_EQ(played.frames.size(), 60U);
  EXPECT_EQ(played.numbers()[0], 0);
  EXPECT_EQ(played.numbers()[30], 0);
  EXPECT_EQ(played.numbers()[31], 1);
}

TEST_F(ResumedSourceTest, ALongGapIsACut) {
  const ResumePoint where = point(11s);
  const Played played = play({.point = where});
  expect_seamless(played, where);
  EXPECT_EQ(played.frames.size(), 30U);
  EXPECT_EQ(gap_, MediaTime(11s));
}

TEST_F(ResumedSourceTest, AFileIsNotFilledAndContinuesWhereItWas) {
  const ResumePoint where = point(3s);
  const Played played = play({.point = where, .max_gap = MediaTime{0}, .skip = 500ms});
  expect_seamless(played, where);
  ASSERT_EQ(played.frames.size(), 15U);
  EXPECT_EQ(played.numbers()[0], 15);
}

TEST_F(ResumedSourceTest, AClockThatWasSetBackShowsNoGap) {
  const ResumePoint where = point(-1h);
  const Played played = play({.point = where});
  expect_seamless(played, where);
  EXPECT_EQ(played.frames.size(), 30U);
}

TEST_F(ResumedSourceTest, AudioThatEndedBeforeTheVideoIsSilentInBetween) {
  ResumePoint where = point(0s);
  where.audio_end = where.start - MediaTime(100ms);
  expect_seamless(play({.point = where}), where);
}

TEST_F(ResumedSourceTest, ANewStreamIsLeftAsItIs) {
  const Played played = play({});
  expect_seamless(played, {});
  EXPECT_EQ(played.frames.size(), 30U);
  EXPECT_FALSE(gap_);
}

TEST_F(ResumedSourceTest, RejectsNegativeTimes) {
  FakeSource source;
  EXPECT_EQ(ResumedSource::create(source, {.max_gap = MediaTime(-1s)}).error().code,
            ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit
