#include <gtest/gtest.h>

#include <streamkit/stereo/depth_upsampling.hpp>

#include "pictures.hpp"

namespace streamkit::stereo {
namespace {

using test::depth_of;
using test::format_of;
using test::grainy;
using test::paint;
using test::plain;

TEST(DepthUpsampling, AnEvenMapStaysEven) {
  const DepthMap large =
      upsample_depth(grainy(64, 48), depth_of(8, 6, [](int, int) { return 0.3F; })).value();
  ASSERT_EQ(large.width_px, 64);
  ASSERT_EQ(large.height_px, 48);
  ASSERT_EQ(large.values.size(), 64U * 48U);
  for (const float value : large.values) EXPECT_NEAR(value, 0.3F, 1e-6F);
}

TEST(DepthUpsampling, AnEdgeOfTheMapGoesToThePicturesEdge) {
  // The picture's edge lies within the cell that the map's edge is blurred over.
  constexpr int kEdge = 67;
  const VideoFrame frame = paint(format_of(128, 64), [](int plane, int x, int) {
    return plane != 0 ? 128 : x < kEdge ? 60 : 180;
  });
  const DepthMap depth = depth_of(16, 8, [](int x, int) {
    return x < 8 ? 0.2F : x > 8 ? 0.8F : 0.2F + 0.6F * 5 / 8;
  });
  const DepthMap large = upsample_depth(frame, depth).value();
  const auto at = [&](int x) { return large.values[static_cast<std::size_t>(32 * 128 + x)]; };
  EXPECT_LT(at(kEdge - 2), 0.35F);
  EXPECT_GT(at(kEdge + 1), 0.65F);
  for (const float value : large.values) {
    EXPECT_GE(value, 0.2F);
    EXPECT_LE(value, 0.8F);
  }
}

TEST(DepthUpsampling, TakesMapsOfAnySizeUpToThePictures) {
  for (const auto& [width, height] : {std::pair{1, 1}, {2, 1}, {31, 20}, {33, 21}}) {
    const auto ramp =
        depth_of(width, height, [](int x, int y) { return 0.01F * static_cast<float>(x + y); });
    EXPECT_TRUE(upsample_depth(plain(33, 21, 90), ramp)) << width;
  }
}

TEST(DepthUpsampling, RefusesWhatDoesNotFit) {
  const DepthMap wide = depth_of(9, 2, [](int, int) { return 0.5F; });
  EXPECT_EQ(upsample_depth(plain(8, 8, 0), wide).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(upsample_depth(plain(8, 8, 0), {}).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(upsample_depth(plain(8, 8, 0), {2, 2, {0.5F}}).error().code,
            ErrorCode::InvalidArgument);
  VideoFrame deep = plain(8, 8, 0);
  deep.format.pixel_format = PixelFormat::I420P10;
  EXPECT_EQ(upsample_depth(deep, test::flat_depth(0.5F)).error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace streamkit::stereo
