#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <streamkit/core/file_descriptor.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "desktop/pipewire_handles.hpp"
#include "desktop/pixel_layout.hpp"
#include "desktop/portal_handles.hpp"
#include "desktop/stream_format.hpp"

namespace streamkit::desktop {

/// A frame in the memory of a stream.
struct StreamFrame {
  CaptureTime time = {};
  RawImage image;
  ImagePart part;
  ImageTurn turn;
};

/// Receives a video stream of PipeWire, in a thread of its own. Newer frames replace older ones.
/// Thread-safety: one thread at a time.
class PipewireStream {
 public:
  /// Begins to connect to a node over `remote`, which is taken over.
  /// Errors: Unavailable (PipeWire's library or its configuration is not complete).
  static Result<std::unique_ptr<PipewireStream>> connect(int remote, std::uint32_t node,
                                                         FrameRate most_frames);
  ~PipewireStream();
  PipewireStream(const PipewireStream&) = delete;
  PipewireStream& operator=(const PipewireStream&) = delete;

  /// Readable after something has changed, until clear() is called.
  [[nodiscard]] int descriptor() const noexcept { return changed_.get(); }
  void clear() const noexcept;

  /// While the lock is held nothing below changes, and pixels stay where they are.
  [[nodiscard]] PipewireLock lock() const noexcept { return PipewireLock(loop_.get()); }

  // With the lock:
  /// Nothing until a format is agreed on.
  [[nodiscard]] const std::optional<StreamFormat>& format() const noexcept { return format_; }
  /// Whether frames may come.
  [[nodiscard]] bool is_streaming() const noexcept { return state_ == PW_STREAM_STATE_STREAMING; }
  /// Why the stream is over; empty while it is not.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] bool has_frame() const noexcept { return newest_ != nullptr; }
  /// The newest frame. Nothing if there is none, or it does not have the format.
  [[nodiscard]] std::optional<StreamFrame> frame() const;
  /// Gives the newest frame back.
  void release_frame();

 private:
  PipewireStream() = default;

  Result<void> begin(int remote, std::uint32_t node, FrameRate most_frames);
  Result<void> begin_stream(std::uint32_t node, FrameRate most_frames);
  void change_state(pw_stream_state state, const char* error);
  void change_format(const spa_pod* parameter);
  void take_buffers();
  void fail(const std::string& reason);
  void note_change() const noexcept;
  static const pw_stream_events& stream_events();
  static const pw_core_events& core_events();

  const PipewireLibrary library_;
  PipewireLoopPtr loop_;
  PipewireContextPtr context_;
  PipewireCorePtr core_;
  spa_hook core_listener_{};
  PipewireStreamPtr stream_;
  spa_hook stream_listener_{};
  FileDescriptor changed_;

  // Guarded by the loop's lock
  pw_stream_state state_ = PW_STREAM_STATE_CONNECTING;
  std::optional<StreamFormat> format_;
  pw_buffer* newest_ = nullptr;
  std::string failure_;
};

}  // namespace streamkit::desktop
