#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

class FfmpegLogTest : public ::testing::Test {
 protected:
  FfmpegLogTest()
      : folder_(fs::temp_directory_path() / ("streamkit-silence-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~FfmpegLogTest() override { fs::remove_all(folder_); }

  // Encodes, scales and muxes half a second with audio.
  Bytes make_video(const std::string& name, ColorRange range = ColorRange::Limited) const {
    EncoderOptions options;
    options.chunk_duration = MediaTime{0};
    options.preset = "veryfast";
    options.height_px = 48;
    VideoFormat format = small_format();
    format.range = range;
    auto encoder = open_encoder(options, format, AudioFormat{});
    auto muxer = FileMuxer::create(folder_ / name);
    EXPECT_TRUE((*muxer)->open((*encoder)->tracks()));
    for (Packet& packet : encode(**encoder, format, 15)) {
      EXPECT_TRUE((*muxer)->write(std::move(packet)));
    }
    EXPECT_TRUE((*muxer)->finish());
    std::ifstream file(folder_ / name, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
  }

  // Reads to the end of what can be read.
  static void read(Bytes bytes) {
    auto reader = open_media_bytes(std::move(bytes));
    if (!reader) return;
    for (auto item = (*reader)->read({}); item; item = (*reader)->read({})) {
      if (std::holds_alternative<EndOfStream>(*item)) return;
    }
  }

  // Every kind of damage that a stranger's file has: cut off, overwritten, and not media at all.
  void read_damaged() const {
    for (const char* name : {"damaged.mp4", "damaged.mkv"}) {
      const Bytes whole = make_video(name);
      for (const std::size_t part : {std::size_t{40}, whole.size() / 2, whole.size() - 100}) {
        read(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(part)));
      }
      for (const std::size_t step : {std::size_t{31}, std::size_t{97}, std::size_t{1001}}) {
        Bytes overwritten = whole;
        for (std::size_t i = 2 * step; i < overwritten.size(); i += step) overwritten[i] ^= 0x5A;
        read(std::move(overwritten));
      }
    }
    read(Bytes(100'000, 0x47));
    std::ofstream(folder_ / "text.txt") << "no media";
    EXPECT_FALSE(open_media_file(folder_ / "text.txt"));
    EXPECT_FALSE(read_rgb_picture(folder_ / "text.txt"));
    EXPECT_FALSE(FileMuxer::create(folder_ / "name.unknown"));
    EXPECT_FALSE(open_encoder({.preset = "unknown"}, small_format()));
  }

  // What `work` writes to the process's standard error stream.
  template <typename Work>
  static std::string printed_by(Work&& work) {
    ::testing::internal::CaptureStderr();
    work();
    return ::testing::internal::GetCapturedStderr();
  }

  const fs::path folder_;
};

TEST_F(FfmpegLogTest, NothingIsPrintedAboutGoodMedia) {
  EXPECT_EQ(printed_by([&] {
              for (const char* name : {"good.mp4", "good.mkv"}) read(make_video(name));
              read(make_video("full_range.mp4", ColorRange::Full));
            }),
            "");
}

TEST_F(FfmpegLogTest, NothingIsPrintedAboutStillPictures) {
  RgbPicture picture{16, 8, {}};
  for (auto& plane : picture.planes) plane.assign(16 * 8, 100);
  EXPECT_EQ(printed_by([&] {
              EXPECT_TRUE(write_png(folder_ / "still.png", picture));
              EXPECT_TRUE(read_rgb_picture(folder_ / "still.png"));
              make_video("full_range.mp4", ColorRange::Full);
              EXPECT_TRUE(read_rgb_picture(folder_ / "full_range.mp4"));
              make_video("limited_range.mp4");
              EXPECT_TRUE(read_rgb_picture(folder_ / "limited_range.mp4"));
            }),
            "");
}

TEST_F(FfmpegLogTest, NothingIsPrintedAboutDamagedMedia) {
  EXPECT_EQ(printed_by([&] { read_damaged(); }), "");
}

TEST_F(FfmpegLogTest, ALoggerIsGivenTheLinesWithTheirLevels) {
  testing::RecordingLogger logger;
  EXPECT_EQ(printed_by([&] {
              const FfmpegLog log(&logger);
              read_damaged();
            }),
            "");
  EXPECT_GT(logger.count(LogLevel::Error), 0u);
  EXPECT_TRUE(logger.mentions("[mov,mp4")) << "of the container";
  EXPECT_TRUE(logger.mentions("[h264 @")) << "of the decoder";
  EXPECT_EQ(logger.count(LogLevel::Info) + logger.count(LogLevel::Debug), 0u);
}

TEST_F(FfmpegLogTest, IsSilentAgainWhenTheLoggerIsGone) {
  testing::RecordingLogger logger;
  EXPECT_EQ(printed_by([&] {
              { const FfmpegLog log(&logger); }
              read_damaged();
            }),
            "");
  EXPECT_TRUE(logger.lines().empty());
}

}  // namespace
}  // namespace streamkit::media
