#include "media/packet_timeline.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <optional>
#include <vector>

namespace streamkit::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kVideo = 0;
constexpr int kSound = 1;
constexpr std::int64_t kFrame = 3000;   // 30 Hz in units of 1/90000 s
constexpr std::int64_t kPacket = 1920;  // 1024 samples at 48 kHz
constexpr std::int64_t kSecond = 90'000;

struct Placed {
  int track = 0;
  std::int64_t pts = 0;
  std::int64_t dts = 0;
};

// Two tracks of MPEG-TS.
class Timeline : public ::testing::Test {
 protected:
  Timeline() : context_(avformat_alloc_context()) {
    for (const AVMediaType type : {AVMEDIA_TYPE_VIDEO, AVMEDIA_TYPE_AUDIO}) {
      AVStream* stream = avformat_new_stream(context_, nullptr);
      stream->codecpar->codec_type = type;
      stream->time_base = {1, 90'000};
    }
  }
  ~Timeline() override { avformat_free_context(context_); }

  void push(int track, std::optional<std::int64_t> time, std::int64_t duration,
            std::int64_t shown_later = 0) {
    PacketPtr packet(av_packet_alloc());
    packet->stream_index = track;
    packet->dts = time.value_or(AV_NOPTS_VALUE);
    packet->pts = time ? *time + shown_later : AV_NOPTS_VALUE;
    packet->duration = duration;
    timeline_.push(std::move(packet), *context_->streams[track]);
    collect();
  }

  // Pictures and sound of `length`, interleaved, from a time of the clock on.
  void push_both(std::int64_t from, std::int64_t length, std::int64_t sound_length = -1) {
    if (sound_length < 0) sound_length = length;
    std::int64_t sound = 0;
    for (std::int64_t at = 0; at < length; at += kFrame) {
      push(kVideo, from + at, kFrame);
      for (; sound < at + kFrame && sound < sound_length; sound += kPacket) {
        push(kSound, from + sound, kPacket);
      }
    }
    for (; sound < sound_length; sound += kPacket) push(kSound, from + sound, kPacket);
  }

  void collect() {
    while (PacketPtr packet = timeline_.pop()) {
      placed_.push_back({packet->stream_index, packet->pts, packet->dts});
    }
    for (const TimeStep& step : timeline_.take_steps()) steps_.push_back(step);
  }

  void end() {
    timeline_.end();
    collect();
  }

  std::vector<std::int64_t> times(int track) const {
    std::vector<std::int64_t> found;
    for (const Placed& packet : placed_) {
      if (packet.track == track) found.push_back(packet.pts);
    }
    return found;
  }

  // Each packet follows the one before by at least `least` and at most `most`.
  void expect_steps_between(int track, std::int64_t least, std::int64_t most) const {
    const std::vector<std::int64_t> found = times(track);
    for (std::size_t i = 1; i < found.size(); ++i) {
      EXPECT_GE(found[i] - found[i - 1], least) << track << " " << i;
      EXPECT_LE(found[i] - found[i - 1], most) << track << " " << i;
    }
  }

  AVFormatContext* const context_;
  PacketTimeline timeline_{seconds(10)};
  std::vector<Placed> placed_;
  std::vector<TimeStep> steps_;
};

TEST(PacketTimeline, AnAbsurdTimestampDoesNotOverflow) {
  const MediaTime late = to_media_time(std::numeric_limits<std::int64_t>::max(), {1, 1});
  const MediaTime early = to_media_time(std::numeric_limits<std::int64_t>::min(), {1001, 24'000});
  EXPECT_GT(late, MediaTime(std::chrono::hours(24 * 365 * 100)));
  EXPECT_LT(early, MediaTime{0});
  EXPECT_GT(late + late, late);
  EXPECT_GT(late - early, late);
}

TEST_F(Timeline, LeavesAContinuousClockAsItIs) {
  push_both(50'000 * kSecond, 3 * kSecond);
  end();
  EXPECT_EQ(times(kVideo).front(), 50'000 * kSecond);
  EXPECT_EQ(times(kVideo).size(), 90u);
  expect_steps_between(kVideo, kFrame, kFrame);
  expect_steps_between(kSound, kPacket, kPacket);
  EXPECT_TRUE(steps_.empty());
}

TEST_F(Timeline, MovesTheStartToZero) {
  timeline_.start_at(MediaTime(seconds(50'000)));
  push(kSound, 50'000 * kSecond, kPacket);
  push(kVideo, 50'002 * kSecond, kFrame);
  EXPECT_EQ(times(kSound).front(), 0);
  EXPECT_EQ(times(kVideo).front(), 2 * kSecond);
}

// As in Matroska, which counts milliseconds: packets of TrueHD have 40 samples.
TEST_F(Timeline, PacketsShorterThanATickKeepTheirPace) {
  AVStream& stream = *context_->streams[kSound];
  stream.time_base = {1, 1000};
  stream.codecpar->sample_rate = 48'000;
  stream.codecpar->frame_size = 40;
  for (std::int64_t n = 0; n < 4800; ++n) {
    PacketPtr packet(av_packet_alloc());
    av_new_packet(packet.get(), 100);
    packet->stream_index = kSound;
    packet->pts = packet->dts = (n * 40 + 24) / 48;
    timeline_.push(std::move(packet), stream);
  }
  end();
  ASSERT_EQ(times(kSound).size(), 4800u);
  EXPECT_EQ(times(kSound).back(), 3999);
  expect_steps_between(kSound, 0, 1);
}

TEST_F(Timeline, StepsOverAJumpOfBothTracksAlike) {
  for (const std::int64_t jump : {-3 * kSecond, 3600 * kSecond, -90'000 * kSecond}) {
    placed_.clear();
    steps_.clear();
    timeline_ = PacketTimeline(seconds(10));
    const std::int64_t start = 100'000 * kSecond;
    // The sound is longer than the pictures, as it is in most files.
    push_both(start, 3 * kSecond, 3 * kSecond + 2 * kPacket);
    push_both(start + 3 * kSecond + jump, 3 * kSecond);
    end();
    ASSERT_EQ(steps_.size(), 1u) << jump;
    EXPECT_EQ(times(kVideo).size(), 180u);
    expect_steps_between(kVideo, kFrame, kFrame + 3 * kPacket);
    expect_steps_between(kSound, kPacket, kPacket);
    // Pictures and sound of the second part are as far apart as they were in the file.
    const auto first_sound =
        static_cast<std::size_t>((3 * kSecond + 2 * kPacket - 1) / kPacket + 1);
    EXPECT_EQ(times(kVideo)[90], times(kSound)[first_sound]);
  }
}

TEST_F(Timeline, TellsWhereAndHowFar) {
  timeline_.start_at(MediaTime(seconds(5)));
  push_both(5 * kSecond, 3 * kSecond);
  push_both(3605 * kSecond, kSecond);
  end();
  ASSERT_EQ(steps_.size(), 1u);
  EXPECT_NEAR(to_seconds(steps_[0].at), 3.0, 0.03);
  EXPECT_NEAR(to_seconds(steps_[0].by), 3597.0, 0.03);
}

TEST_F(Timeline, TracksMayCrossAJumpAtDifferentPackets) {
  for (std::int64_t at = 0; at < kSecond; at += kFrame) push(kVideo, at, kFrame);
  for (std::int64_t at = 0; at < kSecond / 2; at += kPacket) push(kSound, at, kPacket);
  // The pictures are an hour further on already; what is left of the sound is not.
  const std::int64_t hour = 3600 * kSecond;
  push(kVideo, hour, kFrame);
  push(kVideo, hour + kFrame, kFrame);
  std::int64_t sound = kSecond / 2 + kPacket - kSecond / 2 % kPacket;
  for (; sound < kSecond; sound += kPacket) push(kSound, sound, kPacket);
  push(kSound, hour, kPacket);
  end();
  ASSERT_EQ(steps_.size(), 1u);
  EXPECT_EQ(times(kVideo)[30], times(kSound).back());
  expect_steps_between(kVideo, kFrame, kFrame + kPacket);
}

TEST_F(Timeline, AGapIsNoJump) {
  push_both(0, kSecond);
  push_both(9 * kSecond, kSecond);
  end();
  EXPECT_TRUE(steps_.empty());
  EXPECT_EQ(times(kVideo)[30], 9 * kSecond);
}

TEST_F(Timeline, ALongStillPictureBesideSoundIsNoJump) {
  push(kVideo, 0, kFrame);
  for (std::int64_t at = 0; at < 30 * kSecond; at += kPacket) push(kSound, at, kPacket);
  push(kVideo, 30 * kSecond, kFrame);
  end();
  EXPECT_TRUE(steps_.empty());
  EXPECT_EQ(times(kVideo)[1], 30 * kSecond);
}

TEST_F(Timeline, ALongStillPictureAloneLastsAsLongAsTheContainerIsTrusted) {
  push(kVideo, 0, kFrame);
  push(kVideo, 30 * kSecond, kFrame);
  end();
  EXPECT_EQ(steps_.size(), 1u);
  EXPECT_EQ(times(kVideo)[1], kFrame);

  placed_.clear();
  timeline_ = PacketTimeline(minutes(10));
  push(kVideo, 0, kFrame);
  push(kVideo, 30 * kSecond, kFrame);
  push(kVideo, 3600 * kSecond, kFrame);
  end();
  EXPECT_EQ(times(kVideo)[1], 30 * kSecond);
  EXPECT_EQ(times(kVideo)[2], 30 * kSecond + kFrame);
}

TEST_F(Timeline, ADurationIsBoundedToo) {
  push(kVideo, 0, 3600 * kSecond);
  push(kVideo, 3600 * kSecond, kFrame);
  end();
  EXPECT_LE(times(kVideo)[1], 10 * kSecond);
}

TEST_F(Timeline, SoundThatBeginsLaterKeepsItsDistance) {
  for (std::int64_t at = 0; at < 4 * kSecond; at += kFrame) {
    push(kVideo, at, kFrame);
    if (at >= 2 * kSecond) push(kSound, at, kFrame);
  }
  EXPECT_EQ(times(kSound).front(), 2 * kSecond);
}

TEST_F(Timeline, ATrackWithAClockOfItsOwnBeginsWithTheOther) {
  for (std::int64_t at = 0; at < 8 * kSecond; at += kFrame) {
    push(kVideo, 50'000 * kSecond + at, kFrame);
    push(kSound, at, kFrame);
  }
  end();
  EXPECT_EQ(times(kVideo).size(), 240u);
  EXPECT_EQ(times(kSound).size(), 240u);
  EXPECT_LT(std::abs(times(kVideo).back() - times(kSound).back()), kSecond);
}

TEST_F(Timeline, PicturesInAnotherOrderAreNoJump) {
  // Shown in the order 1 3 2, with and without times of decoding.
  push(kVideo, 0, kFrame, 2 * kFrame);
  push(kVideo, kFrame, kFrame, 3 * kFrame);
  push(kVideo, 2 * kFrame, kFrame, kFrame);
  for (const std::int64_t shown : {4, 14, 9, 5, 6}) {
    PacketPtr packet(av_packet_alloc());
    packet->stream_index = kVideo;
    packet->pts = shown * kFrame;
    timeline_.push(std::move(packet), *context_->streams[kVideo]);
  }
  collect();
  EXPECT_TRUE(steps_.empty());
  EXPECT_EQ(times(kVideo)[1], 4 * kFrame);
  EXPECT_EQ(times(kVideo)[4], 14 * kFrame);
}

TEST_F(Timeline, MissingAndStandingTimesGoOn) {
  for (int i = 0; i < 30; ++i) push(kSound, 0, kPacket);
  for (int i = 0; i < 30; ++i) push(kSound, {}, kPacket);
  end();
  EXPECT_EQ(times(kSound).size(), 60u);
  expect_steps_between(kSound, kPacket, kPacket);
  for (int i = 0; i < 30; ++i) push(kVideo, 0, kFrame, i % 2 == 0 ? 0 : kFrame);
  end();
  EXPECT_EQ(times(kVideo).back(), 30 * kFrame);
}

TEST_F(Timeline, AfterWrongTimesTheClockGoesOnWhereItShould) {
  push_both(0, kSecond);
  for (int i = 0; i < 10; ++i) push(kVideo, 500 * kSecond + i * kFrame, kFrame);
  push_both(kSecond + 10 * kFrame, kSecond);
  end();
  EXPECT_EQ(times(kVideo)[40], kSecond + 10 * kFrame);
}

TEST_F(Timeline, SoundAlwaysMovesOn) {
  push(kSound, 10 * kPacket, kPacket);
  push(kSound, 10 * kPacket - 100, kPacket);
  push(kSound, 10 * kPacket - 50, kPacket);
  expect_steps_between(kSound, 1, kPacket);
}

TEST_F(Timeline, HoldsOnlyASmallPart) {
  push_both(0, kSecond);
  for (std::int64_t at = 0; at < 4 * kSecond; at += kFrame) {
    push(kVideo, 3600 * kSecond + at, kFrame);
  }
  EXPECT_GE(times(kVideo).size(), 120u);
}

TEST_F(Timeline, AbsurdTimesAreMissingTimes) {
  push_both(0, kSecond);
  push(kVideo, std::numeric_limits<std::int64_t>::max() - 5, kFrame);
  push(kSound, std::numeric_limits<std::int64_t>::min() + 5, kPacket);
  push(kVideo, kSecond, std::numeric_limits<std::int64_t>::max(), kSecond * 100'000);
  end();
  EXPECT_LT(times(kSound).back(), 2 * kSecond);
}

}  // namespace
}  // namespace streamkit::media
