#include <gtest/gtest.h>

#include <streamkit/core/timeline_fitter.hpp>

namespace streamkit {
namespace {

using std::chrono::milliseconds;

class Collector final : public PacketSink {
 public:
  Result<void> open(const Tracks&) override { return {}; }
  Result<void> write(Packet packet) override {
    (packet.track == TrackKind::Video ? video : sound).push_back(std::move(packet));
    return {};
  }
  std::vector<Packet> video;
  std::vector<Packet> sound;
};

Packet packet(TrackKind track, MediaTime pts, MediaTime duration) {
  Packet made;
  made.track = track;
  made.pts = made.dts = pts;
  made.duration = duration;
  return made;
}

constexpr MediaTime kFrame = milliseconds(40);
constexpr MediaTime kSound = milliseconds(20);

// One second of pictures from 0, and sound from `sound_from` to `sound_to`.
void write_chunk(TimelineFitter& fitter, MediaTime sound_from, MediaTime sound_to) {
  for (MediaTime t{0}; t < milliseconds(1000); t += kFrame) {
    ASSERT_TRUE(fitter.write(packet(TrackKind::Video, t, kFrame)));
  }
  for (MediaTime t = sound_from; t < sound_to; t += kSound) {
    ASSERT_TRUE(fitter.write(packet(TrackKind::Audio, t, kSound)));
  }
  ASSERT_TRUE(fitter.finish());
}

TEST(TimelineFitter, LeavesAChunkOfOneStreamAsItIs) {
  Collector out;
  TimelineFitter fitter(out, {});
  write_chunk(fitter, milliseconds(7), milliseconds(1100));
  EXPECT_EQ(out.video.front().pts, MediaTime{0});
  EXPECT_EQ(out.sound.front().pts, MediaTime(milliseconds(7)));
  EXPECT_EQ(out.sound.size(), 55u);
}

TEST(TimelineFitter, TakesSoundBeforeZeroForPriming) {
  Collector out;
  TimelineFitter fitter(out, {});
  write_chunk(fitter, milliseconds(-20), milliseconds(1100));
  EXPECT_EQ(out.sound.front().pts, MediaTime{0});
  EXPECT_EQ(out.sound.size(), 50u);
}

TEST(TimelineFitter, AShortenedLastPacketCountsInFull) {
  Collector out;
  TimelineFitter fitter(out, {MediaTime{0}, MediaTime{0}});
  ASSERT_TRUE(fitter.write(packet(TrackKind::Video, MediaTime{0}, kFrame)));
  ASSERT_TRUE(fitter.write(packet(TrackKind::Audio, MediaTime{0}, kSound)));
  ASSERT_TRUE(fitter.write(packet(TrackKind::Audio, kSound, milliseconds(3))));
  ASSERT_TRUE(fitter.finish());
  ASSERT_EQ(out.sound.size(), 2u);
  EXPECT_EQ(out.sound.back().duration, kSound);
}

TEST(TimelineFitter, MovesPicturesAndSoundToTheirPlace) {
  Collector out;
  TimelineFitter fitter(out, {milliseconds(5000), milliseconds(5000)});
  write_chunk(fitter, MediaTime{0}, milliseconds(1000));
  EXPECT_EQ(out.video.front().dts, MediaTime(milliseconds(5000)));
  EXPECT_EQ(out.sound.front().pts, MediaTime(milliseconds(5000)));
  EXPECT_EQ(out.sound.size(), 50u);
}

TEST(TimelineFitter, DropsPrimingAndSoundBeyondThePictures) {
  Collector out;
  TimelineFitter fitter(out, {MediaTime{0}, MediaTime{0}});
  write_chunk(fitter, milliseconds(-20), milliseconds(1200));
  EXPECT_EQ(out.sound.front().pts, MediaTime{0});
  EXPECT_EQ(out.sound.back().pts + kSound, MediaTime(milliseconds(1000)));
}

TEST(TimelineFitter, ClosesUpToTheSoundBeforeAndNeverDrifts) {
  MediaTime sound_end{0};
  for (int chunk = 0; chunk < 200; ++chunk) {
    Collector out;
    const MediaTime start = milliseconds(1000) * chunk;
    TimelineFitter fitter(out, {start, sound_end});
    write_chunk(fitter, milliseconds(-13), milliseconds(1040));
    ASSERT_FALSE(out.sound.empty());
    EXPECT_EQ(out.sound.front().pts, sound_end);
    for (std::size_t i = 1; i < out.sound.size(); ++i) {
      EXPECT_EQ(out.sound[i].pts, out.sound[i - 1].pts + kSound);
    }
    sound_end = out.sound.back().pts + kSound;
    EXPECT_LE(std::chrono::abs(sound_end - start - milliseconds(1000)), kSound);
  }
}

TEST(TimelineFitter, KeepsATrueGapInTheSound) {
  Collector out;
  TimelineFitter fitter(out, {MediaTime{0}, MediaTime{0}});
  write_chunk(fitter, milliseconds(400), milliseconds(1000));
  EXPECT_EQ(out.sound.front().pts, MediaTime(milliseconds(400)));
}

}  // namespace
}  // namespace streamkit
