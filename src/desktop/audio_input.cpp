#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <streamkit/desktop/audio_input.hpp>
#include <utility>

#include "desktop/audio_connection.hpp"
#include "desktop/audio_queue.hpp"

namespace streamkit::desktop {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr AudioFormat kFormat{48'000, 2};
constexpr pa_sample_spec kSpec{PA_SAMPLE_FLOAT32NE, 48'000, 2};
constexpr std::size_t kFrameBytes = 2 * sizeof(float);
constexpr std::uint32_t kFragmentBytes = 960 * kFrameBytes;  // 20 ms
constexpr std::uint32_t kMostBytes = 48'000 * 2 * kFrameBytes;
constexpr std::size_t kMostRunSamples = 2400;  // 50 ms
constexpr std::size_t kMostRuns = 100;
constexpr std::chrono::seconds kPatience{5};
constexpr milliseconds kRetryEvery{500};

AudioFrame deinterleave(const float* samples, std::size_t count) {
  AudioFrame frame;
  frame.format = kFormat;
  frame.sample_count = static_cast<int>(count);
  frame.samples.resize(2 * count);
  for (std::size_t n = 0; n < count; ++n) {
    frame.samples[n] = samples[2 * n];
    frame.samples[count + n] = samples[2 * n + 1];
  }
  return frame;
}

// All but read() and open() runs on the loop's thread, with its lock held.
class PulseInput final : public AudioInput {
 public:
  PulseInput(std::string device, std::string server, Context context)
      : device_(std::move(device)),
        server_(std::move(server)),
        context_(std::move(context)),
        queue_(kMostRuns) {}

  ~PulseInput() override {
    if (loop_ == nullptr) return;
    PulseLock lock(loop_.get());
    close();
    if (retry_ != nullptr) api()->time_free(retry_);
    retry_ = nullptr;
  }

  Result<void> open() {
    auto loop = start_pulse_loop();
    if (!loop) return loop.error();
    loop_ = std::move(*loop);
    {
      PulseLock lock(loop_.get());
      connect();
    }
    std::unique_lock lock(mutex_);
    opened_changed_.wait_for(lock, kPatience, [&] { return opened_ || failure_.has_value(); });
    if (opened_) return {};
    return failure_.value_or(Error{ErrorCode::Unavailable, "the audio server does not respond"});
  }

  const AudioFormat& format() const noexcept override { return kFormat; }
  Result<LiveAudioItem> read(std::stop_token stop) override { return queue_.pop(std::move(stop)); }

 private:
  [[nodiscard]] CaptureTime now() const { return context_.clock_or_system().steady_now(); }
  pa_mainloop_api* api() { return pa_threaded_mainloop_get_api(loop_.get()); }

  void connect() {
    auto connected = connect_pulse(loop_.get(), server_, on_context, this);
    if (!connected) return fail(connected.error());
    pulse_ = std::move(*connected);
  }

  void record() {
    stream_.reset(pa_stream_new(pulse_.get(), "capture", &kSpec, nullptr));
    if (stream_ == nullptr) return fail(pulse_error(pulse_.get(), "cannot record"));
    pa_stream_set_state_callback(stream_.get(), on_stream, this);
    pa_stream_set_read_callback(stream_.get(), on_data, this);
    pa_stream_set_overflow_callback(stream_.get(), on_overflow, this);
    const auto any = static_cast<std::uint32_t>(-1);
    const pa_buffer_attr buffer{kMostBytes, any, any, any, kFragmentBytes};
    // A named device is not replaced by another one when it goes away.
    const int fixed = device_.starts_with('@') ? 0 : PA_STREAM_DONT_MOVE;
    const int flags = PA_STREAM_ADJUST_LATENCY | PA_STREAM_AUTO_TIMING_UPDATE |
                      PA_STREAM_INTERPOLATE_TIMING | fixed;
    if (pa_stream_connect_record(stream_.get(), device_.c_str(), &buffer,
                                 static_cast<pa_stream_flags_t>(flags)) < 0) {
      fail(pulse_error(pulse_.get(), "cannot record from " + device_));
    }
  }

  void close() {
    stream_.reset();
    pulse_.reset();
  }

  // Before the input is open, the error is final.
  void fail(const Error& error) {
    bool was_open = false;
    {
      std::lock_guard lock(mutex_);
      was_open = opened_;
      if (!was_open) failure_ = error;
    }
    opened_changed_.notify_all();
    if (!was_open) return;
    if (!std::exchange(lost_, true)) {
      queue_.push(InputEvent{now(), InputState::Lost,
                             "the audio device " + device_ + " went away; waiting for it"});
    }
    retry_later();
  }

  // Objects must not be freed in their own callbacks, so that this is done by the timer.
  void retry_later() {
    if (retry_ != nullptr) return;
    timeval due{};
    gettimeofday(&due, nullptr);
    pa_timeval_add(&due, static_cast<pa_usec_t>(microseconds(kRetryEvery).count()));
    retry_ = api()->time_new(api(), &due, on_retry, this);
  }
  static void on_retry(pa_mainloop_api* api, pa_time_event* event, const timeval*, void* user) {
    auto* self = static_cast<PulseInput*>(user);
    api->time_free(event);
    self->retry_ = nullptr;
    self->close();
    self->connect();
  }

  static void on_context(pa_context* context, void* user) {
    auto* self = static_cast<PulseInput*>(user);
    const pa_context_state_t state = pa_context_get_state(context);
    if (state == PA_CONTEXT_READY) {
      self->record();
    } else if (!PA_CONTEXT_IS_GOOD(state)) {
      self->fail(pulse_error(context, "cannot reach the audio server"));
    }
  }

  static void on_stream(pa_stream* stream, void* user) {
    auto* self = static_cast<PulseInput*>(user);
    const pa_stream_state_t state = pa_stream_get_state(stream);
    if (state == PA_STREAM_READY) {
      self->ready();
    } else if (!PA_STREAM_IS_GOOD(state)) {
      self->fail(pulse_error(pa_stream_get_context(stream), "cannot record from " + self->device_));
    }
  }

  void ready() {
    {
      std::lock_guard lock(mutex_);
      opened_ = true;
    }
    opened_changed_.notify_all();
    if (!std::exchange(lost_, false)) return;
    gap_ = true;
    queue_.push(InputEvent{now(), InputState::Running, "the audio device " + device_ + " is back"});
  }

  static void on_overflow(pa_stream*, void* user) { static_cast<PulseInput*>(user)->gap_ = true; }

  static void on_data(pa_stream* stream, std::size_t, void* user) {
    auto* self = static_cast<PulseInput*>(user);
    while (pa_stream_readable_size(stream) > 0) {
      const void* data = nullptr;
      std::size_t bytes = 0;
      if (pa_stream_peek(stream, &data, &bytes) < 0 || bytes == 0) return;
      if (data == nullptr) {
        self->gap_ = true;  // a hole
      } else {
        self->take(static_cast<const float*>(data), bytes / kFrameBytes);
      }
      pa_stream_drop(stream);
    }
  }

  void take(const float* samples, std::size_t count) {
    CaptureTime time = now() - age(count);
    for (std::size_t done = 0; done < count;) {
      const std::size_t part = std::min(count - done, kMostRunSamples);
      queue_.push(
          LiveAudio{time, deinterleave(samples + 2 * done, part), std::exchange(gap_, false)});
      done += part;
      time += microseconds(part * 1'000'000 / 48'000);
    }
  }

  // How long ago the sample that is read next was captured.
  [[nodiscard]] microseconds age(std::size_t count) const {
    const microseconds length(count * 1'000'000 / 48'000);
    pa_usec_t latency = 0;
    int negative = 0;
    // Not known until the server has reported its timing for the first time.
    if (pa_stream_get_latency(stream_.get(), &latency, &negative) < 0) return length;
    if (negative != 0 || latency > 10'000'000) return length;
    return microseconds(latency);
  }

  const std::string device_;
  const std::string server_;
  const Context context_;
  AudioQueue queue_;

  std::mutex mutex_;
  std::condition_variable opened_changed_;
  // Guarded by mutex_
  bool opened_ = false;
  std::optional<Error> failure_;

  PulseLoopPtr loop_;
  // Guarded by the loop's lock
  PulseContextPtr pulse_;
  PulseStreamPtr stream_;
  pa_time_event* retry_ = nullptr;
  bool lost_ = false;
  bool gap_ = false;
};

}  // namespace

Result<std::unique_ptr<AudioInput>> open_audio_input(const std::string& id,
                                                     const AudioServerOptions& options,
                                                     Context context) {
  const auto device = parse_audio_id(id);
  if (!device) {
    return Error{ErrorCode::InvalidArgument,
                 "\"" + id + "\" is not the id of an audio device, as in pulse:NAME"};
  }
  auto input = std::make_unique<PulseInput>(*device, options.server, std::move(context));
  if (auto opened = input->open(); !opened) return opened.error();
  return std::unique_ptr<AudioInput>(std::move(input));
}

}  // namespace streamkit::desktop
