#include "capture/capture_options.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "capture/capture_controller.hpp"
#include "capture/device_list.hpp"
#include "capture/frame_rate_meter.hpp"
#include "capture/spool_folder.hpp"
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
  EXPECT_EQ(options_of({}).value().source, "test");
  EXPECT_EQ(options_of({"video.mp4", "--loop"}).value().source, "video.mp4");
  EXPECT_EQ(options_of({"-i", "video.mp4"}).value().source, "video.mp4");
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

TEST(CaptureOptions, TheSourceHasAnEarlierName) {
  EXPECT_EQ(options_of({"--source", "window:0x1"}).value().source, "window:0x1");
  EXPECT_EQ(options_of({"--input", "a.mp4"}).value().source, "a.mp4");
  EXPECT_FALSE(options_of({"--input", "a.mp4", "--source", "b.mp4"}));
}

TEST(CaptureOptions, AudioIsAListOfIds) {
  EXPECT_TRUE(options_of({}).value().audio.empty());
  EXPECT_EQ(options_of({"--audio", "mic:1,monitor:2"}).value().audio,
            (std::vector<std::string>{"mic:1", "monitor:2"}));
  EXPECT_EQ(options_of({"--audio", ",mic:1,"}).value().audio, (std::vector<std::string>{"mic:1"}));
}

TEST(CaptureOptions, TheResolutionIsANameOrTwoEvenNumbers) {
  EXPECT_EQ(options_of({}).value().resolution, (Resolution{0, 0}));
  EXPECT_EQ(options_of({"--size", "720p"}).value().resolution, (Resolution{0, 720}));
  EXPECT_EQ(options_of({"--resolution", "1280x720"}).value().resolution, (Resolution{1280, 720}));
  for (const char* wrong : {"4k", "1280", "1280x", "x720", "1281x720", "1280x721", "8x8", "0x0",
                            "-2x-2", "1280x720x2", "9000x9000", "1280x720 ", "99999999999x2"}) {
    const auto options = options_of({"--resolution", wrong});
    ASSERT_FALSE(options) << wrong;
    EXPECT_NE(options.error().message.find("--resolution"), std::string::npos) << wrong;
  }
}

TEST(CaptureOptions, TheSpoolIsOnDiskForWhatCannotWait) {
  EXPECT_EQ(options_of({}).value().spool, SpoolChoice::Automatic);
  EXPECT_EQ(options_of({"--spool", "none"}).value().spool, SpoolChoice::None);
  const auto own = options_of({"--spool", "/tmp/spool", "--spool-minutes", "2"}).value();
  EXPECT_EQ(own.spool, SpoolChoice::Folder);
  EXPECT_EQ(own.spool_folder, "/tmp/spool");
  EXPECT_EQ(own.publisher.spool.limits.max_duration, MediaTime(std::chrono::minutes(2)));
  EXPECT_FALSE(options_of({"--spool-mib", "1"}));
}

TEST(CaptureOptions, AnAdaptedBitRateHasAStart) {
  EXPECT_FALSE(options_of({}).value().encoder.video_bit_rate_bps);
  EXPECT_EQ(options_of({"--adaptive-bitrate"}).value().encoder.video_bit_rate_bps, 4'000'000);
  EXPECT_EQ(options_of({"--adaptive-bitrate", "--video-bit-rate", "9000000"})
                .value()
                .encoder.video_bit_rate_bps,
            9'000'000);
}

TEST(CaptureOptions, TheWordsAreKeptWithoutSecrets) {
  const auto options =
      parse_capture_options({"a.mp4", "--api-key", "secret", "--loop", "--api-key=secret"}, {});
  EXPECT_FALSE(options) << "a flag that is given twice";
  EXPECT_EQ(without_secrets({"a.mp4", "--api-key", "secret", "--loop", "--api-key=secret"}),
            (std::vector<std::string>{"a.mp4", "--loop"}));
}

TEST(CaptureRequest, BecomesTheWordsOfACommandLine) {
  CaptureRequest request;
  EXPECT_TRUE(words_of(request).empty());
  request.source = "--strange";
  request.audio = {"mic:1", "monitor:2"};
  request.width_px = 640;
  request.height_px = 360;
  request.frames_per_second = 25;
  request.chunk_seconds = 2.5;
  request.codec = "hevc";
  request.server = "http://example.org";
  request.recording = "take one.mp4";
  const auto options = options_of(words_of(request)).value();
  EXPECT_EQ(options.source, "--strange");
  EXPECT_EQ(options.audio, request.audio);
  EXPECT_EQ(options.resolution, (Resolution{640, 360}));
  EXPECT_EQ(options.frame_rate, (FrameRate{25, 1}));
  EXPECT_EQ(options.encoder.chunk_duration, from_seconds(2.5));
  EXPECT_EQ(options.encoder.codec, media::VideoCodec::Hevc);
  EXPECT_EQ(options.publisher.server, "http://example.org");
  EXPECT_EQ(options.recording, "take one.mp4");
}

TEST(CaptureRequest, TheStereoObjectIsCheckedAndTaken) {
  CaptureOptions options;
  EXPECT_TRUE(choose_stereo("", options));
  EXPECT_TRUE(choose_stereo(R"({"mode":"tb"})", options));
  EXPECT_EQ(options.publisher.mode, parse_stereo_mode("tb"));
  EXPECT_FALSE(choose_stereo(R"({"divergence":1000})", options));
  EXPECT_FALSE(choose_stereo("[]", options));
}

TEST(SpoolNote, ReadsWhatItWrote) {
  const SpoolNote note{"/home/of me", {"a \"b\".mp4", "--loop", "line\nend"}};
  EXPECT_EQ(parse_spool_note(to_text(note)).value(), note);
  for (const char* wrong : {"", "[]", "{}", R"({"folder":"/"})", R"({"folder":"/","words":[1]})"}) {
    EXPECT_EQ(parse_spool_note(wrong).error().code, ErrorCode::CorruptData) << wrong;
  }
}

TEST(SpoolFolder, IsTheUsersState) {
  const auto with = [](std::string name, std::string value) {
    return [name, value](const std::string& asked) -> std::optional<std::string> {
      if (asked == name) return value;
      return std::nullopt;
    };
  };
  EXPECT_EQ(default_spool_folder(with("XDG_STATE_HOME", "/s")), "/s/streamkit/spool");
  EXPECT_EQ(default_spool_folder(with("HOME", "/h")), "/h/.local/state/streamkit/spool");
  EXPECT_EQ(default_spool_folder(with("PATH", "/bin")), std::nullopt);
  EXPECT_NE(new_spool_folder("/s"), new_spool_folder("/s"));
}

CaptureStatus streaming_status() {
  CaptureStatus status;
  status.state = CaptureState::Streaming;
  status.session_id = "id";
  status.playlist_url = "http://h/stream/id/playlist.m3u8";
  status.chunks_cut = 7;
  status.chunks_stored = 5;
  status.upload_lag_seconds = 4;
  status.frames_per_second = 29.97;
  status.dropped_frames = 3;
  status.bits_per_second = 2'140'000;
  return status;
}

TEST(StatusText, NamesStateChunksLagRateDropsAndProblems) {
  CaptureStatus status = streaming_status();
  EXPECT_EQ(status_text(status),
            "streaming  chunk 7  uploaded 5  lag 4.0 s  30.0 fps  dropped 3  2.1 Mbit/s");
  status.problems = {{"server_unreachable", "the server is away"}};
  EXPECT_EQ(status_text(status),
            "streaming  chunk 7  uploaded 5  lag 4.0 s  30.0 fps  dropped 3  2.1 Mbit/s  "
            "server_unreachable");
}

TEST(TextReport, BeginsWithThePlaylistAndReportsAProblemOnce) {
  std::ostringstream out;
  std::ostringstream errors;
  TextReport report(out, errors, false);
  CaptureStatus status = streaming_status();
  report.started(status);
  EXPECT_EQ(out.str(), "http://h/stream/id/playlist.m3u8\nsession id\n");
  status.problems = {{"no_sound", "no sound comes"}};
  report.update(status);
  report.update(status);
  status.problems = {};
  report.update(status);
  status.problems = {{"no_sound", "no sound comes"}};
  report.update(status);
  EXPECT_EQ(errors.str(), "streamkit-capture: no sound comes\nstreamkit-capture: no sound comes\n");
  out.str("");
  report.ended(status, {.stored_chunks = 2, .stored_bytes = 10, .retries = 1});
  EXPECT_EQ(out.str(), "2 chunks stored, 10 bytes, 1 retries\n");
}

TEST(TextReport, KeepsOneLineOnATerminal) {
  std::ostringstream out;
  std::ostringstream errors;
  TextReport report(out, errors, true);
  CaptureStatus status = streaming_status();
  report.update(status);
  report.update(status);
  EXPECT_EQ(out.str(), "\r" + status_text(status));
  status.problems = {{"no_sound", "no sound comes"}};
  report.update(status);
  EXPECT_TRUE(out.str().ends_with("\r" + status_text(status)));
}

TEST(JsonReport, PrintsOneObjectPerLine) {
  std::ostringstream out;
  JsonReport report(out);
  CaptureStatus status = streaming_status();
  status.audio = {{.id = "mic:1", .name = "A \"mic\"", .peak = 0.5}};
  report.started(status);
  status.problems = {{"no_sound", "no sound comes"}};
  report.update(status);
  report.update(status);
  status.state = CaptureState::Ended;
  report.ended(status, {.stored_chunks = 7, .stored_bytes = 10});
  std::vector<std::string> events;
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    events.push_back(json.at("event"));
  }
  EXPECT_EQ(events, (std::vector<std::string>{"started", "problem", "status", "status", "ended"}));
}

TEST(DeviceList, IsATableOrJson) {
  const std::vector<SourceInfo> devices = {
      {.id = "screen:A", .name = "Left", .width_px = 1920, .height_px = 1080, .is_default = true},
      {.id = "mic:1", .kind = SourceKind::Microphone, .name = "Mic \"1\""}};
  EXPECT_EQ(devices_text(devices),
            "screen:A  screen      Left  1920x1080  default\n"
            "mic:1     microphone  Mic \"1\"\n");
  const auto json = nlohmann::json::parse(devices_json(devices));
  EXPECT_EQ(json.at(0).at("kind"), "screen");
  EXPECT_EQ(json.at(0).at("width"), 1920);
  EXPECT_EQ(json.at(1).at("name"), "Mic \"1\"");
  EXPECT_EQ(devices_json({}), "[]");
  const Error error = unknown_device("source", "screen:B", devices);
  EXPECT_EQ(error.code, ErrorCode::NotFound);
  EXPECT_NE(error.message.find("screen:A, mic:1"), std::string::npos) << error.message;
}

TEST(FrameRateMeter, CountsTheLastSeconds) {
  FrameRateMeter meter;
  FrameRateMeter::Time now{};
  EXPECT_EQ(meter.rate(0, now), 0);
  for (std::uint64_t i = 1; i <= 50; ++i) {
    now += std::chrono::milliseconds(100);
    EXPECT_NEAR(meter.rate(3 * i, now), 30, 0.01);
  }
  now += std::chrono::seconds(3);
  EXPECT_NEAR(meter.rate(150, now), 0, 2);
}

}  // namespace
}  // namespace streamkit::capture_tool
