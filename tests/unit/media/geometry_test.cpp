#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <streamkit/media/decoder.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/packet_source.hpp>

#include "media/coded_clip.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

constexpr Rgb kRed{1, 0, 0};
constexpr Rgb kGreen{0, 1, 0};
constexpr Rgb kBlue{0, 0, 1};
constexpr Rgb kWhite{1, 1, 1};
constexpr Rgb kBlack{0, 0, 0};

// Red, green, blue and white in the corners, from the top left on.
Rgb quarters(int x, int y, int width = 96, int height = 64) {
  const bool right = x >= width / 2;
  if (y < height / 2) return right ? kGreen : kRed;
  return right ? kWhite : kBlue;
}

class Geometry : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("streamkit-geometry-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static CodedClip h264(int width = 96, int height = 64) {
    CodedClip clip;
    clip.encoder = "libx264";
    clip.options = "preset=ultrafast:qp=10";
    clip.width_px = width;
    clip.height_px = height;
    clip.color = {1, 1, 1, ColorRange::Limited};
    clip.rgb = [width, height](int x, int y) { return quarters(x, y, width, height); };
    return clip;
  }

  Bytes bytes_of(const CodedClip& clip, const std::string& name) const {
    write_clip(folder_ / name, clip);
    std::ifstream file(folder_ / name, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
  }

  // One second of each as one stream.
  Bytes joined(CodedClip first, CodedClip second) const {
    first.frames = second.frames = 25;
    second.start = std::chrono::seconds(1);
    Bytes file = bytes_of(first, "one.ts");
    const Bytes more = bytes_of(second, "two.ts");
    file.insert(file.end(), more.begin(), more.end());
    return file;
  }

  static void expect_shown(const VideoFrame& frame, int x, int y, const Rgb& expected,
                           const std::string& what) {
    const Rgb shown = shown_at(frame, x, y);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(std::clamp(shown[i], 0.0, 1.0), expected[i], 0.1)
          << what << " at " << x << "," << y << ", channel " << i;
    }
  }

  fs::path folder_;
};

TEST_F(Geometry, AllEightOrientationsOfADisplayMatrixAreShownUpright) {
  for (const std::array<int, 4>& m : {std::array{1, 0, 0, 1},
                                      {-1, 0, 0, 1},
                                      {1, 0, 0, -1},
                                      {-1, 0, 0, -1},
                                      {0, 1, 1, 0},
                                      {0, 1, -1, 0},
                                      {0, -1, 1, 0},
                                      {0, -1, -1, 0}}) {
    CodedClip clip = h264();
    clip.display = m;
    const std::string what =
        std::to_string(m[0]) + std::to_string(m[1]) + std::to_string(m[2]) + std::to_string(m[3]);
    const Bytes file = bytes_of(clip, "turned.mp4");
    const ReadBack back = read_all(file);
    ASSERT_EQ(back.pictures.size(), 3u) << what;
    const VideoFormat& format = back.info.video;
    EXPECT_EQ(format.width_px, m[0] == 0 ? 64 : 96) << what;
    EXPECT_EQ(format.height_px, m[0] == 0 ? 96 : 64) << what;
    for (const int x : {-1, 1}) {
      for (const int y : {-1, 1}) {
        const int shown_x = m[0] * x + m[2] * y;
        const int shown_y = m[1] * x + m[3] * y;
        expect_shown(back.pictures[1], format.width_px * (2 + shown_x) / 4,
                     format.height_px * (2 + shown_y) / 4, quarters(48 + 24 * x, 32 + 16 * y),
                     what);
      }
    }
    auto source = open_packet_source(file);
    const auto decoder = open_decoder(*(*source)->tracks().video);
    const auto frames = decode(**decoder, read_packets(**source));
    ASSERT_EQ(frames.size(), 3u) << what;
    EXPECT_TRUE(same_pixels(frames[1], back.pictures[1])) << what;
  }
}

Bytes with_clean_aperture(const Bytes& file, const std::array<std::uint32_t, 8>& fractions) {
  Bytes box = {0, 0, 0, 40, 'c', 'l', 'a', 'p'};
  for (const std::uint32_t value : fractions) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      box.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
  return with_sample_entry_box(file, box);
}

TEST_F(Geometry, ACleanApertureIsCutOut) {
  // 64x32, 8 px right of the centre and 4 px above it: from (24, 12) to (88, 44).
  const Bytes file = with_clean_aperture(bytes_of(h264(), "clap.mp4"),
                                         {64, 1, 64, 2, 8, 1, static_cast<std::uint32_t>(-4), 1});
  const ReadBack back = read_all(file);
  ASSERT_EQ(back.pictures.size(), 3u);
  EXPECT_EQ(back.info.video.width_px, 64);
  EXPECT_EQ(back.info.video.height_px, 32);
  expect_shown(back.pictures[1], 20, 16, kRed, "left of the middle");
  expect_shown(back.pictures[1], 28, 16, kGreen, "right of the middle");
  expect_shown(back.pictures[1], 20, 24, kBlue, "below the middle");
  auto source = open_packet_source(file);
  EXPECT_EQ((*source)->tracks().video->crop, (PictureCrop{24, 12, 8, 20}));
  const auto decoder = open_decoder(*(*source)->tracks().video);
  EXPECT_TRUE(same_pixels(decode(**decoder, read_packets(**source))[1], back.pictures[1]));
}

TEST_F(Geometry, ACleanApertureOfOblongPixelsIsStretchedAfterwards) {
  CodedClip clip = h264();
  clip.aspect = {2, 1};
  const Bytes file = with_clean_aperture(bytes_of(clip, "clap.mp4"), {64, 1, 32, 1, 8, 1, 0, 1});
  const ReadBack back = read_all(file);
  ASSERT_EQ(back.pictures.size(), 3u);
  EXPECT_EQ(back.info.video.width_px, 128);
  EXPECT_EQ(back.info.video.height_px, 32);
  expect_shown(back.pictures[1], 40, 12, kRed, "left of the middle");
  expect_shown(back.pictures[1], 56, 12, kGreen, "right of the middle");
  auto source = open_packet_source(file);
  const auto decoder = open_decoder(*(*source)->tracks().video);
  EXPECT_TRUE(same_pixels(decode(**decoder, read_packets(**source))[1], back.pictures[1]));
}

TEST_F(Geometry, ACleanApertureThatDoesNotFitIsIgnored) {
  const Bytes plain = bytes_of(h264(), "clap.mp4");
  for (const std::array<std::uint32_t, 8>& fractions :
       {std::array<std::uint32_t, 8>{200, 1, 64, 1, 0, 1, 0, 1},
        {64, 0, 32, 1, 0, 1, 0, 1},
        {64, 1, 32, 1, 60, 1, 0, 1},
        {0, 1, 0, 1, 0, 1, 0, 1}}) {
    const ReadBack back = read_all(with_clean_aperture(plain, fractions));
    EXPECT_EQ(back.info.video.width_px, 96);
    EXPECT_EQ(back.pictures.size(), 3u);
  }
}

TEST_F(Geometry, ADamagedIndexIsReadWithoutHarm) {
  const Bytes whole = with_clean_aperture(bytes_of(h264(), "clap.mp4"), {64, 1, 32, 1, 0, 1, 0, 1});
  const std::string index = "moov";
  const auto at = std::search(whole.begin(), whole.end(), index.begin(), index.end());
  for (auto i = static_cast<std::size_t>(at - whole.begin()); i < whole.size(); i += 3) {
    Bytes damaged = whole;
    damaged[i] ^= 0xFF;
    auto reader = open_media_bytes(std::move(damaged));
    if (!reader) continue;
    EXPECT_GE((*reader)->info().video.width_px, 2);
    auto item = (*reader)->read({});
    EXPECT_TRUE(item || !item.error().message.empty());
  }
}

TEST_F(Geometry, PixelsBecomeSquareWhoeverStatesTheirShape) {
  CodedClip clip = h264();
  clip.aspect = {2, 1};
  clip.frames = 25;
  for (const char* name : {"container.mp4", "container.mkv", "codec.ts"}) {
    const ReadBack back = read_all(bytes_of(clip, name));
    EXPECT_EQ(back.info.video.width_px, 192) << name;
    EXPECT_EQ(back.info.video.height_px, 64) << name;
    ASSERT_EQ(back.pictures.size(), 25u) << name;
    expect_shown(back.pictures[1], 80, 16, kRed, name);
    expect_shown(back.pictures[1], 112, 48, kWhite, name);
    expect_shown(back.pictures[1], 4, 4, kRed, name);
  }
}

TEST_F(Geometry, LaterFramesOfAnotherShapeKeepItBetweenBars) {
  const CodedClip second = h264(64, 96);
  const ReadBack back = read_all(joined(h264(), second));
  ASSERT_EQ(back.pictures.size(), 50u);
  expect_shown(back.pictures[1], 4, 4, kRed, "first");
  // 64x96 becomes 42x64 in the middle of 96x64.
  expect_shown(back.pictures[26], 20, 32, kBlack, "left bar");
  expect_shown(back.pictures[26], 76, 32, kBlack, "right bar");
  expect_shown(back.pictures[26], 34, 8, kRed, "second");
  expect_shown(back.pictures[26], 62, 56, kWhite, "second");
}

TEST_F(Geometry, LaterFramesOfOtherPixelsKeepTheirShape) {
  CodedClip second = h264();
  second.aspect = {2, 1};
  const ReadBack back = read_all(joined(h264(), second));
  ASSERT_EQ(back.pictures.size(), 50u);
  expect_shown(back.pictures[1], 48 - 20, 4, kRed, "first");
  // 192x64 becomes 96x32 in the middle of 96x64.
  expect_shown(back.pictures[26], 28, 8, kBlack, "upper bar");
  expect_shown(back.pictures[26], 28, 56, kBlack, "lower bar");
  expect_shown(back.pictures[26], 28, 20, kRed, "second");
  expect_shown(back.pictures[26], 68, 44, kWhite, "second");
}

TEST_F(Geometry, ACodecWithoutDecoderIsNamed) {
  Bytes file = bytes_of(h264(), "unknown.mp4");
  const std::string name = "avc1";
  const auto at = std::search(file.begin(), file.end(), name.begin(), name.end(),
                              [](std::uint8_t a, char b) { return a == b; });
  ASSERT_NE(at, file.end());
  // The brand of the file has the same name, before.
  const auto entry = std::search(at + 4, file.end(), name.begin(), name.end(),
                                 [](std::uint8_t a, char b) { return a == b; });
  ASSERT_NE(entry, file.end());
  std::copy_n("vvc1", 4, entry);
  const auto reader = open_media_bytes(file);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::Unsupported);
  EXPECT_NE(reader.error().message.find("no decoder for the codec"), std::string::npos)
      << reader.error().message;
  EXPECT_NE(reader.error().message.find("vvc"), std::string::npos) << reader.error().message;
}

}  // namespace
}  // namespace streamkit::media
