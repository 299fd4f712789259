#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <streamkit/capture/url_input.hpp>
#include <thread>
#include <vector>

namespace streamkit::capture {

/// Reads both inputs of a FlashClip on threads of its own until they end or it is destroyed.
class InputWatcher {
 public:
  struct Seen {
    std::vector<CaptureTime> flashes;  // where each begins
    std::vector<CaptureTime> tones;
    std::vector<InputState> events;  // of the video
    std::size_t frames = 0;
    bool any_early = false;  // a frame came before its time
    bool ended = false;
    std::optional<Error> failure;
  };

  explicit InputWatcher(UrlInputs inputs);
  ~InputWatcher();

  /// Blocks until the condition is met, and returns what was seen; fails the test after a minute.
  template <typename Condition>
  Seen wait_for(Condition condition) {
    std::unique_lock lock(mutex_);
    const bool met =
        changed_.wait_for(lock, std::chrono::minutes(1), [&] { return condition(seen_); });
    report(met);
    return seen_;
  }
  /// Blocks until so many further seconds of the clip were seen.
  Seen wait_for_seconds(std::size_t count);
  /// Blocks until the video has reported this state last.
  Seen wait_for_state(InputState state);
  [[nodiscard]] LiveStats stats() const { return inputs_.stats(); }

 private:
  static void report(bool met);
  void watch_video();
  void watch_audio();

  UrlInputs inputs_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Seen seen_;  // guarded by mutex_
  std::stop_source stop_;
  std::jthread video_;
  std::jthread audio_;
};

/// Checks that each tone begins with its flash. Those of the first and last second may lack theirs.
void expect_in_step(const InputWatcher::Seen& seen);

}  // namespace streamkit::capture
