#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <streamkit/capture/file_source.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "media/coded_clip.hpp"

namespace streamkit::capture {
namespace {

namespace fs = std::filesystem;
using media::CodedClip;
using media::Rgb;

class FilePictures : public ::testing::Test {
 protected:
  FilePictures()
      : folder_(fs::temp_directory_path() / ("streamkit-pictures-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~FilePictures() override { fs::remove_all(folder_); }

  std::vector<VideoFrame> capture(const fs::path& path, bool loop = false,
                                  std::size_t most = 1000) {
    auto source = open_file_source({.path = path, .loop = loop, .pacing = Pacing::AsFastAsPossible},
                                   {.logger = &log_});
    if (!source) ADD_FAILURE() << to_string(source.error());
    std::vector<VideoFrame> frames;
    while (source && frames.size() < most) {
      auto item = (*source)->read({});
      if (!item) ADD_FAILURE() << to_string(item.error());
      if (!item || std::holds_alternative<EndOfStream>(*item)) break;
      if (auto* frame = std::get_if<VideoFrame>(&*item)) frames.push_back(std::move(*frame));
    }
    return frames;
  }

  static void expect_shown(const VideoFrame& frame, int x, int y, const Rgb& expected) {
    const Rgb shown = media::shown_at(frame, x, y);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(std::clamp(shown[i], 0.0, 1.0), expected[i], 0.05)
          << "at " << x << "," << y << ", channel " << i;
    }
  }

  const fs::path folder_;
  testing::RecordingLogger log_;
};

TEST_F(FilePictures, ColoursAreShownByTheirTags) {
  for (const char* pixel_format : {"gbrp10le", "yuv420p", "yuv422p10le"}) {
    CodedClip clip;
    clip.pixel_format = pixel_format;
    clip.frames = 10;
    clip.matrix = 6;  // untagged and small
    clip.rgb = [](int x, int) { return media::color_bars(x, 96); };
    media::write_clip(folder_ / "bars.mkv", clip);
    const auto frames = capture(folder_ / "bars.mkv");
    ASSERT_EQ(frames.size(), 10u) << pixel_format;
    for (int x = 6; x < 96; x += 12) expect_shown(frames[5], x, 32, media::color_bars(x, 96));
  }
}

TEST_F(FilePictures, HdrStaysHdrIfItIsKept) {
  CodedClip clip;
  clip.encoder = "libx265";
  clip.options = R"(preset=ultrafast:x265-params=log-level=none\:max-cll=800,200)";
  clip.pixel_format = "yuv420p10le";
  clip.color = {9, 16, 9, ColorRange::Limited};
  const fs::path path = folder_ / "hdr.mp4";
  media::write_clip(path, clip);
  const auto kept = open_file_source({.path = path, .keep_hdr = true});
  ASSERT_TRUE(kept) << to_string(kept.error());
  EXPECT_EQ((*kept)->format().video.pixel_format, PixelFormat::I420P10);
  EXPECT_EQ((*kept)->format().video.transfer, ColorTransfer::Pq);
  EXPECT_EQ((*kept)->format().hdr.max_content_light_nits, 800);
  const auto item = (*kept)->read({});
  ASSERT_TRUE(item && std::holds_alternative<VideoFrame>(*item));
  EXPECT_EQ(std::get<VideoFrame>(*item).format, (*kept)->format().video);
  const auto mapped = open_file_source({.path = path});
  ASSERT_TRUE(mapped) << to_string(mapped.error());
  EXPECT_EQ((*mapped)->format().video.pixel_format, PixelFormat::I420);
}

TEST_F(FilePictures, WhatIsAssumedIsLoggedOnceEvenInALoop) {
  CodedClip clip;
  clip.frames = 5;
  media::write_clip(folder_ / "untagged.mkv", clip);
  EXPECT_EQ(capture(folder_ / "untagged.mkv", true, 23).size(), 23u);
  EXPECT_EQ(log_.count(LogLevel::Info), 1u);
}

TEST_F(FilePictures, APictureThatTurnsInMidFileKeepsItsProportions) {
  CodedClip clip;
  clip.encoder = "libx264";
  clip.options = "preset=ultrafast:qp=10";
  clip.color = {1, 1, 1, ColorRange::Limited};
  clip.frames = 25;
  clip.rgb = [](int, int) { return Rgb{0, 1, 0}; };
  media::write_clip(folder_ / "joined.ts", clip);
  std::swap(clip.width_px, clip.height_px);
  clip.start = std::chrono::seconds(1);
  media::write_clip(folder_ / "more.ts", clip);
  {
    std::ofstream joined(folder_ / "joined.ts", std::ios::binary | std::ios::app);
    joined << std::ifstream(folder_ / "more.ts", std::ios::binary).rdbuf();
  }
  const auto frames = capture(folder_ / "joined.ts");
  ASSERT_GE(frames.size(), 50u);
  expect_shown(frames[10], 4, 32, {0, 1, 0});
  expect_shown(frames[40], 4, 32, {0, 0, 0});
  expect_shown(frames[40], 48, 32, {0, 1, 0});
  expect_shown(frames[40], 92, 32, {0, 0, 0});
}

}  // namespace
}  // namespace streamkit::capture
