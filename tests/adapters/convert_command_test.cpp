#include "worker/convert_command.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <streamkit/media/media_file.hpp>

#include "unit/media/media_test_support.hpp"

namespace streamkit::worker_tool {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

class ConvertCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("streamkit-convert-" + std::to_string(getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    media::write_video_file(folder_ / "in.mp4", 12);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  // Converts in.mp4; `words` follow.
  int run(const std::vector<std::string>& words) {
    std::vector<std::string> all = {path("in.mp4")};
    all.insert(all.end(), words.begin(), words.end());
    all.insert(all.end(), {"--preset", "ultrafast", "--quiet"});
    testing::internal::CaptureStderr();
    const int code = run_convert(all);
    messages_ = testing::internal::GetCapturedStderr();
    return code;
  }
  std::string bytes_of(const std::string& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  int frames_of(const std::string& name) {
    const std::string bytes = bytes_of(name);
    return static_cast<int>(media::read_all(Bytes(bytes.begin(), bytes.end())).pictures.size());
  }
  int width_of(const std::string& name) {
    const auto reader = media::open_media_file(folder_ / name);
    return reader ? (*reader)->info().video.width_px : 0;
  }

  fs::path folder_;
  std::string messages_;
};

TEST_F(ConvertCommand, WritesTheOutputThatIsNamed) {
  EXPECT_EQ(run({path("out.mp4")}), 0) << messages_;
  EXPECT_EQ(messages_, "");
  EXPECT_EQ(width_of("out.mp4"), 192);
  EXPECT_EQ(run({path("out.mp4")}), 1);
  EXPECT_EQ(messages_,
            "streamkit-worker: '" + path("out.mp4") + "' exists; add --overwrite to replace it\n");
  EXPECT_EQ(run({path("out.mp4"), "--overwrite", "--mode", "half_sbs"}), 0) << messages_;
  EXPECT_EQ(width_of("out.mp4"), 96);
  EXPECT_EQ(run({path("in.mp4"), "--overwrite"}), 2);
  EXPECT_EQ(messages_, "streamkit-worker: INPUT and OUTPUT are the same file\n");
}

TEST_F(ConvertCommand, WritesTheCodecThatIsNamed) {
  EXPECT_EQ(run({path("out.mp4"), "--codec", "hevc"}), 0) << messages_;
  EXPECT_NE(bytes_of("out.mp4").find("hvc1"), std::string::npos);
  EXPECT_EQ(frames_of("out.mp4"), 12);
  EXPECT_EQ(run({path("other.mp4"), "--codec", "av1"}), 2);
  EXPECT_NE(messages_.find("--codec"), std::string::npos);
}

TEST_F(ConvertCommand, KeepsHdrOnlyAsHevc) {
  EXPECT_EQ(run({path("out.mp4"), "--hdr", "keep"}), 0) << messages_;  // of SDR, nothing changes
  EXPECT_NE(bytes_of("out.mp4").find("avc1"), std::string::npos);
  EXPECT_EQ(run({path("other.mp4"), "--hdr", "keep", "--codec", "h264"}), 2);
  EXPECT_NE(messages_.find("leave out --codec h264"), std::string::npos);
  EXPECT_EQ(run({path("other.mp4"), "--hdr", "drop"}), 2);
  EXPECT_NE(messages_.find("--hdr"), std::string::npos);
}

TEST_F(ConvertCommand, NamesTheOutputAfterItsMode) {
  EXPECT_EQ(run({}), 0) << messages_;
  EXPECT_EQ(width_of("in_LRF_Full_SBS.mp4"), 192);
  EXPECT_EQ(run({path("new.mkv"), "--mode", "pair"}), 0) << messages_;
  EXPECT_EQ(width_of("new_L.mkv"), 96);
  EXPECT_EQ(width_of("new_R.mkv"), 96);
  EXPECT_FALSE(fs::exists(folder_ / "new.mkv"));
}

TEST_F(ConvertCommand, WritesASheetAloneWhenNoOutputIsNamed) {
  EXPECT_EQ(run({"--compare", path("sheet.png")}), 0) << messages_;
  EXPECT_TRUE(fs::exists(folder_ / "sheet.png"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);
}

TEST_F(ConvertCommand, WritesASheetAndTheOutputThatIsNamed) {
  EXPECT_EQ(run({path("out.mp4"), "--compare", path("sheet.png")}), 0) << messages_;
  EXPECT_TRUE(fs::exists(folder_ / "sheet.png"));
  EXPECT_EQ(width_of("out.mp4"), 192);
  EXPECT_EQ(run({path(""), "--compare", path("second.png"), "--mode", "half_tb"}), 0) << messages_;
  EXPECT_TRUE(fs::exists(folder_ / "second.png"));
  EXPECT_EQ(width_of("in_TB.mp4"), 96);
  EXPECT_EQ(run({path("new.mp4"), "--compare", path("third.png"), "--mode", "pair"}), 0)
      << messages_;
  EXPECT_TRUE(fs::exists(folder_ / "third.png"));
  EXPECT_EQ(width_of("new_L.mp4"), 96);
  EXPECT_EQ(width_of("new_R.mp4"), 96);
}

TEST_F(ConvertCommand, TheSheetOfFusedDepthShowsItsPartsToo) {
  EXPECT_EQ(run({"--compare", path("auto.png")}), 0) << messages_;
  EXPECT_EQ(width_of("auto.png"), 7 * 388 + 4);
  EXPECT_EQ(run({"--compare", path("cues.png"), "--depth", "cues"}), 0) << messages_;
  EXPECT_EQ(width_of("cues.png"), 5 * 388 + 4);
}

TEST_F(ConvertCommand, WritesASheetAsJpegOrSaysNo) {
  EXPECT_EQ(run({"--compare", path("sheet.jpg")}), 0) << messages_;
  EXPECT_EQ(bytes_of("sheet.jpg").substr(0, 3), "\xFF\xD8\xFF");
  EXPECT_EQ(run({"--compare", path("sheet.bmp")}), 2);
  EXPECT_NE(messages_.find(".png, .jpg or .jpeg"), std::string::npos) << messages_;
}

TEST_F(ConvertCommand, WritesOnlyContainersThatItKnows) {
  EXPECT_EQ(run({path("out.avi")}), 2);
  EXPECT_EQ(messages_, "streamkit-worker: '" + path("out.avi") +
                           "': use a name that ends in .mp4, .m4v, .mov or .mkv\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(ConvertCommand, SaysWhichTracksThereAre) {
  EXPECT_EQ(run({path("out.mp4"), "--audio-track", "7"}), 1);
  EXPECT_NE(messages_.find("no audio track is '7'; there are audio 1 (aac"), std::string::npos)
      << messages_;
  EXPECT_EQ(run({path("out.mp4"), "--audio-track", "1", "--video-track", "1"}), 0) << messages_;
  EXPECT_EQ(messages_, "");
}

TEST_F(ConvertCommand, WritesNoSheetWhenTheOutputExists) {
  EXPECT_EQ(run({path("out.mp4")}), 0) << messages_;
  EXPECT_EQ(run({path("out.mp4"), "--compare", path("sheet.png")}), 1);
  EXPECT_EQ(messages_,
            "streamkit-worker: '" + path("out.mp4") + "' exists; add --overwrite to replace it\n");
  EXPECT_FALSE(fs::exists(folder_ / "sheet.png"));
  EXPECT_EQ(run({path("new.mp4"), "--compare", path("out.mp4")}), 1);
  EXPECT_FALSE(fs::exists(folder_ / "new.mp4"));
}

TEST_F(ConvertCommand, NamesAFolderThatDoesNotExist) {
  for (const char* output : {"none/out.mp4", "none/"}) {
    EXPECT_EQ(run({path(output)}), 1) << output;
    EXPECT_EQ(messages_, "streamkit-worker: the folder '" + path("none") +
                             "' does not exist; create it first\n");
  }
}

TEST_F(ConvertCommand, RefusesASheetThatIsTheOutput) {
  EXPECT_EQ(run({path("out.mp4"), "--compare", path("x/../out.mp4")}), 2);
  EXPECT_EQ(messages_, "streamkit-worker: SHEET and OUTPUT are the same file\n");
  EXPECT_FALSE(fs::exists(folder_ / "out.mp4"));
}

TEST_F(ConvertCommand, ChoosesTheContainerByName) {
  EXPECT_EQ(run({path("out.bin"), "--format", "mkv"}), 0) << messages_;
  EXPECT_EQ(width_of("out.bin"), 192);
  EXPECT_EQ(run({path("other.mp4"), "--format", "webm"}), 2);
  EXPECT_NE(messages_.find("--format"), std::string::npos);
}

TEST_F(ConvertCommand, ReadsAndWritesAPipeOnce) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  const auto refused = [&](const std::vector<std::string>& words) {
    testing::internal::CaptureStderr();
    const int code = run_convert(words);
    messages_ = testing::internal::GetCapturedStderr();
    return code;
  };
  EXPECT_EQ(refused({path("pipe")}), 2);
  EXPECT_NE(messages_.find("OUTPUT"), std::string::npos);
  EXPECT_EQ(refused({path("pipe"), path("out.mp4"), "--mode", "pair"}), 2);
  EXPECT_EQ(refused({path("pipe"), path("out.mp4"), "--compare", path("sheet.png")}), 2);
  EXPECT_EQ(refused({path("in.mp4"), path("pipe"), "--mode", "pair"}), 2);
}

TEST_F(ConvertCommand, OpensThePlaylistThatItMay) {
  std::ofstream(folder_ / "list.mp4") << "ffconcat version 1.0\nfile in.mp4\n";
  const std::vector<std::string> words = {path("list.mp4"), path("out.mp4"), "--quiet"};
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_convert(words), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "streamkit-worker: '" + path("list.mp4") +
                "' is a list of files to join (ffconcat); it opens other files: give "
                "--allow-playlists if you trust it\n");
  EXPECT_FALSE(fs::exists(path("out.mp4")));

  std::vector<std::string> allowed = words;
  allowed.insert(allowed.end(), {"--allow-playlists", "--preset", "ultrafast"});
  EXPECT_EQ(run_convert(allowed), 0);
  EXPECT_EQ(frames_of("out.mp4"), 12);
}

TEST_F(ConvertCommand, ConvertsAPart) {
  EXPECT_EQ(run({path("out.mp4"), "--start", "0.1", "--end", "0:0.3"}), 0) << messages_;
  EXPECT_EQ(frames_of("out.mp4"), 6);
  EXPECT_EQ(run({path("late.mp4"), "--start", "5"}), 2);
  EXPECT_EQ(messages_, "streamkit-worker: the video has no frame in the part that is wanted\n");
  EXPECT_EQ(run({path("late.mp4"), "--start", "1:61"}), 2);
  EXPECT_NE(messages_.find("--start"), std::string::npos) << messages_;
  EXPECT_EQ(run({path("late.mp4"), "--start", "2", "--end", "2"}), 2);
  EXPECT_FALSE(fs::exists(folder_ / "late.mp4"));
}

TEST_F(ConvertCommand, JoinsSeveralInputs) {
  media::write_video_file(folder_ / "second.mp4", 9);
  EXPECT_EQ(run({path("second.mp4"), path("in.mp4"), path("out.mp4")}), 0) << messages_;
  EXPECT_EQ(frames_of("out.mp4"), 12 + 9 + 12);
  EXPECT_EQ(run({path("second.mp4"), path("in.mp4"), "--overwrite"}), 2);
  EXPECT_EQ(messages_, "streamkit-worker: INPUT and OUTPUT are the same file\n");
}

TEST(ConvertCommandTime, IsSecondsOrHoursMinutesSeconds) {
  EXPECT_EQ(parse_time("12.5").value(), MediaTime(std::chrono::milliseconds(12'500)));
  EXPECT_EQ(parse_time("90").value(), MediaTime(seconds(90)));
  EXPECT_EQ(parse_time("1:02:03.5").value(), MediaTime(std::chrono::milliseconds(3'723'500)));
  EXPECT_EQ(parse_time("02:03").value(), MediaTime(seconds(123)));
  for (const char* wrong :
       {"", ":", "1:", ":1", "a", "-1", "nan", "1:60", "1.5:00", "1:1:1:1", "1e9", "1 "}) {
    EXPECT_EQ(parse_time(wrong).error().code, ErrorCode::InvalidArgument) << wrong;
  }
}

TEST(ConvertCommandTimes, AreReadSortedAndOnce) {
  const auto times = parse_sheet_times("3,0.5,12,3").value();
  EXPECT_EQ(times,
            std::vector<MediaTime>({std::chrono::milliseconds(500), seconds(3), seconds(12)}));
  for (const char* wrong : {"", ",", "1,", ",1", "a", "1;2", "-1", "nan", "inf", "1e9", "1 ",
                            "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25"}) {
    const auto parsed = parse_sheet_times(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidArgument);
  }
}

}  // namespace
}  // namespace streamkit::worker_tool
