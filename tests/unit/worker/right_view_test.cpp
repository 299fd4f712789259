#include <streamkit/worker/right_view.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <streamkit/media/portable_float_map.hpp>

namespace streamkit::worker {
namespace {

namespace fs = std::filesystem;

constexpr int kWidth = 40;
constexpr int kHeight = 8;

class RightView : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("streamkit-right-view-" + std::to_string(getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(RightView, ReadsDisparityInPixelsAndInSixtyFourths) {
  const auto bytes = media::print_float_map({2, 1, {3.0F, 1.5F}});
  std::ofstream(folder_ / "map.PFM", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(media::write_png(folder_ / "map.png", media::Gray16Picture{2, 1, {192, 96}}));
  for (const char* name : {"map.PFM", "map.png"}) {
    const auto map = read_disparity(folder_ / name);
    ASSERT_TRUE(map) << map.error().message;
    EXPECT_EQ(map->width_px, 2);
    EXPECT_EQ(map->height_px, 1);
    EXPECT_EQ(map->values, (std::vector<float>{3.0F, 1.5F}));
  }
  EXPECT_EQ(read_disparity(folder_ / "absent.pfm").error().code, ErrorCode::NotFound);
  EXPECT_EQ(read_disparity(folder_ / "absent.png").error().code, ErrorCode::NotFound);
}

TEST_F(RightView, MovesEachPixelByItsDisparity) {
  constexpr int kDisparity = 3;
  media::RgbPicture left{kWidth, kHeight, {}};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (int i = 0; i < kWidth * kHeight; ++i) {
      left.planes[channel].push_back(
          static_cast<std::uint8_t>(i * 37 + static_cast<int>(channel) * 101));
    }
  }
  stereo::DisparityMap disparity{kWidth, kHeight, {}};
  disparity.values.assign(std::size_t{kWidth} * kHeight, kDisparity);
  const auto right = render_right_view(left, disparity);
  ASSERT_TRUE(right) << right.error().message;
  ASSERT_EQ(right->width_px, kWidth);
  ASSERT_EQ(right->height_px, kHeight);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (int y = 0; y < kHeight; ++y) {
      const auto row = static_cast<std::ptrdiff_t>(y) * kWidth;
      const auto source = left.planes[channel].begin() + row;
      EXPECT_TRUE(
          std::equal(source + kDisparity, source + kWidth, right->planes[channel].begin() + row));
    }
  }
  disparity.width_px = 1;
  EXPECT_EQ(render_right_view(left, disparity).error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::worker
