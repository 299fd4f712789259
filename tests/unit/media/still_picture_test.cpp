#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/media/still_picture.hpp>

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

class StillPicture : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("streamkit-still-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

RgbPicture colorful(int width, int height) {
  RgbPicture picture{width, height, {}};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (int i = 0; i < width * height; ++i) {
      picture.planes[channel].push_back(
          static_cast<std::uint8_t>(i * 31 + static_cast<int>(channel) * 77));
    }
  }
  return picture;
}

TEST_F(StillPicture, ColoursComeBackAsTheyWere) {
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 5}, {101, 64}}) {
    const RgbPicture picture = colorful(width, height);
    ASSERT_TRUE(write_png(folder_ / "colour.png", picture));
    const auto again = read_rgb_picture(folder_ / "colour.png");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->width_px, width);
    EXPECT_EQ(again->height_px, height);
    EXPECT_EQ(again->planes, picture.planes);
  }
}

TEST_F(StillPicture, SixteenBitsComeBackAsTheyWere) {
  Gray16Picture picture{37, 20, {}};
  for (int i = 0; i < 37 * 20; ++i) picture.values.push_back(static_cast<std::uint16_t>(i * 977));
  ASSERT_TRUE(write_png(folder_ / "grey.png", picture));
  const auto again = read_gray16_picture(folder_ / "grey.png");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->width_px, 37);
  EXPECT_EQ(again->height_px, 20);
  EXPECT_EQ(again->values, picture.values);
}

TEST_F(StillPicture, EightBitsAreNoSixteen) {
  ASSERT_TRUE(write_png(folder_ / "colour.png", colorful(4, 4)));
  const auto grey = read_gray16_picture(folder_ / "colour.png");
  ASSERT_FALSE(grey);
  EXPECT_EQ(grey.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(grey.error().message.find("16 bits"), std::string::npos);
}

TEST_F(StillPicture, SaysWhatCannotBeRead) {
  EXPECT_EQ(read_rgb_picture(folder_ / "absent.png").error().code, ErrorCode::NotFound);
  EXPECT_EQ(read_rgb_picture(folder_).error().code, ErrorCode::InvalidArgument);
  std::ofstream(folder_ / "text.png") << "no picture at all";
  EXPECT_FALSE(read_rgb_picture(folder_ / "text.png"));
  ASSERT_TRUE(write_png(folder_ / "cut.png", colorful(64, 64)));
  fs::resize_file(folder_ / "cut.png", 40);
  EXPECT_FALSE(read_rgb_picture(folder_ / "cut.png"));
}

TEST_F(StillPicture, WritesAllOrNothing) {
  RgbPicture wrong = colorful(4, 4);
  wrong.planes[2].pop_back();
  EXPECT_EQ(write_png(folder_ / "a.png", wrong).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(write_png(folder_ / "a.png", Gray16Picture{2, 2, {1}}).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ(write_png(folder_ / "a.png", RgbPicture{}).error().code, ErrorCode::InvalidArgument);
  EXPECT_FALSE(write_png(folder_ / "no" / "a.png", colorful(2, 2)));
  EXPECT_TRUE(fs::is_empty(folder_));
}

// Pure red at the brightness of video: Y, Cb and Cr by the matrix of HD video.
TEST_F(StillPicture, AFrameBecomesAJpegWithItsColours) {
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = 70, .height_px = 50});
  for (const auto& [plane, value] : {std::pair{0, 63}, std::pair{1, 102}, std::pair{2, 240}}) {
    const WritablePlane& at = frame.plane(plane);
    for (int y = 0; y < at.height_px; ++y) {
      std::fill_n(at.row(y), at.width_px, static_cast<std::uint8_t>(value));
    }
  }
  const auto jpeg = encode_jpeg(std::move(frame).publish(MediaTime{0}, MediaTime{1}));
  ASSERT_TRUE(jpeg) << jpeg.error().message;
  std::ofstream(folder_ / "red.jpg", std::ios::binary)
      .write(reinterpret_cast<const char*>(jpeg->data()),
             static_cast<std::streamsize>(jpeg->size()));
  const auto read = read_rgb_picture(folder_ / "red.jpg");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->width_px, 70);
  EXPECT_EQ(read->height_px, 50);
  EXPECT_NEAR(read->planes[0][700], 255, 6);
  EXPECT_NEAR(read->planes[1][700], 0, 6);
  EXPECT_NEAR(read->planes[2][700], 0, 6);
  EXPECT_EQ(encode_jpeg(VideoFrame{}).error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::media
