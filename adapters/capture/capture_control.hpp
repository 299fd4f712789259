#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source_info.hpp>
#include <string>
#include <vector>

namespace streamkit::capture_tool {

/// What a person chooses before the stream starts. Empty or 0: the tool's default.
struct CaptureRequest {
  /// Id of a screen, window or camera; a file or URL; or "test".
  std::string source;
  /// Ids of microphones and system audio, mixed.
  std::vector<std::string> audio = {};
  int width_px = 0;
  int height_px = 0;
  int frames_per_second = 0;
  double chunk_seconds = 0;
  std::string encoder = {};      ///< "auto" or an encoder's name.
  std::string codec = {};        ///< "h264" or "hevc".
  std::string stereo_json = {};  ///< The session's `stereo` object as JSON text; empty: defaults.
  std::string server = {};       ///< Base URL of the server.
  std::string recording = {};    ///< Path of a local recording beside the stream; empty: none.
};

enum class CaptureState {
  Idle,
  Starting,
  Streaming,
  Paused,   ///< The last frame and silence are sent.
  Stopped,  ///< Nothing is captured any more; the rest is uploaded; the session is open.
  Ended,    ///< The session is ended: the playlist is complete.
  Failed
};

struct AudioMeter {
  std::string id;
  std::string name;
  double peak = 0;   ///< Highest sample since the last status, 0 to 1.
  double level = 1;  ///< Gain, 0 to 4.
  bool muted = false;
  bool silent = false;  ///< No sound has come for some seconds.
};

struct CaptureProblem {
  std::string code;     ///< "server_unreachable", "upload_failing", "encoder_missing",
                        ///< "credentials_expiring", "no_sound", "source_lost", ...
  std::string message;  ///< What happened and what to do.
};

struct CaptureStatus {
  CaptureState state = CaptureState::Idle;
  std::string session_id;
  std::string playlist_url;
  std::string watch_url;
  std::string encoder;
  std::uint64_t chunks_cut = 0;
  std::uint64_t chunks_stored = 0;
  double chunk_progress = 0;  ///< Of the chunk being uploaded, 0 to 1.
  double upload_lag_seconds = 0;
  double captured_seconds = 0;
  double frames_per_second = 0;
  std::uint64_t dropped_frames = 0;
  double bits_per_second = 0;
  std::string recording;
  std::vector<AudioMeter> audio;
  std::vector<CaptureProblem> problems;
};

/// One capture at a time, driven by a person: from a page or a command line.
/// Thread-safety: any thread, concurrently.
class CaptureControl {
 public:
  virtual ~CaptureControl() = default;
  virtual std::vector<SourceInfo> sources() = 0;
  /// Returns a small frame of a screen, window or camera as JPEG. Errors: NotFound, Unavailable.
  virtual Result<std::vector<std::uint8_t>> preview(const std::string& source_id) = 0;
  /// Errors: InvalidArgument (names the field), Conflict-like InvalidArgument while one runs; those
  /// of the sources, the encoder and the server.
  virtual Result<void> start(const CaptureRequest& request) = 0;
  virtual Result<void> pause(bool paused) = 0;
  virtual Result<void> set_audio(const std::string& id, double level, bool muted) = 0;
  /// Ends capturing; what was captured is still uploaded.
  virtual Result<void> stop_capture() = 0;
  /// Ends the session; stops the capture before, if it still runs.
  virtual Result<void> end_session() = 0;
  virtual CaptureStatus status() = 0;
};

}  // namespace streamkit::capture_tool
