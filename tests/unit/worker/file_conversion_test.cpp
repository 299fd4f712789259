#include <streamkit/worker/file_conversion.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <streamkit/media/media_file.hpp>

#include "media/media_test_support.hpp"

namespace streamkit::worker {
namespace {

namespace fs = std::filesystem;

class FileConversionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("streamkit-conversion-" + std::to_string(getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    media::write_video_file(folder_ / "in.mp4", 20);
    conversion_.input = folder_ / "in.mp4";
    conversion_.output = folder_ / "out.mp4";
    conversion_.encoder.preset = "ultrafast";
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
  FileConversion conversion_;
};

TEST_F(FileConversionTest, KeepsFramesAndAudio) {
  FileProgress last;
  const auto done = convert_file(conversion_, [&](const FileProgress& now) { last = now; });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->video_frames, 20U);
  EXPECT_FALSE(done->damaged);
  EXPECT_EQ(last.video_frames, 20U);
  EXPECT_EQ(last.done, media::small_format().frame_rate.time_of(20));
  EXPECT_GE(last.total, last.done);
  const auto out = media::open_media_file(conversion_.output);
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ((*out)->info().video.width_px, 2 * media::small_format().width_px);
  EXPECT_EQ((*out)->info().video.height_px, media::small_format().height_px);
  EXPECT_TRUE((*out)->info().audio);
}

TEST_F(FileConversionTest, LeavesWhatWasThereWhenItFails) {
  std::ofstream(conversion_.output) << "precious";
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(convert_file(conversion_, {}, stop.get_token()).error().code, ErrorCode::Cancelled);
  conversion_.input = folder_ / "absent.mp4";
  EXPECT_EQ(convert_file(conversion_).error().code, ErrorCode::NotFound);
  conversion_.input = folder_ / "in.mp4";
  conversion_.stereo.divergence = 11;
  EXPECT_EQ(convert_file(conversion_).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(fs::file_size(conversion_.output), 8U);
  EXPECT_FALSE(fs::exists(folder_ / "out.mp4.part"));
}

TEST_F(FileConversionTest, SplitsIntoAFileForEachEye) {
  const auto [left, right] = split_views(conversion_);
  EXPECT_EQ(left.output, folder_ / "out_L.mp4");
  EXPECT_EQ(left.stereo.mode, StereoMode::LeftView);
  EXPECT_EQ(right.output, folder_ / "out_R.mp4");
  EXPECT_EQ(right.stereo.mode, StereoMode::RightView);
  EXPECT_EQ(right.input, conversion_.input);
}

TEST_F(FileConversionTest, NamesTheFileOfAFolder) {
  EXPECT_EQ(converted_file_path("a/in.mov", "b/out.mkv", "_LR"), "b/out.mkv");
  EXPECT_EQ(converted_file_path("a/in.mov", "", "_LR"), "a/in_LR.mp4");
  EXPECT_EQ(converted_file_path("in.mov", "", ""), "in.mp4");
  EXPECT_EQ(converted_file_path("a/in.mov", "new/", "_TB"), "new/in_TB.mp4");
  EXPECT_EQ(converted_file_path("a/in.mov", folder_, "_TB"), folder_ / "in_TB.mp4");
}

}  // namespace
}  // namespace streamkit::worker
