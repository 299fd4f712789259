#include <streamkit/worker/depth_maps.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/flat_depth_estimator.hpp>

#include "worker/shades_reader.hpp"

namespace streamkit::worker {
namespace {

namespace fs = std::filesystem;

TEST(DepthMapPath, NumbersTheFilesOfAVideo) {
  EXPECT_EQ(depth_map_path("maps", true, 7).value(), "maps/depth_000007.png");
  EXPECT_EQ(depth_map_path("a/d%03d.png", false, 12).value(), "a/d012.png");
  EXPECT_EQ(depth_map_path("d%d.png", false, 1234567).value(), "d1234567.png");
  EXPECT_EQ(depth_map_path("d%02d.png", false, 1234567).value(), "d1234567.png");
  EXPECT_EQ(depth_map_path("one.png", false, 0).value(), "one.png");
}

TEST(DepthMapPath, RefusesWhatNamesNoFile) {
  EXPECT_EQ(depth_map_path("one.png", false, 1).error().code, ErrorCode::AlreadyExists);
  for (const char* wrong : {"d.jpg", "d", "d%s.png", "d%.png", "d%", "d%d%d.png", "d%5d.png",
                            "d%05x.png", "d%00d.png", "d%d.tif", "100%.png"}) {
    const auto file = depth_map_path(wrong, false, 0);
    ASSERT_FALSE(file) << wrong;
    EXPECT_EQ(file.error().code, ErrorCode::InvalidArgument) << wrong;
  }
}

class DepthMaps : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("streamkit-depth-maps-" + std::to_string(getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<std::uint64_t> write(ShadesReader& reader, std::uint64_t max_frames = 0,
                              std::stop_token stop = {}) {
    stereo::FlatDepthEstimator flat(0.25F);
    return write_depth_maps(
        reader, flat, [&](std::uint64_t number) { return depth_map_path(folder_, true, number); },
        max_frames, std::move(stop));
  }
  fs::path folder_;
};

TEST_F(DepthMaps, HaveTheSizeOfTheFrameAndSixteenBits) {
  ShadesReader reader(3);
  EXPECT_EQ(write(reader).value(), 3U);
  for (const char* name : {"depth_000000.png", "depth_000001.png", "depth_000002.png"}) {
    const auto map = media::read_gray16_picture(folder_ / name);
    ASSERT_TRUE(map) << map.error().message;
    EXPECT_EQ(map->width_px, 64);
    EXPECT_EQ(map->height_px, 32);
    EXPECT_NEAR(map->values[1000], 65535 / 4, 1);
  }
}

TEST_F(DepthMaps, HaveTheOddSidesOfTheFile) {
  ShadesReader reader(1);
  reader.info_.full_width_px = 65;
  reader.info_.full_height_px = 33;
  EXPECT_EQ(write(reader).value(), 1U);
  const auto map = media::read_gray16_picture(folder_ / "depth_000000.png");
  ASSERT_TRUE(map) << map.error().message;
  EXPECT_EQ(map->width_px, 65);
  EXPECT_EQ(map->height_px, 33);
  EXPECT_NEAR(map->values.back(), 65535 / 4, 1);
}

TEST_F(DepthMaps, EndWithTheLastFrameAskedFor) {
  ShadesReader reader(10);
  EXPECT_EQ(write(reader, 2).value(), 2U);
  EXPECT_EQ(reader.next_, 2);
  EXPECT_FALSE(fs::exists(folder_ / "depth_000002.png"));
}

TEST_F(DepthMaps, EndWithTheFirstFailure) {
  ShadesReader empty(0);
  EXPECT_EQ(write(empty).error().code, ErrorCode::CorruptData);
  ShadesReader stopped(3);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(write(stopped, 0, stop.get_token()).error().code, ErrorCode::Cancelled);
  ShadesReader two(2);
  stereo::FlatDepthEstimator flat;
  const auto one_file = write_depth_maps(two, flat, [&](std::uint64_t number) {
    return depth_map_path(folder_ / "one.png", false, number);
  });
  EXPECT_EQ(one_file.error().code, ErrorCode::AlreadyExists);
  EXPECT_TRUE(fs::exists(folder_ / "one.png"));
}

}  // namespace
}  // namespace streamkit::worker
