#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/desktop/screen_input.hpp>
#include <string>
#include <variant>

#include "desktop/capture_target.hpp"
#include "desktop/cursor_overlay.hpp"
#include "desktop/grab_buffer.hpp"
#include "desktop/wake_descriptor.hpp"
#include "desktop/x_connection.hpp"

namespace streamkit::desktop {

/// New pixels of a ScreenSession, valid until its next step.
struct GrabbedImage {
  CaptureTime time = {};
  RgbImage image;
  RowRange changed;
};

/// The server went away.
struct ServerGone {};

using SessionItem = std::variant<GrabbedImage, InputEvent, EndOfStream, ServerGone>;

/// What is captured over one connection to the X server.
/// Thread-safety: one thread at a time.
class ScreenSession {
 public:
  /// Errors: as for open_screen_input().
  static Result<std::unique_ptr<ScreenSession>> open(const ScreenInputOptions& options);
  ~ScreenSession();
  ScreenSession(const ScreenSession&) = delete;
  ScreenSession& operator=(const ScreenSession&) = delete;

  /// The size of what is captured; nothing if it has no pixels now.
  [[nodiscard]] const std::optional<GrabArea>& area() const noexcept { return view_.area; }
  /// Blocks until something happens. Errors: Cancelled.
  Result<SessionItem> next(const std::stop_token& stop, const WakeDescriptor& wake);

 private:
  ScreenSession(std::unique_ptr<XConnection> x, std::unique_ptr<CaptureTarget> target,
                const ScreenInputOptions& options);

  std::optional<SessionItem> step(CaptureTime now);
  void handle_events();
  void handle(const xcb_generic_event_t& event);
  std::optional<InputEvent> look(CaptureTime now);
  void use_area(const GrabArea& area);
  void watch_damage();
  std::optional<GrabbedImage> grab(CaptureTime now);
  void follow_pointer(CaptureTime now);
  [[nodiscard]] bool shows_pixels() const noexcept;
  [[nodiscard]] CaptureTime wake_time(CaptureTime now) const;

  std::unique_ptr<XConnection> x_;
  std::unique_ptr<CaptureTarget> target_;
  std::chrono::nanoseconds frame_duration_;
  std::chrono::milliseconds patience_;
  GrabBuffer buffer_;
  std::optional<CursorOverlay> cursor_;

  TargetView view_;
  bool look_again_ = false;
  CaptureTime looked_at_ = {};
  CaptureTime lost_at_ = {};
  xcb_damage_damage_t damage_ = XCB_NONE;
  xcb_window_t damaged_window_ = XCB_NONE;
  RowRange dirty_;  // rows of the area that were drawn to
  bool pointer_changed_ = false;
  std::optional<Point> pointer_;
  CaptureTime next_frame_ = {};
  CaptureTime next_pointer_ = {};
};

}  // namespace streamkit::desktop
