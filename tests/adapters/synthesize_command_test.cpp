#include "worker/synthesize_command.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <streamkit/media/portable_float_map.hpp>
#include <streamkit/media/still_picture.hpp>

namespace streamkit::worker_tool {
namespace {

namespace fs = std::filesystem;

class SynthesizeCommand : public testing::Test {
 protected:
  static constexpr int kWidth = 40;
  static constexpr int kHeight = 8;
  static constexpr int kDisparity = 3;

  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("streamkit-synthesize-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      for (int i = 0; i < kWidth * kHeight; ++i) {
        left_.planes[channel].push_back(
            static_cast<std::uint8_t>(i * 37 + static_cast<int>(channel) * 101));
      }
    }
    ASSERT_TRUE(media::write_png(folder_ / "left.png", left_));
  }
  void TearDown() override { fs::remove_all(folder_); }

  int run(const std::string& disparity, const std::string& out = "out.png",
          std::vector<std::string> flags = {}) {
    std::vector<std::string> words = {(folder_ / "left.png").string(),
                                      (folder_ / disparity).string(), (folder_ / out).string()};
    words.insert(words.end(), flags.begin(), flags.end());
    return run_synthesize(words);
  }
  void write_float_map(const std::string& name, float disparity) {
    const auto bytes = media::print_float_map(
        {kWidth, kHeight, std::vector<float>(std::size_t{kWidth} * kHeight, disparity)});
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  void expect_moved() {
    const auto right = media::read_rgb_picture(folder_ / "out.png");
    ASSERT_TRUE(right) << right.error().message;
    ASSERT_EQ(right->width_px, kWidth);
    ASSERT_EQ(right->height_px, kHeight);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      for (int y = 0; y < kHeight; ++y) {
        for (int x = kDisparity; x < kWidth; ++x) {
          const auto at = static_cast<std::size_t>(y * kWidth + x);
          ASSERT_EQ(right->planes[channel][at - kDisparity], left_.planes[channel][at]);
        }
      }
    }
  }

  fs::path folder_;
  media::RgbPicture left_{kWidth, kHeight, {}};
};

TEST_F(SynthesizeCommand, TakesSixtyFourthsOfAPixelFromA16BitPng) {
  const std::vector<std::uint16_t> values(std::size_t{kWidth} * kHeight, 64 * kDisparity);
  ASSERT_TRUE(
      media::write_png(folder_ / "disparity.png", media::Gray16Picture{kWidth, kHeight, values}));
  EXPECT_EQ(run("disparity.png"), 0);
  expect_moved();
}

TEST_F(SynthesizeCommand, TakesPixelsFromAFloatMap) {
  write_float_map("disparity.PFM", kDisparity);
  EXPECT_EQ(run("disparity.PFM"), 0);
  expect_moved();
}

TEST_F(SynthesizeCommand, SaysWhatIsWrongAndWritesNothing) {
  write_float_map("far.pfm", 1000);
  write_float_map("fine.pfm", kDisparity);
  std::ofstream(folder_ / "broken.pfm") << "Pf\n40 8\n";
  EXPECT_EQ(run("absent.pfm"), 1);
  EXPECT_EQ(run("absent.png"), 1);
  EXPECT_EQ(run("broken.pfm"), 1);
  EXPECT_EQ(run("left.png"), 2);  // eight bits
  EXPECT_EQ(run("far.pfm"), 2);
  EXPECT_EQ(run("fine.pfm", "out.jpg"), 2);
  EXPECT_EQ(run("fine.pfm", "out.png", {"--edge-dilation", "17"}), 2);
  EXPECT_EQ(run("fine.pfm", "no/such/folder.png"), 1);
  EXPECT_EQ(run_synthesize({"only-one.png"}), 2);
  EXPECT_FALSE(fs::exists(folder_ / "out.png"));
}

}  // namespace
}  // namespace streamkit::worker_tool
