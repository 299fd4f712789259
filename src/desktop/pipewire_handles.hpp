#pragma once

#include <pipewire/pipewire.h>

#include <memory>

// Owners of libpipewire's objects. This room holds such objects in no other way.
namespace streamkit::desktop {

struct PipewireDeleter {
  void operator()(pw_thread_loop* loop) const noexcept { pw_thread_loop_destroy(loop); }
  void operator()(pw_context* context) const noexcept { pw_context_destroy(context); }
  void operator()(pw_core* core) const noexcept { pw_core_disconnect(core); }
  void operator()(pw_stream* stream) const noexcept { pw_stream_destroy(stream); }
};

using PipewireLoopPtr = std::unique_ptr<pw_thread_loop, PipewireDeleter>;
using PipewireContextPtr = std::unique_ptr<pw_context, PipewireDeleter>;
using PipewireCorePtr = std::unique_ptr<pw_core, PipewireDeleter>;
using PipewireStreamPtr = std::unique_ptr<pw_stream, PipewireDeleter>;

/// Holds the lock of a loop, without which its objects may not be used.
class PipewireLock {
 public:
  explicit PipewireLock(pw_thread_loop* loop) noexcept : loop_(loop) { pw_thread_loop_lock(loop_); }
  ~PipewireLock() { pw_thread_loop_unlock(loop_); }
  PipewireLock(const PipewireLock&) = delete;
  PipewireLock& operator=(const PipewireLock&) = delete;

 private:
  pw_thread_loop* const loop_;
};

/// What libpipewire has as a macro, of an extension of GNU.
inline void add_core_listener(pw_core* core, spa_hook* listener, const pw_core_events* events,
                              void* user) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
  pw_core_add_listener(core, listener, events, user);
#pragma GCC diagnostic pop
}

/// Keeps the library initialized; it counts how often.
class PipewireLibrary {
 public:
  PipewireLibrary() noexcept { pw_init(nullptr, nullptr); }
  ~PipewireLibrary() { pw_deinit(); }
  PipewireLibrary(const PipewireLibrary&) = delete;
  PipewireLibrary& operator=(const PipewireLibrary&) = delete;
};

}  // namespace streamkit::desktop
