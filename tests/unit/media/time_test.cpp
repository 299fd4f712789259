#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <streamkit/media/media_file.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "media/media_test_support.hpp"
#include "media/retimed_file.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

constexpr int kPictures = 45;  // 1.5 s

// The clocks of files: every frame comes, from time 0 on, beside its sound.
class Time : public ::testing::Test {
 protected:
  Time() : folder_(fs::temp_directory_path() / ("streamkit-time-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
    write_video_file(folder_ / "plain.mp4", kPictures);
  }
  ~Time() override { fs::remove_all(folder_); }

  // The plain file with `seconds` added to the times of a track, or of both.
  fs::path moved(const std::string& name, double pictures_s, double sound_s) const {
    copy_retimed(folder_ / "plain.mp4", folder_ / name, [&](PacketTimes& times) {
      const double by = times.track == TrackKind::Video ? pictures_s : sound_s;
      times.pts_s += by;
      times.dts_s += by;
    });
    return folder_ / name;
  }

  ReadBack read(const fs::path& path) {
    ReadBack back;
    auto reader = open_media_file(path, {.start_at_zero = true, .context = {.logger = &logger_}});
    EXPECT_TRUE(reader) << to_string(reader.error());
    if (!reader) return back;
    back.info = (*reader)->info();
    for (auto item = (*reader)->read({}); !std::holds_alternative<EndOfStream>(*item);
         item = (*reader)->read({})) {
      if (auto* frame = std::get_if<VideoFrame>(&*item)) back.pictures.push_back(*frame);
      if (auto* packet = std::get_if<Packet>(&*item)) back.sound.push_back(*packet);
    }
    return back;
  }

  // Where the first frame is, relative to the first packet of sound.
  static double picture_after_sound(const ReadBack& back) {
    return to_seconds(back.pictures.front().pts - back.sound.front().pts);
  }

  static double start(const ReadBack& back) {
    return to_seconds(std::min(back.pictures.front().pts, back.sound.front().pts));
  }

  const fs::path folder_;
  testing::RecordingLogger logger_;
};

TEST_F(Time, EachFileStartsAtZero) {
  const double expected = picture_after_sound(read(folder_ / "plain.mp4"));
  for (const char* name : {"late.ts", "late.mkv", "late.mp4", "late.flv"}) {
    for (const double start_s : {3600.0, 50'001.0}) {
      const ReadBack back = read(moved(name, start_s, start_s));
      EXPECT_EQ(back.pictures.size(), static_cast<std::size_t>(kPictures)) << name;
      EXPECT_NEAR(start(back), 0, 0.05) << name << start_s;
      EXPECT_NEAR(picture_after_sound(back), expected, 0.03) << name << start_s;
    }
  }
  EXPECT_TRUE(logger_.lines().empty());
}

TEST_F(Time, ALateTrackKeepsItsDistance) {
  const double expected = picture_after_sound(read(folder_ / "plain.mp4"));
  for (const char* name : {"apart.mp4", "apart.mkv", "apart.ts"}) {
    EXPECT_NEAR(picture_after_sound(read(moved(name, 0, 2))), expected - 2, 0.03) << name;
    EXPECT_NEAR(picture_after_sound(read(moved(name, 2, 0))), expected + 2, 0.03) << name;
  }
}

TEST_F(Time, JoinedFilesFollowEachOtherInStep) {
  const fs::path one = moved("one.ts", 0, 0);
  const fs::path hour = moved("hour.ts", 3600, 3600);
  const fs::path early = moved("early.ts", 20, 20);
  const fs::path joined = folder_ / "joined.ts";
  join_files({one, hour, early}, joined);
  const ReadBack alone = read(one);
  const ReadBack back = read(joined);
  ASSERT_EQ(back.pictures.size(), 3u * kPictures);
  EXPECT_EQ(logger_.lines().size(), 2u);
  EXPECT_NEAR(to_seconds(back.pictures.back().pts), 4.5, 0.15);
  for (std::size_t i = 1; i < back.pictures.size(); ++i) {
    const double step = to_seconds(back.pictures[i].pts - back.pictures[i - 1].pts);
    EXPECT_GT(step, 0.03) << i;
    EXPECT_LT(step, 0.12) << i;
  }
  ASSERT_EQ(back.sound.size(), 3 * alone.sound.size());
  for (std::size_t part = 0; part < 3; ++part) {
    const MediaTime apart =
        back.pictures[part * kPictures].pts - back.sound[part * alone.sound.size()].pts;
    EXPECT_NEAR(to_seconds(apart), picture_after_sound(alone), 0.001) << part;
  }
}

TEST_F(Time, ACounterThatOverflowsIsNoJump) {
  const double before_overflow = (1LL << 33) / 90'000.0 - 0.7;
  const ReadBack back = read(moved("overflow.ts", before_overflow, before_overflow));
  EXPECT_EQ(back.pictures.size(), static_cast<std::size_t>(kPictures));
  EXPECT_NEAR(to_seconds(back.pictures.back().pts), 1.5, 0.1);
}

TEST_F(Time, AStillPictureKeepsItsLength) {
  copy_retimed(folder_ / "plain.mp4", folder_ / "still.mkv", [](PacketTimes& times) {
    times.left_out = times.track == TrackKind::Audio;
    if (times.pts_s < 0.5) return;
    times.pts_s += 30;
    times.dts_s += 30;
  });
  const ReadBack back = read(folder_ / "still.mkv");
  EXPECT_EQ(back.pictures.size(), static_cast<std::size_t>(kPictures));
  EXPECT_NEAR(to_seconds(back.pictures.back().pts), 31.5, 0.1);
}

TEST_F(Time, AFileWithoutPresentationTimesShowsItsFramesInOrder) {
  // By way of MPEG-TS, whose form of H.264 is that of AVI.
  copy_retimed(moved("plain.ts", 0, 0), folder_ / "plain.avi");
  const ReadBack back = read(folder_ / "plain.avi");
  ASSERT_EQ(back.pictures.size(), static_cast<std::size_t>(kPictures));
  for (std::size_t i = 1; i < back.pictures.size(); ++i) {
    EXPECT_NEAR(to_seconds(back.pictures[i].pts - back.pictures[i - 1].pts), 1 / 30.0, 0.002) << i;
  }
  EXPECT_NEAR(picture_after_sound(back), 0, 0.04);
}

TEST_F(Time, FramesOfTheSameTimeAreAllKept) {
  copy_retimed(folder_ / "plain.mp4", folder_ / "twice.mkv", [](PacketTimes& times) {
    if (times.track == TrackKind::Video) times.pts_s = std::floor(times.pts_s * 15) / 15;
  });
  const ReadBack back = read(folder_ / "twice.mkv");
  EXPECT_EQ(back.pictures.size(), static_cast<std::size_t>(kPictures));
  EXPECT_NEAR(to_seconds(back.pictures.back().pts), 1.5, 0.1);
}

TEST_F(Time, AChunkWithAJumpKeepsItsStart) {
  join_files({moved("one.ts", 20, 20), moved("hour.ts", 3600, 3600)}, folder_ / "joined.ts");
  std::ifstream file(folder_ / "joined.ts", std::ios::binary);
  const ReadBack back = read_all(Bytes(std::istreambuf_iterator<char>(file), {}));
  ASSERT_EQ(back.pictures.size(), 2u * kPictures);
  const double first = to_seconds(back.pictures.front().pts);
  EXPECT_NEAR(first, 20, 0.2);
  EXPECT_NEAR(to_seconds(back.info.start), first, 0.01);
  EXPECT_NEAR(to_seconds(back.pictures.back().pts), first + 3, 0.1);
}

TEST_F(Time, AChunkKeepsItsPlace) {
  const fs::path late = moved("chunk.mp4", 10, 10);
  auto reader = open_media_file(late);
  ASSERT_TRUE(reader);
  EXPECT_NEAR(to_seconds((*reader)->info().start), 10, 0.1);
}

TEST_F(Time, SoundOfAStreamOfBytesHasItsConfiguration) {
  const ReadBack back = read(moved("adts.ts", 0, 0));
  EXPECT_EQ(back.info.audio->codec_config, (Bytes{0x11, 0x90}));  // AAC-LC, 48 kHz, 2 channels
  EXPECT_NE(back.sound.front().data.front(), 0xFF);
}

}  // namespace
}  // namespace streamkit::media
