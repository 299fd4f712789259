#include <gtest/gtest.h>

#include <stop_token>
#include <streamkit/capture/live_source.hpp>
#include <streamkit/capture/url_input.hpp>
#include <streamkit/testing/recording_metrics.hpp>
#include <thread>
#include <vector>

#include "flash_clip.hpp"
#include "input_watcher.hpp"
#include "stream_server.hpp"

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const FlashClip& clip() {
  static const FlashClip kClip(90);
  return kClip;
}

UrlInputOptions options_for(const std::string& url) {
  UrlInputOptions options;
  options.url = url;
  options.backoff.initial_delay = milliseconds(20);
  options.backoff.max_delay = milliseconds(100);
  return options;
}

CaptureTime on_timeline(MediaTime pts) {
  return CaptureTime(std::chrono::duration_cast<CaptureTime::duration>(pts));
}

class UrlInput : public ::testing::Test {
 protected:
  Result<UrlInputs> open(const UrlInputOptions& options) {
    Context context;
    context.metrics = &metrics_;
    return open_url_inputs(options, context);
  }

  StreamServer server_{clip()};
  testing::RecordingMetrics metrics_;
};

TEST_F(UrlInput, FramesComeAtTheirTimeAndAudioStaysWithThem) {
  auto inputs = open(options_for(server_.url()));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  EXPECT_EQ(inputs->video->format().width_px, 96);
  EXPECT_NEAR(inputs->video->format().frame_rate.hz(), 30, 0.1);
  EXPECT_EQ(inputs->audio->format(), AudioFormat{});
  InputWatcher watcher(std::move(*inputs));
  const auto seen = watcher.wait_for_seconds(4);
  expect_in_step(seen);
  EXPECT_FALSE(seen.any_early);
  EXPECT_TRUE(seen.events.empty());
  // The rate of the stream is kept.
  const auto first = seen.flashes[1];
  const auto last = seen.flashes.back();
  EXPECT_NEAR(std::chrono::duration<double>(last - first).count(),
              static_cast<double>(seen.flashes.size() - 2), 0.2);
  EXPECT_TRUE(metrics_.gauge("streamkit_input_buffer_seconds{input=\"'" + server_.url() + "'\"}"));
}

TEST_F(UrlInput, ContinuesAfterTheConnectionIsReset) {
  auto inputs = open(options_for(server_.url()));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  InputWatcher watcher(std::move(*inputs));
  watcher.wait_for_seconds(1);
  server_.cut();
  watcher.wait_for_state(InputState::Running);
  const auto seen = watcher.wait_for_seconds(3);
  expect_in_step(seen);
  EXPECT_EQ(seen.events, (std::vector{InputState::Lost, InputState::Running}));
  const LiveStats stats = watcher.stats();
  EXPECT_EQ(stats.reconnects, 1u);
  EXPECT_GE(stats.retries, 1u);
  EXPECT_GE(stats.gaps, 1u);
  EXPECT_TRUE(stats.connected);
  EXPECT_GE(metrics_.counter("streamkit_input_retries_total{input=\"'" + server_.url() + "'\"}"),
            1);
}

TEST_F(UrlInput, RidesOutAServerThatIsAwayForAWhile) {
  auto inputs = open(options_for(server_.url()));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  InputWatcher watcher(std::move(*inputs));
  watcher.wait_for_seconds(1);
  server_.set_away(true);
  server_.cut();
  watcher.wait_for_state(InputState::Lost);
  watcher.wait_for([&](const auto&) { return server_.connections() >= 4; });
  EXPECT_FALSE(watcher.stats().connected);
  server_.set_away(false);
  watcher.wait_for_state(InputState::Running);
  expect_in_step(watcher.wait_for_seconds(2));
}

TEST_F(UrlInput, FailsClearlyWhenTheServerStaysAway) {
  auto options = options_for(server_.url() + "?token=secret");
  options.give_up_after = milliseconds(700);
  auto inputs = open(options);
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  InputWatcher watcher(std::move(*inputs));
  watcher.wait_for_seconds(1);
  server_.set_away(true);
  server_.cut();
  const auto seen = watcher.wait_for([](const auto& s) { return s.failure.has_value(); });
  ASSERT_TRUE(seen.failure);
  EXPECT_EQ(seen.failure->code, ErrorCode::Unavailable);
  EXPECT_NE(seen.failure->message.find("did not come back"), std::string::npos)
      << seen.failure->message;
  EXPECT_EQ(seen.failure->message.find("secret"), std::string::npos);
}

TEST_F(UrlInput, FeedsALiveSource) {
  auto inputs = open(options_for(server_.url()));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  std::vector<std::unique_ptr<AudioInput>> audio;
  audio.push_back(std::move(inputs->audio));
  const auto source = LiveSource::create(std::move(inputs->video), std::move(audio),
                                         {.frame_rate = {30, 1}, .duration = seconds(5)});
  ASSERT_TRUE(source) << to_string(source.error());
  // On the timeline of the source, which has no capture times.
  InputWatcher::Seen seen;
  bool was_flash = true;
  for (;;) {
    auto item = (*source)->read({});
    ASSERT_TRUE(item) << to_string(item.error());
    if (std::holds_alternative<EndOfStream>(*item)) break;
    if (const auto* frame = std::get_if<VideoFrame>(&*item)) {
      ++seen.frames;
      const bool flash = is_flash(*frame);
      if (flash && !was_flash) seen.flashes.push_back(on_timeline(frame->pts));
      was_flash = flash;
    } else {
      const auto& run = std::get<AudioFrame>(*item);
      const auto begin = tone_begin({on_timeline(run.pts), run});
      const bool again =
          begin && !seen.tones.empty() && *begin - seen.tones.back() < milliseconds(500);
      if (begin && !again) seen.tones.push_back(*begin);
    }
  }
  EXPECT_EQ(seen.frames, 150u);
  EXPECT_GE(seen.flashes.size(), 3u);
  expect_in_step(seen);
  EXPECT_EQ((*source)->stats().frames_dropped, 0u);
}

TEST_F(UrlInput, AServerThatFallsSilentIsLostAndComesBack) {
  auto options = options_for(server_.url());
  options.stall_timeout = milliseconds(1500);
  auto inputs = open(options);
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  InputWatcher watcher(std::move(*inputs));
  watcher.wait_for_seconds(1);
  server_.set_silent(true);
  watcher.wait_for_state(InputState::Lost);
  server_.set_silent(false);
  watcher.wait_for_state(InputState::Running);
  expect_in_step(watcher.wait_for_seconds(2));
}

TEST_F(UrlInput, StopWakesAReadThatWaits) {
  auto inputs = open(options_for(server_.url()));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  server_.set_silent(true);
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(200));
    stop.request_stop();
  });
  for (;;) {
    const auto item = inputs->video->read(stop.get_token());
    if (item) continue;
    EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
    return;
  }
}

TEST_F(UrlInput, ATrackThatNobodyReadsHoldsUpNothing) {
  auto inputs = open(options_for(server_.url()));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  inputs->audio.reset();
  for (int frames = 0; frames < 60;) {
    const auto item = inputs->video->read({});
    ASSERT_TRUE(item) << to_string(item.error());
    frames += std::holds_alternative<LiveFrame>(*item);
  }
  inputs->video.reset();
  EXPECT_FALSE(inputs->stats().connected);
}

TEST_F(UrlInput, ASilentServerEndsOpeningInTime) {
  server_.set_silent(true);
  auto options = options_for(server_.url());
  options.open_timeout = milliseconds(300);
  const auto inputs = open(options);
  ASSERT_FALSE(inputs);
  EXPECT_EQ(inputs.error().code, ErrorCode::Timeout);
}

TEST_F(UrlInput, OpeningCanBeStopped) {
  server_.set_silent(true);
  std::stop_source stop;
  std::jthread stopper([&] {
    while (server_.connections() == 0) std::this_thread::sleep_for(milliseconds(5));
    stop.request_stop();
  });
  auto options = options_for(server_.url());
  options.stop = stop.get_token();
  const auto inputs = open(options);
  ASSERT_FALSE(inputs);
  EXPECT_EQ(inputs.error().code, ErrorCode::Cancelled);
}

TEST_F(UrlInput, WhatIsNotALiveStreamIsNamed) {
  for (const std::string url : {"file:///etc/passwd", "/etc/passwd", "concat:a|b", "lavfi:testsrc",
                                "subfile,,start,0,end,9,,:/etc/passwd"}) {
    EXPECT_FALSE(is_live_url(url)) << url;
    const auto inputs = open(options_for(url));
    ASSERT_FALSE(inputs) << url;
    EXPECT_EQ(inputs.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(inputs.error().message.find("rtmp"), std::string::npos) << inputs.error().message;
  }
  for (const std::string url : {"rtsp://host/a", "srt://host:1", "https://host/a.m3u8"}) {
    EXPECT_TRUE(is_live_url(url)) << url;
  }
}

}  // namespace
}  // namespace streamkit::capture
