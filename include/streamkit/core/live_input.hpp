#pragma once

#include <chrono>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <variant>

namespace streamkit {

/// When a sample was captured, by the steady clock of the context.
using CaptureTime = std::chrono::steady_clock::time_point;

/// A frame of a live device. Its `pts` and `duration` are unused.
struct STREAMKIT_API LiveFrame {
  CaptureTime time = {};
  VideoFrame frame;
};

/// A run of audio samples. By the device's own clock it lasts `sample_count / sample_rate_hz`; by
/// the steady clock it may last a little more or less.
struct STREAMKIT_API LiveAudio {
  /// When the first sample was captured. May jitter by some milliseconds.
  CaptureTime time = {};
  AudioFrame frame;
  /// Samples are missing before this run: the device reports it, or was opened again.
  bool gap_before = false;
};

enum class InputState {
  Running,
  Covered,    ///< A window that cannot be seen, whose frames may be old.
  Minimized,  ///< A window without frames until it is shown again.
  Lost        ///< The device went away; the input waits for it to come back.
};

/// Reports that a device's state or size has changed. The stream continues.
struct STREAMKIT_API InputEvent {
  CaptureTime time = {};
  InputState state = InputState::Running;
  /// For people: "the window was resized to 800x600".
  std::string message;
};

using LiveVideoItem = std::variant<LiveFrame, InputEvent, EndOfStream>;
using LiveAudioItem = std::variant<LiveAudio, InputEvent, EndOfStream>;

/// Video of a live device: a frame whenever its content changes. The format is constant: frames of
/// another size are scaled into it with their aspect kept, on black.
/// Thread-safety: one thread at a time.
class STREAMKIT_API VideoInput {
 public:
  virtual ~VideoInput() = default;
  /// Its frame rate is the highest at which frames come.
  [[nodiscard]] virtual const VideoFormat& format() const noexcept = 0;
  /// Blocks until the next frame or event; woken by `stop`. While nothing changes, no
  /// frame need come. EndOfStream only when the device will never come back.
  /// Errors: Unavailable (the device failed and cannot be opened again), Cancelled.
  virtual Result<LiveVideoItem> read(std::stop_token stop) = 0;
};

/// Audio of a live device.
/// Thread-safety: one thread at a time.
class STREAMKIT_API AudioInput {
 public:
  virtual ~AudioInput() = default;
  [[nodiscard]] virtual const AudioFormat& format() const noexcept = 0;
  /// Blocks until the next run or event; woken by `stop`. Runs last 5 to 50 ms. A device that is
  /// silent may send nothing.
  /// Errors: Unavailable (the device failed and cannot be opened again), Cancelled.
  virtual Result<LiveAudioItem> read(std::stop_token stop) = 0;
};

}  // namespace streamkit
