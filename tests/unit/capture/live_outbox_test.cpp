#include "capture/live_outbox.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr FrameRate kRate{40, 1};

VideoFrame frame(std::int64_t number) {
  VideoFrame frame;
  frame.pts = kRate.time_of(number);
  frame.duration = kRate.frame_duration();
  return frame;
}

AudioFrame run(std::int64_t number) {
  AudioFrame run;
  run.pts = from_ticks(number, 1, 50);
  run.sample_count = 960;
  run.samples.resize(1920);
  return run;
}

struct Drained {
  std::vector<std::int64_t> frames;
  std::int64_t runs = 0;
};

Drained drain(LiveOutbox& outbox) {
  Drained drained;
  MediaTime newest{0};
  for (;;) {
    const auto item = outbox.pop({});
    if (!item || std::holds_alternative<EndOfStream>(*item)) return drained;
    MediaTime pts;
    if (const auto* video = std::get_if<VideoFrame>(&*item)) {
      pts = video->pts;
      drained.frames.push_back(to_ticks(video->pts, kRate.den, kRate.num));
    } else {
      pts = std::get<AudioFrame>(*item).pts;
      EXPECT_EQ(pts, from_ticks(drained.runs, 1, 50));
      ++drained.runs;
    }
    EXPECT_GE(pts, newest);
    newest = pts;
  }
}

Drained push_and_drain(LiveOutbox& outbox, std::int64_t frames, std::uint64_t expected_dropped) {
  std::uint64_t dropped = 0;
  for (std::int64_t n = 0; n < frames; ++n) dropped += outbox.push(frame(n)) ? 1 : 0;
  for (std::int64_t n = 0; n < frames * 50 / 40; ++n) outbox.push(run(n));
  outbox.finish({});
  EXPECT_EQ(dropped, expected_dropped);
  return drain(outbox);
}

TEST(LiveOutbox, ReturnsBothTracksInOrder) {
  LiveOutbox outbox(100, seconds(10), DropPolicy::Oldest);
  const Drained drained = push_and_drain(outbox, 80, 0);
  EXPECT_EQ(drained.frames.size(), 80u);
  EXPECT_EQ(drained.runs, 100);
}

TEST(LiveOutbox, DropsTheOldestFramesAndNoAudio) {
  LiveOutbox outbox(10, seconds(10), DropPolicy::Oldest);
  const Drained drained = push_and_drain(outbox, 40, 30);
  // The first of each quarter of a second, and the newest.
  EXPECT_EQ(drained.frames, (std::vector<std::int64_t>{0, 10, 20, 30, 34, 35, 36, 37, 38, 39}));
  EXPECT_EQ(drained.runs, 50);
}

TEST(LiveOutbox, DropsTheNewestFramesIfToldTo) {
  LiveOutbox outbox(10, seconds(10), DropPolicy::Newest);
  const Drained drained = push_and_drain(outbox, 40, 27);
  EXPECT_EQ(drained.frames, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30}));
  EXPECT_EQ(drained.runs, 50);
}

TEST(LiveOutbox, HasRoomUntilTheAudioIsTooLong) {
  LiveOutbox outbox(10, milliseconds(100), DropPolicy::Oldest);
  for (std::int64_t n = 0; n < 5; ++n) {
    EXPECT_TRUE(outbox.has_room());
    outbox.push(run(n));
  }
  EXPECT_FALSE(outbox.has_room());
  outbox.push(frame(0));
  ASSERT_TRUE(outbox.pop({}));
  ASSERT_TRUE(outbox.pop({}));
  EXPECT_TRUE(outbox.has_room());
}

TEST(LiveOutbox, ReportsTheFailureAfterWhatWasPushed) {
  LiveOutbox outbox(10, seconds(1), DropPolicy::Oldest);
  outbox.push(frame(0));
  outbox.finish(Error{ErrorCode::Unavailable, "gone"});
  EXPECT_TRUE(outbox.pop({}));
  EXPECT_EQ(outbox.pop({}).error().code, ErrorCode::Unavailable);
}

TEST(LiveOutbox, IsWokenByTheStopToken) {
  LiveOutbox outbox(10, seconds(1), DropPolicy::Oldest);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(outbox.pop(stop.get_token()).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace streamkit::capture
