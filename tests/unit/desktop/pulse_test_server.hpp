#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/live_input.hpp>
#include <string>
#include <vector>

#include "desktop/audio_handles.hpp"
#include "x_test_server.hpp"

namespace streamkit::desktop {

/// A sound server of the test's own with one silent output, "out", and one microphone, "mic".
class PulseTestServer {
 public:
  PulseTestServer();
  ~PulseTestServer();
  /// Returns whether the server responds; fails the test if not.
  bool start();
  void kill();
  /// Runs a command of pactl on the server.
  [[nodiscard]] bool control(const std::vector<std::string>& command) const;
  [[nodiscard]] std::string address() const { return "unix:" + (folder_ / "socket").string(); }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<TestProgram> program_;
};

/// Plays a quiet tone of 1 kHz with a loud click of 5 ms in every second.
class TonePlayer {
 public:
  static constexpr double kToneHz = 1000;

  /// Plays on the default output of the server; fails the test if that cannot be.
  explicit TonePlayer(const std::string& server);
  ~TonePlayer();
  /// Plays on another server, or on the same after its restart.
  void restart(const std::string& server);
  /// When the clicks are heard, as the server computes it.
  [[nodiscard]] std::vector<CaptureTime> clicks() const;

 private:
  static void on_state(pa_context* context, void* user);
  static void on_request(pa_stream* stream, std::size_t bytes, void* user);
  void play(pa_stream* stream, std::size_t samples);

  PulseLoopPtr loop_;
  // Guarded by the loop's lock
  PulseContextPtr context_;
  PulseStreamPtr stream_;
  std::size_t played_ = 0;
  std::vector<CaptureTime> clicks_;
};

}  // namespace streamkit::desktop
