#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <streamkit/gstreamer/pipeline_source.hpp>
#include <streamkit/testing/media_conformance.hpp>
#include <thread>

namespace streamkit::gstreamer {
namespace {

using std::chrono::milliseconds;

std::string lines(const testing::Violations& violations) {
  std::string text;
  for (const std::string& violation : violations) text += violation + "\n";
  return text;
}

PipelineOptions quick(const std::string& pipeline) {
  return {.pipeline = pipeline, .realtime = false};
}

constexpr const char* kSmall = "video/x-raw,width=160,height=90,framerate=30/1 ! ";
const std::string kBoth = std::string("videotestsrc num-buffers=45 ! ") + kSmall +
                          "appsink name=video audiotestsrc ! audio/x-raw,rate=44100 ! appsink "
                          "name=audio";

TEST(PipelineSource, KeepsTheContractOfASource) {
  for (const std::string& text :
       {kBoth, std::string("videotestsrc num-buffers=45 ! ") + kSmall + "identity",
        std::string("videotestsrc num-buffers=45 ! ") + kSmall +
            "appsink name=video audiotestsrc num-buffers=20 ! appsink name=audio"}) {
    const auto violations = testing::check_source(
        {.open = [&] { return open_source(quick(text)); }, .frame_count = 45});
    EXPECT_TRUE(violations.empty()) << text << "\n" << lines(violations);
  }
}

TEST(PipelineSource, ALivePipelineKeepsTheContract) {
  const std::string text = std::string("videotestsrc is-live=true ! ") + kSmall +
                           "appsink name=video audiotestsrc is-live=true ! appsink name=audio";
  const auto violations =
      testing::check_source({.open = [&] { return open_source({.pipeline = text}); }});
  EXPECT_TRUE(violations.empty()) << lines(violations);
}

TEST(PipelineSource, FormatsBecomeThoseOfTheKit) {
  const auto source = open_source(
      quick("videotestsrc num-buffers=5 ! "
            "video/x-raw,format=BGRA,width=161,height=91,framerate=0/1 ! appsink name=video"));
  ASSERT_TRUE(source) << to_string(source.error());
  const VideoFormat& format = (*source)->format().video;
  EXPECT_EQ(format.width_px, 160);
  EXPECT_EQ(format.height_px, 90);
  EXPECT_EQ(format.frame_rate.num, 30);
  EXPECT_EQ((*source)->format().audio, AudioFormat{});
  auto options = quick(kBoth);
  options.frame_rate = FrameRate{30000, 1001};
  const auto stated = open_source(options);
  ASSERT_TRUE(stated);
  EXPECT_EQ((*stated)->format().video.frame_rate.num, 30000);
}

TEST(PipelineSource, AudioIsTheToneOfThePipeline) {
  const auto source = open_source(quick(
      std::string("videotestsrc num-buffers=30 ! ") + kSmall +
      "appsink name=video audiotestsrc freq=1000 volume=0.5 ! audio/x-raw,channels=1 ! appsink "
      "name=audio"));
  ASSERT_TRUE(source) << to_string(source.error());
  EXPECT_EQ((*source)->format().audio.channels, 1);
  std::vector<float> samples;
  for (;;) {
    const auto item = (*source)->read({});
    ASSERT_TRUE(item);
    if (std::holds_alternative<EndOfStream>(*item)) break;
    if (const auto* audio = std::get_if<AudioFrame>(&*item)) {
      samples.insert(samples.end(), audio->samples.begin(), audio->samples.end());
    }
  }
  ASSERT_EQ(samples.size(), 48'000U);
  int rises = 0;
  float peak = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    rises += samples[i - 1] < 0 && samples[i] >= 0 ? 1 : 0;
    peak = std::max(peak, std::abs(samples[i]));
  }
  EXPECT_NEAR(rises, 1000, 2);
  EXPECT_NEAR(peak, 0.5, 0.02);
}

TEST(PipelineSource, EndsAfterItsDuration) {
  auto options = quick(std::string("videotestsrc ! ") + kSmall + "appsink name=video");
  options.duration = milliseconds(500);
  const auto violations =
      testing::check_source({.open = [&] { return open_source(options); }, .frame_count = 15});
  EXPECT_TRUE(violations.empty()) << lines(violations);
}

TEST(PipelineSource, BadTextsGiveGstreamersMessage) {
  const auto message = [](const char* text, ErrorCode code) {
    const auto source = open_source({.pipeline = text, .start_timeout = milliseconds(200)});
    EXPECT_FALSE(source) << text;
    if (source) return std::string();
    EXPECT_EQ(source.error().code, code) << source.error().message;
    return source.error().message;
  };
  EXPECT_NE(message("videotestsrc ! nonsense", ErrorCode::InvalidArgument).find("\"nonsense\""),
            std::string::npos);
  EXPECT_NE(message("videotestsrc pattern=", ErrorCode::InvalidArgument).find("GStreamer"),
            std::string::npos);
  EXPECT_NE(
      message("videotestsrc ! appsink name=other", ErrorCode::InvalidArgument).find("name=video"),
      std::string::npos);
  EXPECT_NE(
      message("uridecodebin uri=file:///nowhere ! appsink name=video", ErrorCode::InvalidArgument)
          .find("videoconvert"),
      std::string::npos);
  EXPECT_NE(
      message("filesrc location=/nowhere ! decodebin", ErrorCode::Unavailable).find("nowhere"),
      std::string::npos);
  message("", ErrorCode::InvalidArgument);
  message("appsrc ! video/x-raw ! appsink name=video", ErrorCode::Timeout);
}

TEST(PipelineSource, AFailureOfThePipelineEndsReading) {
  const auto source = open_source(
      quick("videotestsrc ! video/x-raw,width=160,height=90 ! identity error-after=150 ! appsink "
            "name=video"));
  ASSERT_TRUE(source) << to_string(source.error());
  for (int i = 0; i < 1000; ++i) {
    const auto item = (*source)->read({});
    if (item) continue;
    EXPECT_EQ(item.error().code, ErrorCode::Unavailable);
    EXPECT_NE(item.error().message.find("identity"), std::string::npos) << item.error().message;
    return;
  }
  FAIL() << "the failure was not reported";
}

TEST(PipelineVideoInput, AStopWakesAReaderThatWaits) {
  const auto input = open_video_input(
      {.pipeline = "videotestsrc is-live=true ! video/x-raw,width=160,height=90,framerate=1/10 ! "
                   "appsink name=video"});
  ASSERT_TRUE(input) << to_string(input.error());
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(50));
    stop.request_stop();
  });
  const auto started = std::chrono::steady_clock::now();
  for (;;) {
    const auto item = (*input)->read(stop.get_token());
    if (item) continue;
    EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
    break;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
}

TEST(PipelineVideoInput, FramesHaveTheTimeOfTheSteadyClock) {
  const auto before = std::chrono::steady_clock::now();
  const auto input =
      open_video_input({.pipeline = std::string("videotestsrc is-live=true ! ") + kSmall +
                                    "appsink name=video "
                                    "audiotestsrc is-live=true ! appsink name=audio"});
  ASSERT_TRUE(input) << to_string(input.error());
  EXPECT_EQ((*input)->format().width_px, 160);
  CaptureTime last{};
  for (int i = 0; i < 10; ++i) {
    const auto item = (*input)->read({});
    ASSERT_TRUE(item);
    const auto& frame = std::get<LiveFrame>(*item);
    EXPECT_GE(frame.time, before);
    EXPECT_LE(frame.time, std::chrono::steady_clock::now() + milliseconds(40));
    if (i > 0) {
      EXPECT_NEAR(std::chrono::duration<double>(frame.time - last).count(), 1 / 30.0, 0.002);
    }
    last = frame.time;
  }
}

TEST(PipelineAudioInput, GivesRunsWithTheirTimes) {
  const auto input = open_audio_input({.pipeline = "audiotestsrc is-live=true"});
  ASSERT_TRUE(input) << to_string(input.error());
  CaptureTime next{};
  for (int i = 0; i < 10; ++i) {
    const auto item = (*input)->read({});
    ASSERT_TRUE(item);
    const auto& run = std::get<LiveAudio>(*item);
    EXPECT_EQ(run.frame.format, (*input)->format());
    if (i > 0) {
      EXPECT_NEAR(std::chrono::duration<double>(run.time - next).count(), 0, 0.002);
    }
    next = run.time + std::chrono::nanoseconds(1'000'000'000LL * run.frame.sample_count /
                                               run.frame.format.sample_rate_hz);
  }
  EXPECT_EQ(open_audio_input({.pipeline = "videotestsrc ! appsink name=video"}).error().code,
            ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::gstreamer
