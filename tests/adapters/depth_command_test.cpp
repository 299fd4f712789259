#include "worker/depth_command.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <streamkit/media/still_picture.hpp>

namespace streamkit::worker_tool {
namespace {

namespace fs = std::filesystem;

class DepthCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("streamkit-depth-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    media::RgbPicture picture{64, 32, {}};
    for (auto& plane : picture.planes) plane.assign(64 * 32, 128);
    ASSERT_TRUE(media::write_png(folder_ / "in.png", picture));
  }
  void TearDown() override { fs::remove_all(folder_); }

  int run(const std::string& out) {
    testing::internal::CaptureStderr();
    const int code = run_depth({(folder_ / "in.png").string(), (folder_ / out).string()});
    messages_ = testing::internal::GetCapturedStderr();
    return code;
  }
  fs::path folder_;
  std::string messages_;
};

TEST_F(DepthCommand, WritesTheDepthOfAnImage) {
  EXPECT_EQ(run("out.png"), 0);
  EXPECT_EQ(messages_, "1 depth maps\n");
  const auto map = media::read_gray16_picture(folder_ / "out.png");
  ASSERT_TRUE(map) << map.error().message;
  EXPECT_EQ(map->width_px, 64);
  EXPECT_EQ(map->height_px, 32);
}

TEST_F(DepthCommand, CreatesAFolder) {
  EXPECT_EQ(run("maps/"), 0);
  EXPECT_TRUE(fs::exists(folder_ / "maps" / "depth_000000.png"));
}

TEST_F(DepthCommand, OpensThePlaylistThatItMay) {
  std::ofstream(folder_ / "list.txt") << "ffconcat version 1.0\nfile in.png\n";
  const std::vector<std::string> words = {(folder_ / "list.txt").string(),
                                          (folder_ / "out.png").string()};
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_depth(words), 1);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("--allow-playlists"), std::string::npos);
  std::vector<std::string> allowed = words;
  allowed.push_back("--allow-playlists");
  EXPECT_EQ(run_depth(allowed), 0);
  EXPECT_TRUE(fs::exists(folder_ / "out.png"));
}

TEST_F(DepthCommand, SaysWhichArgumentIsWrong) {
  EXPECT_EQ(run("out.jpg"), 2);
  EXPECT_EQ(messages_, "streamkit-worker: OUT: 'out.jpg' must end in .png\n");
  EXPECT_EQ(run("d%s.png"), 2);
  EXPECT_EQ(messages_,
            "streamkit-worker: OUT: 'd%s.png' needs one %d or %05d for the number, and no other "
            "%\n");
  fs::remove(folder_ / "in.png");
  EXPECT_EQ(run("out.png"), 1);
}

}  // namespace
}  // namespace streamkit::worker_tool
