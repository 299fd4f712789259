#include <streamkit/worker/file_conversion.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "media/many_tracks.hpp"
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

TEST_F(FileConversionTest, CarriesOverTheOtherTracks) {
  conversion_.input = folder_ / "many.mkv";
  media::write_many_tracks(conversion_.input, 20,
                           {.sounds = {{"eng", "comment"}, {"ger", "default"}},
                            .subtitles = "eng",
                            .title = "My holiday",
                            .chapters = true});
  testing::RecordingLogger logger;
  conversion_.context.logger = &logger;
  const auto done = convert_file(conversion_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(
      media::contents_of(conversion_.output),
      (std::vector<std::string>{"audio aac ger default", "audio aac eng", "subtitle mov_text eng",
                                "chapter One", "chapter Two", "title My holiday"}));
  ASSERT_EQ(logger.lines().size(), 1U);
  EXPECT_EQ(logger.lines()[0].message,
            "converted video 1 (h264, 96x64), audio 2 (aac, 2 channels, ger, default); carried "
            "over audio 1 (aac, 2 channels, eng, commentary), subtitle 1 (subrip, eng)");
}

// Writes half a second of video with audio of a codec whose samples have `bytes` each.
void write_uncompressed(const std::filesystem::path& file, const std::string& codec, int bytes) {
  const VideoFormat format = media::small_format();
  const auto encoder = media::open_encoder({.chunk_duration = MediaTime{0}}, format);
  auto muxer = media::FileMuxer::create(file);
  const AudioTrack sound{.codec = codec, .format = {48'000, 1}, .codec_config = {}};
  ASSERT_TRUE((*muxer)->open({(*encoder)->tracks().video, sound}));
  for (Packet& packet : media::encode(**encoder, format, 15)) {
    ASSERT_TRUE((*muxer)->write(std::move(packet)));
  }
  for (int at = 0; at < 24'000; at += 1200) {
    const MediaTime pts = from_ticks(at, 1, 48'000);
    ASSERT_TRUE((*muxer)->write({.track = TrackKind::Audio,
                                 .pts = pts,
                                 .dts = pts,
                                 .duration = from_ticks(1200, 1, 48'000),
                                 .keyframe = true,
                                 .data = Bytes(static_cast<std::size_t>(1200 * bytes), 7)}));
  }
  ASSERT_TRUE((*muxer)->finish());
}

TEST_F(FileConversionTest, AudioThatMatroskaCannotHoldEitherIsEncodedInMp4) {
  conversion_.input = folder_ / "g711.mov";
  write_uncompressed(conversion_.input, "pcm_mulaw", 1);
  EXPECT_EQ(fitting_extension(conversion_.input, {}), ".mp4");
  testing::RecordingLogger logger;
  conversion_.context.logger = &logger;
  ASSERT_TRUE(convert_file(conversion_));
  ASSERT_EQ(logger.lines().size(), 1U);
  EXPECT_NE(logger.lines()[0].message.find("cannot hold pcm_mulaw"), std::string::npos);
  EXPECT_EQ(logger.lines()[0].message.find(".mkv can"), std::string::npos);
}

TEST_F(FileConversionTest, EncodesAudioThatTheOutputCannotHold) {
  conversion_.input = folder_ / "pcm.mkv";
  write_uncompressed(conversion_.input, "pcm_s16le", 2);
  testing::RecordingLogger logger;
  conversion_.context.logger = &logger;
  ASSERT_TRUE(convert_file(conversion_));
  EXPECT_EQ(media::contents_of(conversion_.output),
            std::vector<std::string>{"audio aac und default"});
  ASSERT_EQ(logger.lines().size(), 1U);
  EXPECT_NE(logger.lines()[0].message.find("cannot hold pcm_s16le (.mkv can)"), std::string::npos)
      << logger.lines()[0].message;
  EXPECT_EQ(fitting_extension(conversion_.input, {}), ".mkv");
  EXPECT_EQ(fitting_extension(folder_ / "in.mp4", {}), ".mp4");
  conversion_.output = folder_ / "out.mkv";
  ASSERT_TRUE(convert_file(conversion_));
  EXPECT_EQ(media::contents_of(conversion_.output),
            std::vector<std::string>{"audio pcm_s16le  default"});
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
