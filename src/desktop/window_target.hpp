#pragma once

#include <memory>
#include <optional>
#include <string>

#include "desktop/capture_target.hpp"
#include "desktop/x_windows.hpp"

namespace streamkit::desktop {

/// A window, drawn by the server into a pixmap of its own so that windows above do not matter.
class WindowTarget final : public CaptureTarget {
 public:
  static Result<std::unique_ptr<CaptureTarget>> find(const XConnection& x, xcb_window_t window,
                                                     const std::optional<CaptureRegion>& region);
  ~WindowTarget() override { free_pixmap(); }

  TargetView look() override;
  [[nodiscard]] xcb_window_t window() const noexcept override { return window_; }
  [[nodiscard]] bool changes_with(const xcb_generic_event_t& event) override;
  std::optional<Point> pointer(const TargetView& view) override;
  [[nodiscard]] std::string kind() const override { return "window"; }
  [[nodiscard]] bool may_be_gone_forever() const noexcept override { return true; }

 private:
  WindowTarget(const XConnection& x, xcb_window_t window,
               const std::optional<CaptureRegion>& region);

  void watch(xcb_window_t window);
  bool find_again();
  void remember_name();
  TargetView look_at_window();
  bool name_pixmap();
  void free_pixmap() noexcept;

  const XConnection& x_;
  xcb_window_t window_;
  std::optional<CaptureRegion> region_;
  xcb_window_t top_level_ = XCB_NONE;
  WindowName name_;
  bool name_stale_ = true;
  bool closed_ = false;
  xcb_pixmap_t pixmap_ = XCB_NONE;
  bool pixmap_stale_ = true;
};

}  // namespace streamkit::desktop
