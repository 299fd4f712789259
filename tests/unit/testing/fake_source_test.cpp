#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <streamkit/testing/fake_source.hpp>

namespace streamkit::testing {
namespace {

struct Recorded {
  std::vector<VideoFrame> frames;
  std::vector<AudioFrame> sounds;
  MediaTime largest_skew{0};
};

Recorded read_all(FakeSource& source) {
  Recorded all;
  MediaTime video_end{0};
  MediaTime audio_end{0};
  for (;;) {
    auto item = source.read({});
    if (!item || std::holds_alternative<EndOfStream>(*item)) return all;
    if (auto* frame = std::get_if<VideoFrame>(&*item)) {
      video_end = frame->pts + frame->duration;
      all.frames.push_back(*frame);
    } else {
      auto& sound = std::get<AudioFrame>(*item);
      audio_end = sound.pts + sound.duration();
      all.sounds.push_back(std::move(sound));
    }
    all.largest_skew = std::max(all.largest_skew, std::chrono::abs(video_end - audio_end));
  }
}

TEST(FakeSource, NumbersItsFramesByColour) {
  FakeSource source({.frame_count = FakeSource::kDistinctFrames + 3});
  const Recorded all = read_all(source);
  ASSERT_EQ(all.frames.size(), static_cast<std::size_t>(FakeSource::kDistinctFrames + 3));
  for (std::size_t i = 0; i < all.frames.size(); ++i) {
    ASSERT_EQ(FakeSource::number_of(all.frames[i]),
              static_cast<std::int64_t>(i) % FakeSource::kDistinctFrames);
  }
}

TEST(FakeSource, KeepsContinuousTimeAtAnNtscRate) {
  FakeSourceOptions options{.frame_count = 300};
  options.format.video.frame_rate = {30'000, 1001};
  FakeSource source(options);
  const Recorded all = read_all(source);
  MediaTime next{0};
  for (const VideoFrame& frame : all.frames) {
    ASSERT_EQ(frame.pts, next);
    next += frame.duration;
  }
  EXPECT_EQ(next, options.format.video.frame_rate.time_of(300));
}

TEST(FakeSource, GivesSoundAsLongAsThePictures) {
  FakeSource source({.frame_count = 31});
  const Recorded all = read_all(source);
  std::int64_t samples = 0;
  for (const AudioFrame& sound : all.sounds) {
    ASSERT_EQ(sound.pts, from_ticks(samples, 1, 48'000));
    ASSERT_EQ(sound.samples.size(), static_cast<std::size_t>(sound.sample_count) * 2);
    samples += sound.sample_count;
  }
  EXPECT_EQ(samples, 31 * 1600);
  const auto& first = all.sounds.front().samples;
  EXPECT_GT(*std::max_element(first.begin(), first.end()), 0.09f);
}

TEST(FakeSource, InterleavesWithinHalfASecond) {
  FakeSource source({.frame_count = 90});
  EXPECT_LT(read_all(source).largest_skew, std::chrono::milliseconds(500));
}

TEST(FakeSource, StaysAtItsEnd) {
  FakeSource source({.frame_count = 0});
  for (int i = 0; i < 3; ++i) {
    const auto item = source.read({});
    ASSERT_TRUE(item);
    EXPECT_TRUE(std::holds_alternative<EndOfStream>(*item));
  }
}

TEST(FakeSource, EndsReadingWhenStopped) {
  FakeSource source;
  std::stop_source stopped;
  stopped.request_stop();
  const auto item = source.read(stopped.get_token());
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace streamkit::testing
