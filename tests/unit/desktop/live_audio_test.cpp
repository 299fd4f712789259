#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <streamkit/capture/live_source.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/desktop/audio_input.hpp>
#include <thread>
#include <vector>

#include "pulse_test_server.hpp"

namespace streamkit::desktop {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr VideoFormat kFormat{.width_px = 32, .height_px = 16};

// A screen that is bright while the player's click is heard, and 50 ms longer.
class FlashingScreen final : public VideoInput {
 public:
  explicit FlashingScreen(TonePlayer& player) : player_(player) {}
  const VideoFormat& format() const noexcept override { return kFormat; }
  Result<LiveVideoItem> read(std::stop_token stop) override {
    if (!system_clock().wait_until(next_, stop)) return Error{ErrorCode::Cancelled, "stopped"};
    LiveFrame live;
    live.time = std::chrono::steady_clock::now();
    next_ = std::max(next_ + milliseconds(10), live.time);
    const auto clicks = player_.clicks();
    const bool is_bright = std::any_of(clicks.begin(), clicks.end(), [&](CaptureTime click) {
      return live.time >= click && live.time < click + milliseconds(50);
    });
    WritableFrame frame = pool_.acquire(kFormat);
    for (int plane = 0; plane < 3; ++plane) {
      for (int y = 0; y < frame.plane(plane).height_px; ++y) {
        std::fill_n(frame.plane(plane).row(y), frame.plane(plane).width_px,
                    static_cast<std::uint8_t>(plane > 0   ? 128
                                              : is_bright ? 235
                                                          : 16));
      }
    }
    live.frame = std::move(frame).publish(MediaTime{0}, MediaTime{0});
    return LiveVideoItem{std::move(live)};
  }

 private:
  TonePlayer& player_;
  FramePool pool_;
  CaptureTime next_ = std::chrono::steady_clock::now();
};

struct Seen {
  std::vector<double> flashes;
  std::vector<double> clicks;
  MediaTime frames_end{0};
  MediaTime audio_end{0};
};

void take(const VideoFrame& frame, Seen& seen) {
  const double at = to_seconds(frame.pts);
  const bool apart = seen.flashes.empty() || at > seen.flashes.back() + 0.5;
  if (frame.planes[0].row(0)[0] > 128 && apart) seen.flashes.push_back(at);
  EXPECT_EQ(frame.pts, seen.frames_end);
  seen.frames_end = frame.pts + frame.duration;
}

void take(const AudioFrame& run, Seen& seen) {
  EXPECT_EQ(run.pts, seen.audio_end);
  seen.audio_end = run.pts + run.duration();
  for (int n = 0; n < run.sample_count; ++n) {
    const double at = to_seconds(run.pts) + n / 48'000.0;
    const bool apart = seen.clicks.empty() || at > seen.clicks.back() + 0.5;
    if (std::abs(run.samples[static_cast<std::size_t>(n)]) > 0.4F && apart) {
      seen.clicks.push_back(at);
    }
  }
}

template <typename Done>
void watch(capture::LiveSource& source, Seen& seen, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(60);
  while (!done() && std::chrono::steady_clock::now() < deadline) {
    auto item = source.read({});
    ASSERT_TRUE(item) << to_string(item.error());
    if (const auto* frame = std::get_if<VideoFrame>(&*item)) take(*frame, seen);
    if (const auto* run = std::get_if<AudioFrame>(&*item)) take(*run, seen);
  }
  EXPECT_TRUE(done()) << "a minute was not enough";
}

// How far the last five flashes are from the clicks next to them; the median, so that one late
// thread is no error.
double distance(const Seen& seen, double from) {
  constexpr std::size_t kLooked = 5;
  std::vector<double> distances;
  const std::size_t first = seen.flashes.size() > kLooked ? seen.flashes.size() - kLooked : 0;
  for (std::size_t i = first; i < seen.flashes.size(); ++i) {
    const double flash = seen.flashes[i];
    if (flash < from || seen.clicks.empty()) continue;
    const auto near = std::min_element(
        seen.clicks.begin(), seen.clicks.end(),
        [&](double a, double b) { return std::abs(a - flash) < std::abs(b - flash); });
    distances.push_back(flash - *near);
  }
  if (distances.empty()) return 1;
  std::sort(distances.begin(), distances.end());
  return distances[distances.size() / 2];
}

constexpr double kOneFrame = 1.0 / 30;

TEST(LiveAudio, KeepsFlashAndClickTogetherOverARestartOfTheServer) {
  PulseTestServer server;
  ASSERT_TRUE(server.start());
  auto player = std::make_unique<TonePlayer>(server.address());
  auto audio = open_audio_input("pulse:out.monitor", {.server = server.address()});
  ASSERT_TRUE(audio) << to_string(audio.error());
  std::vector<std::unique_ptr<AudioInput>> inputs;
  inputs.push_back(std::move(*audio));
  auto source =
      capture::LiveSource::create(std::make_unique<FlashingScreen>(*player), std::move(inputs));
  ASSERT_TRUE(source) << to_string(source.error());
  Seen seen;
  // A busy machine is late for a while, but not for good.
  watch(**source, seen, [&] {
    return seen.clicks.size() >= 5 && seen.flashes.size() >= 6 &&
           std::abs(distance(seen, 1)) < kOneFrame;
  });
  const double before = distance(seen, 1);
  RecordProperty("flash_after_click_ms", std::to_string(before * 1000));
  EXPECT_LT(std::abs(before), kOneFrame);
  EXPECT_FALSE((*source)->meters()[0].silent);

  server.kill();
  const auto lost = [&] { return (*source)->stats().audio[0].state == InputState::Lost; };
  watch(**source, seen, lost);
  const MediaTime at_loss = seen.frames_end;
  watch(**source, seen, [&] { return seen.frames_end > at_loss + seconds(1); });
  ASSERT_TRUE(server.start());
  player->restart(server.address());
  const std::size_t clicks = seen.clicks.size();
  const double again = to_seconds(seen.frames_end) + 1;
  watch(**source, seen, [&] {
    return seen.clicks.size() >= clicks + 4 && !seen.flashes.empty() &&
           seen.flashes.back() > again + 3 && std::abs(distance(seen, again)) < kOneFrame;
  });
  const double after = distance(seen, again);
  RecordProperty("flash_after_click_restarted_ms", std::to_string(after * 1000));
  EXPECT_LT(std::abs(after), kOneFrame);
  const auto stats = (*source)->stats();
  EXPECT_EQ(stats.audio[0].state, InputState::Running);
  EXPECT_GE(stats.audio[0].gaps, 1u);
  EXPECT_GT(stats.audio[0].gap_time, milliseconds(900));
  EXPECT_EQ(stats.cuts, 0u);
}

}  // namespace
}  // namespace streamkit::desktop
