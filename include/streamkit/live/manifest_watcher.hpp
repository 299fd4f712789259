#pragma once

#include <thread>

#include <streamkit/core/api.hpp>
#include <streamkit/live/manifest_service.hpp>

namespace streamkit::live {

/// Keeps a playlist service up to date on a thread of its own, as long as it lives.
class STREAMKIT_API PlaylistWatcher {
 public:
  /// `playlists` and what `context` points to must outlive this.
  PlaylistWatcher(PlaylistService& playlists, Context context)
      : thread_([&playlists, context](std::stop_token stop) {
          constexpr std::chrono::milliseconds kWait{250};
          while (!stop.stop_requested()) {
            if (playlists.update(kWait, stop)) continue;
            Clock& clock = context.clock_or_system();
            clock.wait_until(clock.steady_now() + kWait, stop);
          }
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace streamkit::live
