#pragma once

#include <memory>
#include <stop_token>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <variant>
#include <vector>

#include "desktop/frame_scaler.hpp"
#include "desktop/pipewire_stream.hpp"
#include "desktop/portal_bus.hpp"
#include "desktop/screen_cast.hpp"

namespace streamkit::desktop {

/// The desktop has ended the cast for good.
struct CastEnded {};

/// PipeWire or the desktop went away.
struct CastGone {
  std::string reason;
};

using CastItem = std::variant<LiveFrame, InputEvent, CastEnded, CastGone>;

/// A cast that the user has allowed, and its stream.
/// Thread-safety: one thread at a time.
class CastSession {
 public:
  /// Waits for the user, and then for the format of the stream. Errors: as for open_portal_input().
  static Result<std::unique_ptr<CastSession>> open(const CastRequest& request,
                                                   FrameRate most_frames, const PortalWait& wait);

  /// The size of the upright frames.
  [[nodiscard]] int width_px() const noexcept { return width_px_; }
  [[nodiscard]] int height_px() const noexcept { return height_px_; }
  [[nodiscard]] const std::string& restore_token() const noexcept { return cast_->restore_token(); }
  /// Blocks until something happens; `scaler` converts frames. Errors: Cancelled.
  Result<CastItem> next(FrameScaler& scaler, const std::stop_token& stop,
                        const WakeDescriptor& wake);

 private:
  CastSession(std::unique_ptr<PortalBus> bus, std::unique_ptr<ScreenCast> cast,
              std::unique_ptr<PipewireStream> stream, const CastRequest& request,
              FrameRate most_frames);

  Result<void> wait_for_frame(const PortalWait& wait);
  Result<void> note_size();
  void handle_events();
  void wait_for_events(const WakeDescriptor& wake, CaptureTime until) const;
  // With the stream's lock:
  std::optional<CastItem> step(FrameScaler& scaler, CaptureTime now);
  std::optional<CastItem> loss(CaptureTime now);
  std::optional<RgbImage> image_of_frame();
  [[nodiscard]] CaptureTime wake_time(CaptureTime now) const;

  const std::string kind_;
  const std::chrono::nanoseconds frame_duration_;
  const std::unique_ptr<PortalBus> bus_;
  const std::unique_ptr<ScreenCast> cast_;
  const std::unique_ptr<PipewireStream> stream_;

  int width_px_ = 0;
  int height_px_ = 0;
  bool was_streaming_ = false;
  std::optional<CaptureTime> stopped_at_;
  CaptureTime next_frame_ = {};
  std::vector<std::uint32_t> converted_;
  std::vector<std::uint32_t> upright_;
};

}  // namespace streamkit::desktop
