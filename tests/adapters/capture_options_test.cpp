#include "capture/capture_options.hpp"

#include <gtest/gtest.h>

#include "capture/status_line.hpp"

namespace streamkit::capture_tool {
namespace {

Result<CaptureOptions> options_of(const std::vector<std::string>& words) {
  const auto arguments =
      capture_command_line().parse(words, [](const std::string&) { return std::nullopt; });
  if (!arguments) return arguments.error();
  return read_capture_options(*arguments);
}

TEST(CaptureOptions, TheFileIsABareWordOrAFlag) {
  EXPECT_EQ(options_of({}).value().input, "test");
  EXPECT_EQ(options_of({"video.mp4", "--loop"}).value().input, "video.mp4");
  EXPECT_EQ(options_of({"-i", "video.mp4"}).value().input, "video.mp4");
  EXPECT_EQ(options_of({"a.mp4", "b.mp4"}).error().code, ErrorCode::InvalidArgument);
}

TEST(CaptureOptions, TheRateIsAutomaticStatedOrANumber) {
  EXPECT_FALSE(options_of({}).value().frame_rate);
  EXPECT_FALSE(options_of({}).value().stated_rate);
  EXPECT_TRUE(options_of({"--fps", "source"}).value().stated_rate);
  EXPECT_EQ(options_of({"--fps", "29.97"}).value().frame_rate, (FrameRate{30000, 1001}));
  for (const char* wrong : {"fast", "0", "-5", "241", ""}) {
    EXPECT_EQ(options_of({"--fps", wrong}).error().code, ErrorCode::InvalidArgument) << wrong;
  }
}

TEST(CaptureOptions, TheSessionChoosesItsViews) {
  EXPECT_EQ(options_of({}).value().publisher.stereo, StereoChoice{});
  EXPECT_EQ(to_string(options_of({"--divergence", "3", "--convergence", "auto", "--depth", "cues"})
                          .value()
                          .publisher.stereo),
            "divergence=3 convergence=auto depth=cues");
  const auto wrong = options_of({"--divergence", "12"});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("--divergence"), std::string::npos);
}

TEST(CaptureOptions, PlaylistsAreAllowedByAFlag) {
  EXPECT_FALSE(options_of({"list.m3u8"}).value().allow_playlists);
  EXPECT_TRUE(options_of({"list.m3u8", "--allow-playlists"}).value().allow_playlists);
}

TEST(CaptureOptions, CodecAndHdrAreChosen) {
  EXPECT_EQ(options_of({}).value().encoder.codec, media::VideoCodec::H264);
  EXPECT_FALSE(options_of({}).value().keep_hdr);
  EXPECT_EQ(options_of({"--codec", "hevc"}).value().encoder.codec, media::VideoCodec::Hevc);
  EXPECT_TRUE(options_of({"--hdr", "keep"}).value().keep_hdr);
  EXPECT_EQ(options_of({"--hdr", "keep", "--codec", "h264"}).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ(options_of({"--codec", "av1"}).error().code, ErrorCode::InvalidArgument);
}

TEST(CaptureOptions, TracksAreChosen) {
  const auto options = options_of({"a.mkv", "--audio-track", "ger", "--video-track=2"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->tracks.audio, "ger");
  EXPECT_EQ(options->tracks.video, "2");
}

TEST(CaptureOptions, RetriesAreBoundedByTimeAndMemory) {
  const auto standard = options_of({}).value().publisher;
  EXPECT_EQ(standard.give_up_after, std::chrono::minutes(5));
  EXPECT_EQ(standard.max_buffered_bytes, std::uint64_t{256} << 20);
  const auto own = options_of({"--give-up-after", "1.5", "--buffer-mib", "2"}).value().publisher;
  EXPECT_EQ(own.give_up_after, std::chrono::milliseconds(1500));
  EXPECT_EQ(own.max_buffered_bytes, std::uint64_t{2} << 20);
}

TEST(CaptureOptions, OneChunkLengthIsTheEncodersAndTheSessions) {
  const auto options = options_of({"--chunk-seconds", "2"}).value();
  EXPECT_EQ(options.encoder.chunk_duration, MediaTime(std::chrono::seconds(2)));
  EXPECT_EQ(options.publisher.chunk_duration, options.encoder.chunk_duration);
}

TEST(StatusText, CountsChunksAndSaysWhenTheServerIsAway) {
  client::PublisherStatus status;
  status.cut_chunks = 7;
  status.cut_end = std::chrono::seconds(14);
  status.uploads.stored_chunks = 5;
  status.uploads.buffered_chunks = 2;
  status.uploads.stored_end = std::chrono::seconds(10);
  EXPECT_EQ(status_text(status), "chunk 7  uploaded 5  buffered 2  lag 4.0 s");
  status.state = client::PublisherState::Reconnecting;
  EXPECT_EQ(status_text(status),
            "chunk 7  uploaded 5  buffered 2  lag 4.0 s  the server is away, retrying");
}

}  // namespace
}  // namespace streamkit::capture_tool
