#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "capture/capture_control.hpp"

namespace streamkit::capture_tool {

/// A CaptureControl without devices and without a server: a chunk per half a second, meters that
/// move, and problems when a test wants them.
class FakeCaptureControl final : public CaptureControl {
 public:
  std::vector<SourceInfo> sources() override;
  Result<std::vector<std::uint8_t>> preview(const std::string& source_id) override;
  Result<void> start(const CaptureRequest& request) override;
  Result<void> pause(bool paused) override;
  Result<void> set_audio(const std::string& id, double level, bool muted) override;
  Result<void> stop_capture() override;
  Result<void> end_session() override;
  CaptureStatus status() override;

  /// The request that was started last.
  [[nodiscard]] CaptureRequest request() const;
  void set_problems(std::vector<CaptureProblem> problems);
  /// The error of the next starts; an empty message ends it.
  void fail_starts(Error error);
  void set_silent(bool silent);
  void set_urls(std::string playlist_url, std::string watch_url);
  void fail();

 private:
  void move_to(CaptureState state);

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  CaptureRequest request_;
  CaptureStatus status_;
  Error start_error_ = {};
  bool silent_ = false;
  int sessions_ = 0;
  std::string playlist_url_ = "http://127.0.0.1:8000/stream/SESSION/playlist.m3u8";
  std::string watch_url_ = "http://127.0.0.1:8000/watch/SESSION";
  std::chrono::steady_clock::time_point since_ = {};
  double seconds_before_ = 0;
};

}  // namespace streamkit::capture_tool
