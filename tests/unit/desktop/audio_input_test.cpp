#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <streamkit/desktop/audio_input.hpp>
#include <vector>

#include "desktop/audio_queue.hpp"
#include "pulse_test_server.hpp"

namespace streamkit::desktop {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What was heard until some clicks had been.
struct Heard {
  std::vector<CaptureTime> clicks;
  std::vector<float> tone;
  std::vector<InputEvent> events;
  std::uint64_t gaps = 0;
};

void take(const LiveAudio& run, Heard& heard) {
  if (run.gap_before) ++heard.gaps;
  for (int n = 0; n < run.frame.sample_count; ++n) {
    const float sample = run.frame.samples[static_cast<std::size_t>(n)];
    const CaptureTime at = run.time + std::chrono::microseconds(n * 1'000'000LL / 48'000);
    const bool apart = heard.clicks.empty() || at > heard.clicks.back() + milliseconds(500);
    if (std::abs(sample) > 0.4F && apart) heard.clicks.push_back(at);
    heard.tone.push_back(sample);
  }
}

// Reads until `done`, and for at most a minute.
template <typename Done>
Heard listen(AudioInput& input, Done done) {
  Heard heard;
  const auto deadline = std::chrono::steady_clock::now() + seconds(60);
  while (!done(heard) && std::chrono::steady_clock::now() < deadline) {
    auto item = input.read({});
    if (!item) {
      ADD_FAILURE() << to_string(item.error());
      break;
    }
    if (const auto* run = std::get_if<LiveAudio>(&*item)) take(*run, heard);
    if (const auto* event = std::get_if<InputEvent>(&*item)) heard.events.push_back(*event);
  }
  EXPECT_TRUE(done(heard)) << "a minute was not enough";
  return heard;
}

double frequency(const std::vector<float>& tone) {
  std::size_t first = 0;
  std::size_t last = 0;
  int periods = -1;
  for (std::size_t n = 1; n < tone.size(); ++n) {
    if (tone[n - 1] >= 0 || tone[n] < 0) continue;
    if (periods++ < 0) first = n;
    last = n;
  }
  return periods < 1 ? 0 : periods * 48'000.0 / static_cast<double>(last - first);
}

TEST(AudioInput, ListsMicrophonesAndMonitors) {
  PulseTestServer server;
  ASSERT_TRUE(server.start());
  const auto listed = list_audio_sources({.server = server.address()});
  ASSERT_TRUE(listed) << to_string(listed.error());
  ASSERT_EQ(listed->size(), 3u);
  const auto find = [&](const std::string& id) {
    return *std::find_if(listed->begin(), listed->end(),
                         [&](const SourceInfo& source) { return source.id == id; });
  };
  EXPECT_EQ(find("pulse:out.monitor").kind, SourceKind::SystemAudio);
  EXPECT_EQ(find("pulse:mic").kind, SourceKind::Microphone);
  EXPECT_FALSE(find("pulse:mic").name.empty());
  EXPECT_TRUE(listed->front().is_default);
}

TEST(AudioInput, HearsTheToneAtItsPitchAndTheClickAtItsTime) {
  PulseTestServer server;
  ASSERT_TRUE(server.start());
  TonePlayer player(server.address());
  const auto input = open_audio_input("pulse:out.monitor", {.server = server.address()});
  ASSERT_TRUE(input) << to_string(input.error());
  const Heard heard =
      listen(**input, [](const Heard& so_far) { return so_far.clicks.size() >= 5; });
  const std::vector<float> tone(heard.tone.end() - 36'000, heard.tone.end() - 12'000);
  EXPECT_NEAR(frequency(tone), TonePlayer::kToneHz, 2);
  const auto played = player.clicks();
  ASSERT_FALSE(played.empty());
  std::vector<double> errors;
  for (std::size_t n = 2; n < heard.clicks.size(); ++n) {
    const auto near = std::min_element(played.begin(), played.end(), [&](auto a, auto b) {
      return std::chrono::abs(a - heard.clicks[n]) < std::chrono::abs(b - heard.clicks[n]);
    });
    errors.push_back(std::chrono::duration<double>(heard.clicks[n] - *near).count());
  }
  std::sort(errors.begin(), errors.end());
  const double middle = errors[errors.size() / 2];
  RecordProperty("click_error_ms", std::to_string(middle * 1000));
  EXPECT_LT(std::abs(middle), 1.0 / 30);
}

TEST(AudioInput, WaitsForAServerThatIsRestarted) {
  PulseTestServer server;
  ASSERT_TRUE(server.start());
  const auto input = open_audio_input("pulse:out.monitor", {.server = server.address()});
  ASSERT_TRUE(input) << to_string(input.error());
  listen(**input, [](const Heard& so_far) { return so_far.tone.size() > 9600; });
  server.kill();
  const Heard lost = listen(**input, [](const Heard& so_far) { return !so_far.events.empty(); });
  EXPECT_EQ(lost.events[0].state, InputState::Lost);
  ASSERT_TRUE(server.start());
  TonePlayer player(server.address());
  const Heard back = listen(**input, [](const Heard& so_far) { return so_far.clicks.size() >= 2; });
  ASSERT_EQ(back.events.size(), 1u);
  EXPECT_EQ(back.events[0].state, InputState::Running);
  EXPECT_EQ(back.gaps, 1u);
}

TEST(AudioInput, WaitsForADeviceThatIsUnplugged) {
  PulseTestServer server;
  ASSERT_TRUE(server.start());
  const auto input = open_audio_input("pulse:out.monitor", {.server = server.address()});
  ASSERT_TRUE(input) << to_string(input.error());
  ASSERT_TRUE(server.control({"unload-module", "module-null-sink"}));
  const Heard lost = listen(**input, [](const Heard& so_far) { return !so_far.events.empty(); });
  EXPECT_EQ(lost.events[0].state, InputState::Lost);
  ASSERT_TRUE(server.control({"load-module", "module-null-sink", "sink_name=out"}));
  const Heard back = listen(**input, [](const Heard& so_far) { return so_far.tone.size() > 9600; });
  EXPECT_EQ(back.events[0].state, InputState::Running);
  EXPECT_EQ(back.gaps, 1u);
}

TEST(AudioInput, OpensTheDefaults) {
  PulseTestServer server;
  ASSERT_TRUE(server.start());
  for (const char* id : {"pulse:@DEFAULT_MONITOR@", "pulse:@DEFAULT_SOURCE@"}) {
    const auto input = open_audio_input(id, {.server = server.address()});
    ASSERT_TRUE(input) << to_string(input.error());
    listen(**input, [](const Heard& so_far) { return so_far.tone.size() > 4800; });
  }
}

TEST(AudioInput, IsWokenByTheStopTokenWhileItsServerIsAway) {
  PulseTestServer server;
  ASSERT_TRUE(server.start());
  const auto input = open_audio_input("pulse:mic", {.server = server.address()});
  ASSERT_TRUE(input) << to_string(input.error());
  server.kill();
  listen(**input, [](const Heard& so_far) { return !so_far.events.empty(); });
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ((*input)->read(stop.get_token()).error().code, ErrorCode::Cancelled);
}

TEST(AudioInput, NamesWhatCannotBeOpened) {
  EXPECT_EQ(open_audio_input("screen:1").error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(open_audio_input("pulse:").error().code, ErrorCode::InvalidArgument);
  const AudioServerOptions nowhere{.server = "unix:/nonexistent/socket"};
  EXPECT_EQ(open_audio_input("pulse:mic", nowhere).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(list_audio_sources(nowhere).error().code, ErrorCode::Unavailable);
  PulseTestServer server;
  ASSERT_TRUE(server.start());
  const auto missing = open_audio_input("pulse:nobody", {.server = server.address()});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound) << to_string(missing.error());
}

TEST(AudioQueue, MarksTheGapThatAnAbsentReaderCauses) {
  AudioQueue queue(2);
  for (int n = 0; n < 4; ++n) queue.push(LiveAudio{});
  ASSERT_TRUE(queue.pop({}));
  ASSERT_TRUE(queue.pop({}));
  queue.push(LiveAudio{});
  const auto item = queue.pop({});
  ASSERT_TRUE(item);
  EXPECT_TRUE(std::get<LiveAudio>(*item).gap_before);
}

}  // namespace
}  // namespace streamkit::desktop
