#pragma once

#include <pulse/pulseaudio.h>

#include <memory>

// Owners of libpulse's C objects. This room holds such objects in no other way.
namespace streamkit::desktop {

struct PulseDeleter {
  void operator()(pa_threaded_mainloop* loop) const noexcept {
    pa_threaded_mainloop_stop(loop);
    pa_threaded_mainloop_free(loop);
  }
  /// The loop must be locked.
  void operator()(pa_context* context) const noexcept {
    pa_context_set_state_callback(context, nullptr, nullptr);
    pa_context_disconnect(context);
    pa_context_unref(context);
  }
  /// The loop must be locked.
  void operator()(pa_stream* stream) const noexcept {
    pa_stream_set_state_callback(stream, nullptr, nullptr);
    pa_stream_set_read_callback(stream, nullptr, nullptr);
    pa_stream_set_overflow_callback(stream, nullptr, nullptr);
    pa_stream_disconnect(stream);
    pa_stream_unref(stream);
  }
};

using PulseLoopPtr = std::unique_ptr<pa_threaded_mainloop, PulseDeleter>;
using PulseContextPtr = std::unique_ptr<pa_context, PulseDeleter>;
using PulseStreamPtr = std::unique_ptr<pa_stream, PulseDeleter>;

/// Holds the lock of a loop, without which its objects may not be used.
class PulseLock {
 public:
  explicit PulseLock(pa_threaded_mainloop* loop) noexcept : loop_(loop) {
    pa_threaded_mainloop_lock(loop_);
  }
  ~PulseLock() { pa_threaded_mainloop_unlock(loop_); }
  PulseLock(const PulseLock&) = delete;
  PulseLock& operator=(const PulseLock&) = delete;

 private:
  pa_threaded_mainloop* const loop_;
};

}  // namespace streamkit::desktop
