#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <streamkit/capture/file_source.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <thread>

#include "media/media_test_support.hpp"
#include "media/retimed_file.hpp"

namespace streamkit::capture {
namespace {

namespace fs = std::filesystem;

struct Captured {
  SourceFormat format;
  std::size_t pictures = 0;
  std::size_t different = 0;  // pictures that are no repetition of the one before
  std::int64_t samples = 0;
  double loud_from_s = -1;  // where the tone begins
};

// The clocks and rates of files, as a capture sees them.
class FileTime : public ::testing::Test {
 protected:
  FileTime()
      : folder_(fs::temp_directory_path() / ("streamkit-rate-" + std::to_string(::getpid()))) {
    std::signal(SIGPIPE, SIG_IGN);
    fs::create_directories(folder_);
  }
  ~FileTime() override { fs::remove_all(folder_); }

  // Pictures at the given times, and a tone.
  fs::path write_file(const std::string& name, const std::vector<double>& times,
                      std::int64_t sound_samples, FrameRate stated = {30, 1},
                      AudioFormat sound = {}) const {
    media::EncoderOptions options;
    options.chunk_duration = MediaTime{0};
    options.preset = "ultrafast";
    const VideoFormat format = media::small_format(stated);
    auto encoder = media::open_encoder(options, format, sound);
    auto muxer = media::FileMuxer::create(folder_ / name);
    EXPECT_TRUE((*muxer)->open((*encoder)->tracks()));
    const auto write = [&](Result<std::vector<Packet>> packets) {
      for (Packet& packet : *packets) EXPECT_TRUE((*muxer)->write(std::move(packet)));
    };
    for (std::size_t n = 0; n < times.size(); ++n) {
      VideoFrame picture = media::make_picture(format, static_cast<std::int64_t>(n));
      picture.pts = from_seconds(times[n]);
      write((*encoder)->push(picture));
    }
    for (std::int64_t at = 0; at < sound_samples; at += 1024) {
      write((*encoder)->push(media::make_tone(
          at, static_cast<int>(std::min<std::int64_t>(1024, sound_samples - at)), sound)));
    }
    write((*encoder)->flush());
    EXPECT_TRUE((*muxer)->finish());
    return folder_ / name;
  }

  static std::vector<double> regular(double hz, int count) {
    std::vector<double> times;
    for (int n = 0; n < count; ++n) times.push_back(n / hz);
    return times;
  }

  fs::path moved(const fs::path& from, const std::string& name, double pictures_s,
                 double sound_s) const {
    media::copy_retimed(from, folder_ / name, [&](media::PacketTimes& times) {
      const double by = times.track == TrackKind::Video ? pictures_s : sound_s;
      times.pts_s += by;
      times.dts_s += by;
    });
    return folder_ / name;
  }

  Captured capture(FileSourceOptions options) {
    options.pacing = Pacing::AsFastAsPossible;
    Captured captured;
    auto source = open_file_source(options, {.logger = &logger_});
    EXPECT_TRUE(source) << to_string(source.error());
    if (!source) return captured;
    captured.format = (*source)->format();
    const std::uint8_t* last = nullptr;
    while (captured.pictures < 20'000) {
      auto item = (*source)->read({});
      EXPECT_TRUE(item) << to_string(item.error());
      if (!item || std::holds_alternative<EndOfStream>(*item)) break;
      if (const auto* frame = std::get_if<VideoFrame>(&*item)) {
        ++captured.pictures;
        if (frame->planes[0].data != last) ++captured.different;
        last = frame->planes[0].data;
        continue;
      }
      const auto& sound = std::get<AudioFrame>(*item);
      const bool loud =
          std::abs(sound.samples[static_cast<std::size_t>(sound.sample_count) / 2]) +
              std::abs(sound.samples[static_cast<std::size_t>(sound.sample_count) / 3]) >
          0.01F;
      if (loud && captured.loud_from_s < 0) captured.loud_from_s = to_seconds(sound.pts);
      captured.samples += sound.sample_count;
    }
    return captured;
  }

  const fs::path folder_;
  testing::RecordingLogger logger_;
};

TEST_F(FileTime, JoinedFilesAreAsLongAsTheirParts) {
  const fs::path plain = write_file("plain.mp4", regular(30, 60), 96'000);
  const fs::path joined = folder_ / "joined.ts";
  media::join_files({moved(plain, "one.ts", 0, 0), moved(plain, "hour.ts", 3600, 3600),
                     moved(plain, "back.ts", 7, 7)},
                    joined);
  const Captured captured = capture({.path = joined});
  EXPECT_NEAR(static_cast<double>(captured.pictures), 180, 6);
  EXPECT_NEAR(static_cast<double>(captured.samples), 288'000, 9600);
  EXPECT_EQ(captured.format.video.frame_rate, (FrameRate{30, 1}));
  EXPECT_EQ(logger_.count(LogLevel::Warning), 2u);
  EXPECT_TRUE(logger_.mentions("jump"));
}

TEST_F(FileTime, SoundThatBeginsLaterKeepsItsDistance) {
  const fs::path plain = write_file("plain.mp4", regular(30, 60), 96'000);
  for (const char* name : {"apart.ts", "apart.mp4", "apart.mkv"}) {
    EXPECT_NEAR(capture({.path = moved(plain, name, 0, 2)}).loud_from_s, 2, 0.05) << name;
  }
}

TEST_F(FileTime, SoundOfAnotherRateThatBeginsLaterIsWhole) {
  const fs::path plain =
      write_file("plain.mp4", regular(30, 60), 2 * 44'100, {30, 1}, {.sample_rate_hz = 44'100});
  const Captured captured = capture({.path = moved(plain, "apart.mkv", 0, 3)});
  EXPECT_NEAR(captured.loud_from_s, 3, 0.05);
  EXPECT_NEAR(static_cast<double>(captured.samples) / 48'000, 5, 0.06);
}

TEST_F(FileTime, SoundThatOutlastsThePicturesIsWhole) {
  for (const FrameRate rate : {FrameRate{25, 1}, FrameRate{50, 1}, FrameRate{60, 1}}) {
    const fs::path path = write_file("outlasts.mp4", regular(rate.hz(), 40), 4 * 48'000, rate);
    const Captured captured = capture({.path = path});
    EXPECT_NEAR(to_seconds(rate.time_of(static_cast<std::int64_t>(captured.pictures))), 4, 0.05)
        << to_string(rate);
    EXPECT_NEAR(static_cast<double>(captured.samples) / 48'000, 4, 0.05) << to_string(rate);
  }
}

TEST_F(FileTime, ABurstKeepsEachPicture) {
  std::vector<double> times;
  for (int n = 0; n < 4; ++n) times.push_back(n * 0.5);
  for (int n = 0; n < 60; ++n) times.push_back(2 + n / 60.0 + (n * 7 % 5 - 2) * 0.001);
  for (int n = 0; n < 4; ++n) times.push_back(3.2 + n * 0.5);
  for (const char* name : {"burst.mp4", "burst.mkv"}) {
    const fs::path path = write_file(name, times, 48'000, {15, 1});
    const Captured captured = capture({.path = path});
    EXPECT_GT(captured.format.video.frame_rate.hz(), 59.9) << name;
    EXPECT_GE(captured.different, times.size()) << name;
    const Captured average = capture({.path = path, .stated_rate = true});
    EXPECT_LT(average.format.video.frame_rate.hz(), 31) << name;
  }
}

TEST_F(FileTime, ALongStillPictureIsRepeatedNoLongerThanItIsShown) {
  std::vector<double> times = regular(10, 10);
  for (int n = 0; n < 10; ++n) times.push_back(31 + n / 10.0);
  const Captured captured = capture({.path = write_file("still.mp4", times, 0, {10, 1})});
  EXPECT_NEAR(static_cast<double>(captured.pictures) / captured.format.video.frame_rate.hz(), 32,
              0.2);
}

TEST_F(FileTime, ALongGapInTheSoundIsSilence) {
  const fs::path plain = write_file("plain.mp4", regular(30, 240), 8 * 48'000);
  media::copy_retimed(plain, folder_ / "gap.mkv", [](media::PacketTimes& times) {
    times.left_out = times.track == TrackKind::Audio && times.pts_s < 6 && times.pts_s > 1;
  });
  const Captured captured = capture({.path = folder_ / "gap.mkv"});
  EXPECT_NEAR(static_cast<double>(captured.samples) / 48'000, 8, 0.05);
}

TEST_F(FileTime, APipeIsCapturedOnce) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const fs::path plain = write_file("plain.mp4", regular(30, 60), 96'000);
  {
    const std::jthread feeder([&] {
      std::ofstream(pipe, std::ios::binary) << std::ifstream(plain, std::ios::binary).rdbuf();
    });
    const Captured captured = capture({.path = pipe});
    EXPECT_NEAR(static_cast<double>(captured.pictures), 60, 2);
    EXPECT_NEAR(captured.loud_from_s, 0, 0.05);
  }
  const std::jthread feeder([&] {
    std::ofstream(pipe, std::ios::binary) << std::ifstream(plain, std::ios::binary).rdbuf();
  });
  const auto source = open_file_source({.path = pipe, .loop = true});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::capture
