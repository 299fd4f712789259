#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <streamkit/capture/live_source.hpp>
#include <streamkit/core/contained.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <thread>
#include <utility>
#include <variant>

#include "capture/drop_report.hpp"
#include "capture/frame_fitter.hpp"
#include "capture/live_outbox.hpp"
#include "capture/live_timeline.hpp"

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;

// How often the timeline looks at the clock; adds at most this to the delay of the stream.
constexpr milliseconds kTick{10};

class ThreadedLiveSource final : public LiveSource {
 public:
  ThreadedLiveSource(std::unique_ptr<VideoInput> video,
                     std::vector<std::unique_ptr<AudioInput>> audio, LiveSourceOptions options,
                     Context context)
      : video_(std::move(video)),
        audio_(std::move(audio)),
        options_(options),
        context_(std::move(context)),
        format_(format_of(*video_, options)),
        outbox_(options.queue_frames, std::chrono::duration_cast<MediaTime>(options.queue_audio),
                options.drop_policy),
        timeline_(options, black_frame(pool_, format_.video), audio_formats(audio_),
                  context_.clock_or_system().steady_now()) {}

  ~ThreadedLiveSource() override {
    for (std::jthread& thread : threads_) thread.request_stop();
  }

  const SourceFormat& format() const noexcept override { return format_; }

  Result<SourceItem> read(std::stop_token stop) override {
    if (threads_.empty()) start();
    return outbox_.pop(std::move(stop));
  }

  void pause(bool paused) override {
    std::lock_guard lock(mutex_);
    timeline_.pause(paused);
  }
  void set_level(std::size_t audio_index, float gain) override {
    std::lock_guard lock(mutex_);
    timeline_.mix().set_level(audio_index, gain);
  }
  void mute(std::size_t audio_index, bool muted) override {
    std::lock_guard lock(mutex_);
    timeline_.mix().mute(audio_index, muted);
  }
  std::vector<LiveAudioMeter> meters() override {
    std::lock_guard lock(mutex_);
    return timeline_.mix().take_meters();
  }
  LiveSourceStats stats() const override {
    std::lock_guard lock(mutex_);
    LiveSourceStats stats = timeline_.stats();
    stats.frames_dropped = dropped_;
    stats.frames_taken -= std::min(stats.frames_taken, stats.frames_dropped);
    return stats;
  }

 private:
  static SourceFormat format_of(const VideoInput& video, const LiveSourceOptions& options) {
    SourceFormat format;
    format.video = video.format();
    format.video.frame_rate = options.frame_rate;
    const bool given = options.width_px > 0;
    format.video.width_px = given ? options.width_px : video.format().width_px / 2 * 2;
    format.video.height_px = given ? options.height_px : video.format().height_px / 2 * 2;
    format.audio = kLiveSound;
    return format;
  }
  static std::vector<AudioFormat> audio_formats(
      const std::vector<std::unique_ptr<AudioInput>>& inputs) {
    std::vector<AudioFormat> formats;
    for (const auto& input : inputs) formats.push_back(input->format());
    return formats;
  }

  void start() {
    {
      std::lock_guard lock(mutex_);
      timeline_.start(now());
    }
    threads_.emplace_back([this](std::stop_token stop) { read_video(stop); });
    for (std::size_t index = 0; index < audio_.size(); ++index) {
      threads_.emplace_back([this, index](std::stop_token stop) { read_audio(index, stop); });
    }
    threads_.emplace_back([this](std::stop_token stop) { run_timeline(stop); });
  }

  [[nodiscard]] CaptureTime now() const { return context_.clock_or_system().steady_now(); }

  void read_video(const std::stop_token& stop) {
    FrameFitter fitter(format_.video);
    for (;;) {
      auto item = contained([&] { return read_fitted(fitter, stop); });
      if (stop.stop_requested()) return;
      if (!item || std::holds_alternative<EndOfStream>(*item)) {
        const auto failure = item ? std::optional<Error>() : item.error();
        log_end("video", failure);
        std::lock_guard lock(mutex_);
        return timeline_.end_video(failure, now());
      }
      if (const auto* event = std::get_if<InputEvent>(&*item)) log_event("video", *event);
      std::lock_guard lock(mutex_);
      if (const auto* event = std::get_if<InputEvent>(&*item)) {
        timeline_.note(*event, now());
      } else {
        timeline_.push(std::move(std::get<LiveFrame>(*item)), now());
      }
    }
  }

  Result<LiveVideoItem> read_fitted(FrameFitter& fitter, const std::stop_token& stop) {
    auto item = video_->read(stop);
    if (!item || !std::holds_alternative<LiveFrame>(*item)) return item;
    auto& live = std::get<LiveFrame>(*item);
    auto fitted = fitter.fit(std::move(live.frame));
    if (!fitted) return fitted.error();
    return LiveVideoItem{LiveFrame{live.time, std::move(*fitted)}};
  }

  void read_audio(std::size_t index, const std::stop_token& stop) {
    const std::string name = "audio " + std::to_string(index + 1);
    for (;;) {
      auto item = contained([&] { return audio_[index]->read(stop); });
      if (stop.stop_requested()) return;
      if (!item || std::holds_alternative<EndOfStream>(*item)) {
        const auto failure = item ? std::optional<Error>() : item.error();
        log_end(name, failure);
        std::lock_guard lock(mutex_);
        return timeline_.mix().note(index, InputState::Lost,
                                    failure ? failure->message : "the audio device has ended");
      }
      if (const auto* event = std::get_if<InputEvent>(&*item)) log_event(name, *event);
      std::lock_guard lock(mutex_);
      if (const auto* event = std::get_if<InputEvent>(&*item)) {
        timeline_.mix().note(index, event->state, event->message);
      } else {
        timeline_.push(index, std::get<LiveAudio>(*item), now());
      }
    }
  }

  void log_event(const std::string& input, const InputEvent& event) const {
    const LogLevel level = event.state == InputState::Lost ? LogLevel::Warning : LogLevel::Info;
    context_.log(level, event.message, {{"input", input}});
  }
  void log_end(const std::string& input, const std::optional<Error>& failure) const {
    if (failure) {
      context_.log(LogLevel::Error, "a capture device failed",
                   {{"input", input}, {"error", to_string(*failure)}});
    } else {
      context_.log(LogLevel::Info, "a capture device has ended", {{"input", input}});
    }
  }

  void run_timeline(const std::stop_token& stop) {
    Clock& clock = context_.clock_or_system();
    DropReport report(context_);
    for (CaptureTime next = clock.steady_now();; next = clock.steady_now() + kTick) {
      if (!clock.wait_until(next, stop)) return;
      if (!outbox_.has_room()) continue;
      auto output = contained([&]() -> Result<LiveTimeline::Output> { return advance(); });
      if (!output) return outbox_.finish(output.error());
      std::uint64_t dropped = 0;
      for (VideoFrame& frame : output->frames) dropped += outbox_.push(std::move(frame)) ? 1 : 0;
      for (AudioFrame& run : output->audio) outbox_.push(std::move(run));
      dropped_ += dropped;
      report.update(dropped, stats(), clock.steady_now());
      if (output->finished) return outbox_.finish(output->failure);
    }
  }

  LiveTimeline::Output advance() {
    std::lock_guard lock(mutex_);
    return timeline_.advance(now());
  }

  const std::unique_ptr<VideoInput> video_;
  const std::vector<std::unique_ptr<AudioInput>> audio_;
  const LiveSourceOptions options_;
  const Context context_;
  const SourceFormat format_;
  FramePool pool_;
  LiveOutbox outbox_;
  std::atomic<std::uint64_t> dropped_ = 0;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  LiveTimeline timeline_;
  // Joined before all else is destroyed.
  std::vector<std::jthread> threads_;
};

Result<void> check_times(const LiveSourceOptions& options) {
  const auto invalid = [](const std::string& message) {
    return Error{ErrorCode::InvalidArgument, message};
  };
  using std::chrono::seconds;
  if (options.duration < MediaTime{0}) return invalid("duration must not be negative");
  if (options.queue_audio < seconds(1)) return invalid("queue_audio must be at least 1 s");
  if (options.latency < milliseconds(0) || options.latency > seconds(2)) {
    return invalid("latency must be from 0 to 2 s");
  }
  if (options.first_frame_wait < milliseconds(0)) {
    return invalid("first_frame_wait must not be negative");
  }
  if (options.lost_wait < milliseconds(0)) return invalid("lost_wait must not be negative");
  if (options.ended_wait < milliseconds(0)) return invalid("ended_wait must not be negative");
  if (options.most_filled < seconds(1) || options.most_filled > seconds(60)) {
    return invalid("most_filled must be from 1 to 60 s");
  }
  return {};
}

Result<void> check(const LiveSourceOptions& options, const VideoFormat& format,
                   const std::vector<std::unique_ptr<AudioInput>>& audio) {
  const auto invalid = [](const std::string& message) {
    return Error{ErrorCode::InvalidArgument, message};
  };
  const FrameRate rate = options.frame_rate;
  if (!rate.valid() || rate.hz() > 240 || rate.hz() < 1) {
    return invalid("frame rate must be from 1 to 240 Hz");
  }
  const auto is_size = [](int px) { return px >= 16 && px <= 8192 && px % 2 == 0; };
  const bool from_input = options.width_px == 0 && options.height_px == 0;
  if (!from_input && !(is_size(options.width_px) && is_size(options.height_px))) {
    return invalid("size must be even, from 16 to 8192, or 0 in both directions");
  }
  if (format.width_px < 16 || format.height_px < 16 || format.width_px > 8193 ||
      format.height_px > 8193) {
    return invalid("the video input's frames must be from 16 to 8192 pixels wide and high");
  }
  if (options.queue_frames < 2 || options.queue_frames > 1000) {
    return invalid("queue_frames must be from 2 to 1000");
  }
  for (const auto& input : audio) {
    if (input == nullptr) return invalid("an audio input is null");
    const AudioFormat& sound = input->format();
    if (sound.sample_rate_hz < 4'000 || sound.sample_rate_hz > 384'000 || sound.channels < 1) {
      return invalid("an audio input's sample rate must be from 4 to 384 kHz");
    }
  }
  return check_times(options);
}

}  // namespace

Result<std::unique_ptr<LiveSource>> LiveSource::create(
    std::unique_ptr<VideoInput> video, std::vector<std::unique_ptr<AudioInput>> audio,
    LiveSourceOptions options, Context context) {
  if (video == nullptr) return Error{ErrorCode::InvalidArgument, "the video input is null"};
  if (auto valid = check(options, video->format(), audio); !valid) return valid.error();
  return std::unique_ptr<LiveSource>(std::make_unique<ThreadedLiveSource>(
      std::move(video), std::move(audio), options, std::move(context)));
}

}  // namespace streamkit::capture
