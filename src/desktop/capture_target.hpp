#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/desktop/screen_input.hpp>
#include <string>

#include "desktop/cursor_overlay.hpp"
#include "desktop/grab_buffer.hpp"
#include "desktop/x_connection.hpp"

namespace streamkit::desktop {

/// What a target looked like a moment ago.
struct TargetView {
  InputState state = InputState::Running;
  /// The pixels; nothing while they cannot be had.
  std::optional<GrabArea> area = {};
  /// Where `area` begins in the coordinates of the window whose damage is reported.
  Point damage_origin = {};
};

/// A screen or window that is captured. It may go at any time.
/// Thread-safety: one thread at a time.
class CaptureTarget {
 public:
  virtual ~CaptureTarget() = default;
  /// Finds out where the pixels are now.
  virtual TargetView look() = 0;
  /// The window whose damage is to be watched; look() may change it.
  [[nodiscard]] virtual xcb_window_t window() const noexcept = 0;
  /// Whether look() may give another result after this event.
  [[nodiscard]] virtual bool changes_with(const xcb_generic_event_t& event) = 0;
  /// Where the pointer is in `area`; nothing while it is elsewhere.
  virtual std::optional<Point> pointer(const TargetView& view) = 0;
  /// "screen" or "window".
  [[nodiscard]] virtual std::string kind() const = 0;
  /// Whether EndOfStream follows a loss that lasts too long.
  [[nodiscard]] virtual bool may_be_gone_forever() const noexcept = 0;
};

/// `source` as in ScreenInputOptions. The connection must outlive the target.
/// Errors: InvalidArgument, NotFound, Unsupported.
Result<std::unique_ptr<CaptureTarget>> find_target(const XConnection& x, const std::string& source,
                                                   const std::optional<CaptureRegion>& region);

/// The part of a source of this size that is captured: within bounds, with even sides if they are
/// longer than 1. `x` and `y` are relative to the source. Nothing if the region is outside.
[[nodiscard]] std::optional<GrabArea> captured_part(int width_px, int height_px,
                                                    const std::optional<CaptureRegion>& region);

}  // namespace streamkit::desktop
