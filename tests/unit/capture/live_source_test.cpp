#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <streamkit/capture/camera.hpp>
#include <streamkit/capture/live_source.hpp>
#include <streamkit/capture/url_input.hpp>
#include <streamkit/core/bounded_queue.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <streamkit/testing/recording_metrics.hpp>
#include <thread>

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr VideoFormat kFormat{.width_px = 32, .height_px = 16};

// Returns what the test pushes, and blocks until then.
template <typename Port, typename Item, typename Format>
class ScriptedInput final : public Port {
 public:
  ScriptedInput(Format format, BoundedQueue<Result<Item>>& items, std::atomic<int>& alive)
      : format_(format), items_(items), alive_(alive) {
    ++alive_;
  }
  ~ScriptedInput() override { --alive_; }
  const Format& format() const noexcept override { return format_; }
  Result<Item> read(std::stop_token stop) override {
    auto item = items_.pop(stop);
    if (!item) return Error{ErrorCode::Cancelled, "stopped"};
    return *std::move(item);
  }

 private:
  const Format format_;
  BoundedQueue<Result<Item>>& items_;
  std::atomic<int>& alive_;
};
using ScriptedVideo = ScriptedInput<VideoInput, LiveVideoItem, VideoFormat>;
using ScriptedAudio = ScriptedInput<AudioInput, LiveAudioItem, AudioFormat>;

struct Counts {
  std::size_t frames = 0;
  std::int64_t samples = 0;
  std::optional<Error> failure;
};

Counts drain(LiveSource& source) {
  Counts counts;
  for (;;) {
    auto item = source.read({});
    if (!item) {
      counts.failure = item.error();
      return counts;
    }
    if (std::holds_alternative<EndOfStream>(*item)) return counts;
    if (const auto* run = std::get_if<AudioFrame>(&*item)) {
      counts.samples += run->sample_count;
    } else {
      ++counts.frames;
    }
  }
}

class LiveSourceTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<LiveSource>> create(LiveSourceOptions options) {
    std::vector<std::unique_ptr<AudioInput>> audio;
    audio.push_back(std::make_unique<ScriptedAudio>(AudioFormat{}, audio_, alive_));
    return LiveSource::create(std::make_unique<ScriptedVideo>(kFormat, video_, alive_),
                              std::move(audio), options,
                              {.logger = &logger_, .metrics = &metrics_, .clock = &clock_});
  }
  LiveFrame frame() {
    return {clock_.steady_now(), pool_.acquire(kFormat).publish(MediaTime{0}, MediaTime{0})};
  }
  // Lets the time go on for as long as the timeline follows.
  void advance_until(const std::function<bool()>& done) {
    while (!done()) {
      if (clock_.waiters() > 0) clock_.advance(milliseconds(10));
      std::this_thread::yield();
    }
  }

  // Reads to the end while the time goes on.
  Counts drain_and_advance(LiveSource& source) {
    std::atomic<bool> done = false;
    Counts counts;
    std::jthread reader([&] {
      counts = drain(source);
      done = true;
    });
    advance_until([&] { return done.load(); });
    return counts;
  }

  FramePool pool_;
  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  testing::RecordingMetrics metrics_;
  std::atomic<int> alive_ = 0;
  BoundedQueue<Result<LiveVideoItem>> video_{1000};
  BoundedQueue<Result<LiveAudioItem>> audio_{1000};
};

TEST_F(LiveSourceTest, DropsFramesOfASlowReaderAndKeepsTheAudioWhole) {
  auto source = create({.duration = seconds(4), .queue_frames = 10});
  ASSERT_TRUE(source) << to_string(source.error());
  EXPECT_EQ((*source)->format().video.width_px, 32);
  ASSERT_TRUE(video_.push(frame()));
  std::atomic<bool> begun = false;
  std::jthread first([&] {
    EXPECT_TRUE((*source)->read({}));
    begun = true;
  });
  advance_until([&] { return begun && (*source)->stats().captured == seconds(4); });
  const Counts counts = drain_and_advance(**source);
  const LiveSourceStats stats = (*source)->stats();
  EXPECT_GT(stats.frames_dropped, 80u);
  EXPECT_EQ(counts.samples, 4 * 48'000);
  EXPECT_EQ(counts.frames + 1 + stats.frames_dropped, 120u);
  EXPECT_EQ(metrics_.counter("streamkit_capture_frames_dropped_total"),
            static_cast<double>(stats.frames_dropped));
  EXPECT_EQ(logger_.count(LogLevel::Warning), 1u);
}

TEST_F(LiveSourceTest, JoinsItsThreadsWhileTheDevicesAreSilent) {
  {
    auto source = create({});
    ASSERT_TRUE(source);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ((*source)->read(stop.get_token()).error().code, ErrorCode::Cancelled);
    EXPECT_EQ(alive_, 2);
  }
  EXPECT_EQ(alive_, 0);
}

TEST_F(LiveSourceTest, ReportsADeviceThatFails) {
  auto source = create({});
  ASSERT_TRUE(source);
  ASSERT_TRUE(video_.push(frame()));
  ASSERT_TRUE(audio_.push(Error{ErrorCode::Unavailable, "no such microphone"}));
  ASSERT_TRUE(video_.push(Error{ErrorCode::Unavailable, "the window is gone"}));
  const Counts counts = drain_and_advance(**source);
  ASSERT_TRUE(counts.failure);
  EXPECT_EQ(counts.failure->message, "the window is gone");
  EXPECT_GE(counts.frames, 1u);
  EXPECT_EQ((*source)->stats().audio[0].message, "no such microphone");
  EXPECT_EQ((*source)->stats().video_state, InputState::Lost);
  EXPECT_TRUE((*source)->meters()[0].silent);
}

TEST_F(LiveSourceTest, NamesTheOptionThatIsWrong) {
  EXPECT_EQ(create({.width_px = 17, .height_px = 16}).error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(create({.queue_frames = 0}).error().message.find("queue_frames"), std::string::npos);
  EXPECT_NE(create({.latency = seconds(3)}).error().message.find("latency"), std::string::npos);
  EXPECT_EQ(LiveSource::create(nullptr, {}).error().code, ErrorCode::InvalidArgument);
}

// An input that gives up says why; the source only bounds those that do not.
TEST(LiveSource, WaitsLongerThanItsInputsTry) {
  const LiveSourceOptions options;
  EXPECT_GT(options.lost_wait, UrlInputOptions{}.give_up_after);
  EXPECT_GT(options.lost_wait, CameraOptions{}.give_up_after);
  EXPECT_GT(options.lost_wait, DeviceInputOptions{}.give_up_after);
}

}  // namespace
}  // namespace streamkit::capture
