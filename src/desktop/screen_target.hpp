#pragma once

#include <memory>
#include <optional>
#include <string>

#include "desktop/capture_target.hpp"
#include "desktop/x_screens.hpp"

namespace streamkit::desktop {

/// A monitor: a rectangle of the root window.
class ScreenTarget final : public CaptureTarget {
 public:
  /// An empty name means the primary screen.
  static Result<std::unique_ptr<CaptureTarget>> find(const XConnection& x, const std::string& name,
                                                     const std::optional<CaptureRegion>& region);

  TargetView look() override;
  [[nodiscard]] xcb_window_t window() const noexcept override { return x_.root(); }
  [[nodiscard]] bool changes_with(const xcb_generic_event_t& event) override;
  std::optional<Point> pointer(const TargetView& view) override;
  [[nodiscard]] std::string kind() const override { return "screen"; }
  [[nodiscard]] bool may_be_gone_forever() const noexcept override { return false; }

 private:
  ScreenTarget(const XConnection& x, std::string name, const std::optional<CaptureRegion>& region);

  const XConnection& x_;
  std::string name_;
  std::optional<CaptureRegion> region_;
};

}  // namespace streamkit::desktop
