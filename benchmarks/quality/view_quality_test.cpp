#include "quality/view_quality.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace streamkit::quality {
namespace {

constexpr int kWidth = 64;
constexpr int kHeight = 24;
constexpr int kShift = 5;
constexpr float kUnknown = std::numeric_limits<float>::infinity();

std::uint8_t grain(int x, int y, int channel) {
  return static_cast<std::uint8_t>((x * 73 + y * 151 + channel * 57 + x * y * 31) % 251);
}

// Column x holds what a picture of the same grain has at column x + offset.
media::RgbPicture grainy(int offset) {
  media::RgbPicture picture{kWidth, kHeight, {}};
  for (int channel = 0; channel < 3; ++channel) {
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        picture.planes[static_cast<std::size_t>(channel)].push_back(grain(x + offset, y, channel));
      }
    }
  }
  return picture;
}

std::vector<float> plane_of(float disparity) {
  return std::vector<float>(std::size_t{kWidth} * kHeight, disparity);
}

std::size_t index(int x, int y) { return static_cast<std::size_t>(y) * kWidth + x; }

TEST(ViewQuality, AShiftedPictureIsExactWhereItIsCovered) {
  const auto covered = covered_in_right_view(kWidth, kHeight, plane_of(kShift));
  const ViewScore score = score_view(grainy(kShift), grainy(kShift), covered, kWidth - kShift);
  EXPECT_TRUE(std::isinf(score.psnr_db));
  EXPECT_TRUE(std::isnan(score.hole_psnr_db));
  EXPECT_EQ(score.hole_share, 0);
  EXPECT_NEAR(score.ssim, 1, 1e-12);
}

TEST(ViewQuality, APictureThatWasNotShiftedScoresBadly) {
  const auto covered = covered_in_right_view(kWidth, kHeight, plane_of(kShift));
  const ViewScore score = score_view(grainy(kShift), grainy(0), covered, kWidth - kShift);
  EXPECT_LT(score.psnr_db, 12);
  EXPECT_LT(score.ssim, 0.2);
}

TEST(ViewQuality, AKnownErrorHasItsKnownPsnr) {
  media::RgbPicture made = grainy(0);
  for (auto& plane : made.planes) {
    for (std::uint8_t& value : plane) value = static_cast<std::uint8_t>(value ^ 1);
  }
  const auto covered = covered_in_right_view(kWidth, kHeight, plane_of(1));
  const ViewScore score = score_view(grainy(0), made, covered, kWidth - 1);
  EXPECT_NEAR(score.psnr_db, 48.1308, 1e-3);  // 20 log10(255)
}

TEST(ViewQuality, HolesAreWhatNoKnownPixelReaches) {
  // A square four columns wide comes forward by 3: behind it, at its right, three columns open.
  std::vector<float> disparity = plane_of(1);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 20; x < 24; ++x) disparity[index(x, y)] = 4;
  }
  disparity[index(40, 3)] = kUnknown;
  disparity[index(41, 3)] = 0;
  const auto covered = covered_in_right_view(kWidth, kHeight, disparity);
  for (int x = 0; x < kWidth - 4; ++x) {
    const bool behind = x >= 20 && x < 23;
    EXPECT_EQ(covered[index(x, 2)], !behind) << x;
    EXPECT_EQ(covered[index(x, 3)], !behind && x != 39 && x != 40) << x;
  }
}

TEST(ViewQuality, AnErrorInAHoleCountsThereAndInTheWhole) {
  std::vector<float> disparity = plane_of(1);
  disparity[index(11, 7)] = kUnknown;
  const auto covered = covered_in_right_view(kWidth, kHeight, disparity);
  media::RgbPicture made = grainy(0);
  for (auto& plane : made.planes) plane[index(10, 7)] ^= 1;
  const ViewScore score = score_view(grainy(0), made, covered, kWidth - 1);
  EXPECT_NEAR(score.hole_psnr_db, 48.1308, 1e-3);
  EXPECT_NEAR(score.psnr_db, 48.1308 + 10 * std::log10((kWidth - 1) * kHeight), 1e-3);
}

TEST(ViewQuality, ColumnsBeyondTheLastDoNotCount) {
  media::RgbPicture made = grainy(0);
  for (auto& plane : made.planes) plane[index(kWidth - 1, 0)] ^= 255;
  const auto covered = covered_in_right_view(kWidth, kHeight, plane_of(1));
  EXPECT_TRUE(std::isinf(score_view(grainy(0), made, covered, kWidth - 1).psnr_db));
  EXPECT_FALSE(std::isinf(score_view(grainy(0), made, covered, kWidth).psnr_db));
}

TEST(ViewQuality, TheLargestDisparityIsRoundedUp) {
  EXPECT_EQ(largest_disparity({1, 4.25F, 0, kUnknown}), 5);
  EXPECT_EQ(largest_disparity({4}), 4);
  EXPECT_EQ(largest_disparity({0, kUnknown}), 0);
}

}  // namespace
}  // namespace streamkit::quality
