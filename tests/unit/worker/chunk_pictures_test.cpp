#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <streamkit/media/packet_source.hpp>
#include <streamkit/worker/depth_factory.hpp>
#include <streamkit/worker/segment_converter.hpp>

#include "media/coded_clip.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::worker {
namespace {

namespace fs = std::filesystem;
using media::CodedClip;
using media::Rgb;

// Converts a chunk that was not cut by this library to the view of the left eye, without depth.
media::ReadBack converted(const CodedClip& clip, const std::string& extension) {
  const fs::path path =
      fs::temp_directory_path() / ("streamkit-chunk-" + std::to_string(getpid()) + extension);
  media::write_clip(path, clip);
  std::ifstream file(path, std::ios::binary);
  Bytes chunk(std::istreambuf_iterator<char>(file), {});
  fs::remove(path);
  const SegmentConverter converter({}, {.preset = "ultrafast", .crf = 10}, flat_depth(0.5));
  auto segment = converter.convert(std::move(chunk), StereoMode::LeftView, {}, SegmentKind::Flat,
                                   {[] {}, {}}, {});
  if (!segment) ADD_FAILURE() << to_string(segment.error());
  return segment ? media::read_all(std::move(segment->file.data)) : media::ReadBack{};
}

void expect_shown(const VideoFrame& frame, int x, int y, const Rgb& expected, double tolerance) {
  const Rgb shown = media::shown_at(frame, x, y);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(std::clamp(shown[i], 0.0, 1.0), expected[i], tolerance)
        << "at " << x << "," << y << ", channel " << i;
  }
}

TEST(ChunkPictures, AMirroredChunkIsShownUpright) {
  CodedClip clip;
  clip.encoder = "libx264";
  clip.color = {1, 1, 1, ColorRange::Limited};
  clip.display = {{-1, 0, 0, 1}};
  clip.rgb = [](int x, int) { return x < 48 ? Rgb{1, 0, 0} : Rgb{0, 0, 1}; };
  const auto back = converted(clip, ".mp4");
  ASSERT_FALSE(back.pictures.empty());
  expect_shown(back.pictures[0], 20, 32, {0, 0, 1}, 0.1);
  expect_shown(back.pictures[0], 76, 32, {1, 0, 0}, 0.1);
}

TEST(ChunkPictures, AnRgbChunkKeepsItsColours) {
  CodedClip clip;
  clip.encoder = "libx264rgb";
  clip.pixel_format = "rgb24";
  clip.rgb = [](int x, int) { return media::color_bars(x, 96); };
  const auto back = converted(clip, ".mkv");
  ASSERT_FALSE(back.pictures.empty());
  EXPECT_EQ(back.info.video.matrix, ColorMatrix::Bt709);
  for (int x = 6; x < 96; x += 12) {
    expect_shown(back.pictures[0], x, 32, media::color_bars(x, 96), 0.05);
  }
}

TEST(ChunkPictures, TheSegmentOfATelevisionChunkStatesItsColour) {
  CodedClip clip;
  clip.encoder = "libx264";
  clip.color = {5, 6, 5, ColorRange::Limited};
  clip.rgb = [](int x, int) { return media::color_bars(x, 96); };
  const auto back = converted(clip, ".mp4");
  ASSERT_FALSE(back.pictures.empty());
  EXPECT_EQ(back.info.video.matrix, ColorMatrix::Bt601);
  EXPECT_EQ(back.info.video.primaries, ColorPrimaries::Bt601Lines625);
  expect_shown(back.pictures[0], 18, 32, {0, 1, 0}, 0.05);
}

}  // namespace
}  // namespace streamkit::worker
