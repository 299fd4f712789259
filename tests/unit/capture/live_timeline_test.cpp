#include "capture/live_timeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <streamkit/core/frame_pool.hpp>

#include "capture/frame_fitter.hpp"

namespace streamkit::capture {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr CaptureTime kStart{hours(100)};
constexpr VideoFormat kFormat{.width_px = 16, .height_px = 16};

nanoseconds after(double time) { return nanoseconds(std::llround(time * 1e9)); }

VideoFrame shade(FramePool& pool, int luma) {
  WritableFrame frame = pool.acquire(kFormat);
  for (int y = 0; y < 16; ++y)
    std::fill_n(frame.plane(0).row(y), 16, static_cast<std::uint8_t>(luma));
  return std::move(frame).publish(MediaTime{0}, MediaTime{0});
}

int luma(const VideoFrame& frame) { return *frame.planes[0].row(0); }

// A screen and microphones, with a clock of their own each, on one timeline.
class Scene {
 public:
  explicit Scene(LiveSourceOptions options = {}, std::vector<AudioFormat> audio = {AudioFormat{}})
      : formats_(audio),
        timeline_(options, shade(pool_, 16), audio, kStart),
        sent_(audio.size(), 0) {}

  // Each full second by the steady clock begins with a flash of two frames and a click.
  void run_to(double until) {
    for (; now_ < until - 1e-9; now_ += 0.005) {
      while (shows_ && next_frame_ <= now_ - 0.01) send_frame();
      for (std::size_t input = 0; input < sent_.size(); ++input) {
        while (sounds_ && captured_at(input, sent_[input] + run_length(input)) <= now_ - 0.01) {
          send_audio(input);
        }
      }
      take(timeline_.advance(kStart + after(now_)));
    }
  }
  void send_frame() {
    // The frame nearest to the full second is the first of a flash.
    const double phase = std::fmod(next_frame_ + 1.0 / 60, 1.0);
    const double jitter = std::uniform_real_distribution<double>(-1, 1)(random_) * jitter_ / 4;
    timeline_.push(LiveFrame{kStart + after(next_frame_ + jitter + frame_offset_),
                             shade(pool_, phase < 0.0665 ? 235 : 60)},
                   kStart + after(now_));
    next_frame_ += 1.0 / 30 * (1 - 1e-6 * video_ppm_);
  }
  void send_audio(std::size_t input) {
    LiveAudio run;
    const int count = run_length(input);
    run.frame.format = formats_[input];
    run.frame.sample_count = count;
    const auto channels = static_cast<std::size_t>(formats_[input].channels);
    run.frame.samples.assign(static_cast<std::size_t>(count) * channels, 0.0F);
    for (int n = 0; n < count; ++n) {
      const double at = captured_at(input, sent_[input] + n);
      const float value = sample(at);
      for (std::size_t channel = 0; channel < channels; ++channel) {
        run.frame.samples[channel * static_cast<std::size_t>(count) + static_cast<std::size_t>(n)] =
            value;
      }
    }
    const double jitter = std::uniform_real_distribution<double>(-1, 1)(random_) * jitter_;
    run.time = kStart + after(captured_at(input, sent_[input]) + jitter) + audio_offset_;
    sent_[input] += count;
    timeline_.push(input, run, kStart + after(now_));
  }
  [[nodiscard]] double captured_at(std::size_t input, std::int64_t sample) const {
    return audio_begin_ +
           static_cast<double>(sample) / (formats_[input].sample_rate_hz * (1 + 1e-6 * audio_ppm_));
  }
  [[nodiscard]] int run_length(std::size_t input) const {
    return formats_[input].sample_rate_hz / 50;
  }
  void take(LiveTimeline::Output output) {
    for (VideoFrame& frame : output.frames) {
      EXPECT_EQ(frame.pts, FrameRate{}.time_of(static_cast<std::int64_t>(frames_.size())));
      frames_.push_back(luma(frame));
    }
    for (const AudioFrame& run : output.audio) {
      EXPECT_EQ(run.pts, from_ticks(static_cast<std::int64_t>(audio_.size()), 1, 48'000));
      audio_.insert(audio_.end(), run.samples.begin(), run.samples.begin() + run.sample_count);
    }
    finished_ = finished_ || output.finished;
    if (output.failure) failure_ = output.failure;
  }

  // Times of the stream at which flashes and clicks begin.
  [[nodiscard]] std::vector<double> flashes() const {
    std::vector<double> times;
    for (std::size_t n = 1; n < frames_.size(); ++n) {
      if (frames_[n] > 200 && frames_[n - 1] < 200) times.push_back(static_cast<double>(n) / 30);
    }
    return times;
  }
  [[nodiscard]] std::vector<double> clicks() const {
    std::vector<double> times;
    for (std::size_t n = 0; n < audio_.size(); ++n) {
      const bool apart = times.empty() || static_cast<double>(n) / 48'000 > times.back() + 0.5;
      if (apart && std::abs(audio_[n]) > 0.4F) times.push_back(static_cast<double>(n) / 48'000);
    }
    return times;
  }
  [[nodiscard]] float peak(double from, double to) const {
    float peak = 0;
    const auto end = std::min(static_cast<std::size_t>(to * 48'000), audio_.size());
    for (auto n = static_cast<std::size_t>(from * 48'000); n < end; ++n) {
      peak = std::max(peak, std::abs(audio_[n]));
    }
    return peak;
  }

  static float sample(double at) {
    const double phase = at - std::floor(at);
    const double pi = std::numbers::pi;
    if (phase < 0.01) return static_cast<float>(0.8 * std::cos(2 * pi * 1000 * phase));
    return static_cast<float>(0.1 * std::sin(2 * pi * 440 * at));
  }

  FramePool pool_;
  std::vector<AudioFormat> formats_;
  LiveTimeline timeline_;
  std::mt19937 random_{3};
  std::vector<std::int64_t> sent_;
  double now_ = 0;
  double next_frame_ = 0.25;
  double jitter_ = 0.004;
  double frame_offset_ = 0;
  double audio_begin_ = 0;
  nanoseconds audio_offset_{0};
  double video_ppm_ = 0;
  double audio_ppm_ = 0;
  bool shows_ = true;
  bool sounds_ = true;
  std::vector<int> frames_;
  std::vector<float> audio_;
  bool finished_ = false;
  std::optional<Error> failure_;
};

void expect_together(const Scene& scene, std::size_t least, double within = 1.0 / 30) {
  const auto flashes = scene.flashes();
  const auto clicks = scene.clicks();
  ASSERT_GE(flashes.size(), least);
  ASSERT_GE(clicks.size(), least);
  for (const double flash : flashes) {
    const auto near = std::min_element(clicks.begin(), clicks.end(), [&](double a, double b) {
      return std::abs(a - flash) < std::abs(b - flash);
    });
    EXPECT_LT(std::abs(*near - flash), within) << "at " << flash;
  }
}

TEST(LiveTimeline, KeepsFlashAndClickTogetherWhateverTheClocks) {
  for (const double ppm : {-200.0, 200.0}) {
    Scene scene;
    scene.audio_ppm_ = ppm;
    scene.video_ppm_ = -ppm;
    scene.run_to(120);
    expect_together(scene, 115);
    EXPECT_EQ(scene.timeline_.stats().audio[0].gaps, 0u);
    EXPECT_EQ(scene.timeline_.stats().video_gaps, 0u);
  }
}

TEST(LiveTimeline, BeginsWithTheFirstFrame) {
  Scene scene;
  scene.next_frame_ = 1.5;
  scene.run_to(4);
  // 1.5 s after the clock's full second: the next is at 0.5 s of the stream.
  ASSERT_FALSE(scene.clicks().empty());
  EXPECT_NEAR(scene.clicks()[0], 0.5, 0.01);
  EXPECT_NEAR(scene.flashes()[0], 0.5, 1.0 / 30);
  EXPECT_GT(scene.peak(0.05, 0.4), 0.09F);
}

TEST(LiveTimeline, HasNoClicksOfItsOwn) {
  Scene scene;
  scene.audio_ppm_ = 200;
  scene.run_to(60);
  // The tone's steepest step is 0.1 * 2 pi * 440 / 48000.
  for (std::size_t n = 48'000 * 2; n + 1 < scene.audio_.size(); ++n) {
    const double phase = std::fmod(static_cast<double>(n) / 48'000 + 0.25, 1.0);
    if (phase > 0.02 && phase < 0.98) {
      ASSERT_LT(std::abs(scene.audio_[n + 1] - scene.audio_[n]), 0.0065F) << n;
    }
  }
}

TEST(LiveTimeline, MixesRatesAndChannels) {
  Scene scene({}, {{44'100, 2}, {16'000, 1}, {96'000, 6}});
  scene.jitter_ = 0;  // the tones would cancel each other
  scene.run_to(10);
  expect_together(scene, 8);
  EXPECT_NEAR(scene.peak(5.3, 5.7), 0.3F, 0.01F);
  scene.timeline_.mix().set_level(0, 0.5F);
  scene.timeline_.mix().mute(1, true);
  scene.timeline_.mix().set_level(9, 1);
  scene.run_to(14);
  EXPECT_NEAR(scene.peak(12.3, 12.7), 0.15F, 0.01F);
  const auto meters = scene.timeline_.mix().take_meters();
  ASSERT_EQ(meters.size(), 3u);
  EXPECT_FALSE(meters[1].silent);
  EXPECT_NEAR(scene.timeline_.mix().take_meters()[0].peak, 0, 0);
}

TEST(LiveTimeline, RepeatsTheLastFrameOfAStillScreen) {
  Scene scene;
  scene.run_to(2);
  scene.shows_ = false;
  scene.run_to(12);
  EXPECT_NEAR(static_cast<double>(scene.frames_.size()), 11.6 * 30, 4);
  EXPECT_GT(scene.timeline_.stats().frames_repeated, 290u);
  scene.shows_ = true;
  scene.next_frame_ = scene.now_;
  scene.run_to(20);
  expect_together(scene, 8);
  EXPECT_EQ(scene.timeline_.stats().video_gaps, 0u);
}

TEST(LiveTimeline, FillsAGapInTheSoundAndShiftsNothing) {
  Scene scene;
  scene.run_to(5);
  scene.sounds_ = false;
  scene.timeline_.mix().note(0, InputState::Lost, "the sound server went away");
  scene.run_to(8.3);
  EXPECT_EQ(scene.timeline_.stats().audio[0].state, InputState::Lost);
  EXPECT_EQ(scene.peak(5.5, 7.5), 0.0F);
  scene.sent_[0] = static_cast<std::int64_t>(scene.now_ * 48'000);
  scene.sounds_ = true;
  scene.run_to(20);
  expect_together(scene, 10, 3.5);
  const auto clicks = scene.clicks();
  for (const double click : clicks) EXPECT_NEAR(click + 0.25, std::round(click + 0.25), 0.012);
  EXPECT_GE(clicks.size(), 15u);
  const auto stats = scene.timeline_.stats();
  EXPECT_EQ(stats.audio[0].state, InputState::Running);
  EXPECT_EQ(stats.audio[0].gaps, 1u);
  EXPECT_NEAR(std::chrono::duration<double>(stats.audio[0].gap_time).count(), 3.3, 0.1);
}

TEST(LiveTimeline, CutsOutWhatALongSuspensionIsLongerThanItFills) {
  Scene scene;
  scene.run_to(5);
  const auto before = scene.frames_.size();
  scene.now_ += 3600;
  scene.next_frame_ += 3600;
  scene.sent_[0] += 3600LL * 48'000;
  scene.run_to(3612);
  const double more = static_cast<double>(scene.frames_.size() - before) / 30;
  EXPECT_NEAR(more, 17, 0.3);
  EXPECT_NEAR(static_cast<double>(scene.audio_.size()) / 1600,
              static_cast<double>(scene.frames_.size()), 4);
  const auto stats = scene.timeline_.stats();
  EXPECT_EQ(stats.cuts, 1u);
  EXPECT_NEAR(std::chrono::duration<double>(stats.cut_time).count(), 3590, 0.1);
  expect_together(scene, 10, 1.0 / 30);
}

TEST(LiveTimeline, FillsAShortSuspensionWhole) {
  Scene scene;
  scene.run_to(5);
  scene.now_ += 6;
  scene.next_frame_ += 6;
  scene.sent_[0] += 6 * 48'000;
  scene.run_to(16);
  EXPECT_NEAR(static_cast<double>(scene.frames_.size()), (16 - 0.35) * 30, 5);
  EXPECT_EQ(scene.timeline_.stats().cuts, 0u);
  expect_together(scene, 8);
}

TEST(LiveTimeline, TakesAbsurdTimesAsThoseOfArrival) {
  for (const double offset : {7200.0, -7200.0}) {
    Scene scene;
    scene.run_to(5);
    scene.frame_offset_ = offset;
    scene.audio_offset_ = after(offset);
    scene.run_to(15);
    expect_together(scene, 12, 0.05);
    EXPECT_NEAR(static_cast<double>(scene.frames_.size()), 14.6 * 30, 5);
    EXPECT_EQ(scene.timeline_.stats().cuts, 0u);
  }
}

TEST(LiveTimeline, PausesWithTheLastFrameAndSilence) {
  Scene scene;
  scene.run_to(5.5);
  scene.timeline_.pause(true);
  scene.run_to(9.5);
  scene.timeline_.pause(false);
  scene.run_to(14);
  EXPECT_EQ(scene.peak(5.5, 8.9), 0.0F);
  EXPECT_GT(scene.peak(10, 12), 0.5F);
  for (const double flash : scene.flashes()) EXPECT_TRUE(flash < 5.4 || flash > 9) << flash;
  EXPECT_EQ(scene.flashes().size(), 9u);
}

TEST(LiveTimeline, BeginsWithBlackIfNoFrameComes) {
  Scene scene({.first_frame_wait = seconds(2)});
  scene.next_frame_ = 4;
  scene.run_to(6);
  ASSERT_GT(scene.frames_.size(), 100u);
  EXPECT_EQ(scene.frames_[0], 16);
  EXPECT_EQ(scene.frames_[50], 16);
  EXPECT_NE(scene.frames_[70], 16);
}

TEST(LiveTimeline, EndsAfterItsDurationWithBothTracksAlike) {
  Scene scene({.duration = seconds(2)});
  scene.run_to(5);
  EXPECT_TRUE(scene.finished_);
  EXPECT_EQ(scene.frames_.size(), 60u);
  EXPECT_EQ(scene.audio_.size(), 96'000u);
}

TEST(LiveTimeline, GoesOnWithoutALostDeviceForAsLongAsItIsTold) {
  Scene scene({.lost_wait = seconds(3)});
  scene.run_to(3);
  scene.shows_ = false;
  scene.timeline_.note({kStart, InputState::Lost, "the camera was unplugged"}, kStart + after(3));
  scene.run_to(5.9);
  EXPECT_FALSE(scene.finished_);
  EXPECT_EQ(scene.timeline_.stats().video_gaps, 1u);
  EXPECT_NEAR(std::chrono::duration<double>(scene.timeline_.stats().video_gap_time).count(), 2.9,
              0.2);
  scene.run_to(7);
  EXPECT_TRUE(scene.finished_);
  ASSERT_TRUE(scene.failure_);
  EXPECT_EQ(scene.failure_->code, ErrorCode::Unavailable);
  EXPECT_NE(scene.failure_->message.find("unplugged"), std::string::npos);
  EXPECT_EQ(scene.audio_.size(), scene.frames_.size() * 1600);
}

TEST(LiveTimeline, EndsWithItsVideo) {
  Scene scene;
  scene.run_to(3);
  scene.shows_ = false;
  scene.timeline_.end_video({}, kStart + after(3));
  scene.run_to(4);
  EXPECT_TRUE(scene.finished_);
  EXPECT_FALSE(scene.failure_);
  EXPECT_NEAR(static_cast<double>(scene.frames_.size()), 2.75 * 30, 2);
  EXPECT_EQ(scene.audio_.size(), scene.frames_.size() * 1600);
}

TEST(FrameFitter, KeepsTheAspectOnBlack) {
  FramePool pool;
  VideoFormat wide = kFormat;
  wide.width_px = 64;
  wide.height_px = 32;
  WritableFrame frame = pool.acquire(wide);
  for (int plane = 0; plane < 3; ++plane) {
    for (int y = 0; y < frame.plane(plane).height_px; ++y) {
      std::fill_n(frame.plane(plane).row(y), frame.plane(plane).width_px,
                  static_cast<std::uint8_t>(plane == 0 ? 200 : 100));
    }
  }
  VideoFormat target = kFormat;
  target.width_px = 48;
  target.height_px = 48;
  FrameFitter fitter(target);
  const auto fitted = fitter.fit(std::move(frame).publish(MediaTime{0}, MediaTime{0}));
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->format.width_px, 48);
  EXPECT_EQ(fitted->planes[0].row(4)[24], 16);
  EXPECT_EQ(fitted->planes[0].row(44)[24], 16);
  EXPECT_NEAR(fitted->planes[0].row(24)[1], 200, 1);
  EXPECT_NEAR(fitted->planes[0].row(24)[46], 200, 1);
  EXPECT_NEAR(fitted->planes[1].row(12)[12], 100, 1);
  EXPECT_EQ(fitted->planes[1].row(2)[12], 128);
}

}  // namespace
}  // namespace streamkit::capture
