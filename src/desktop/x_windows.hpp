#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desktop/x_connection.hpp"

namespace streamkit::desktop {

/// A window as a person knows it.
struct WindowName {
  std::string title;        ///< UTF-8.
  std::string application;  ///< UTF-8; empty if unknown.

  friend bool operator==(const WindowName&, const WindowName&) = default;
};

/// A rectangle in the root window's coordinates.
struct RootRect {
  int x = 0;
  int y = 0;
  int width_px = 0;
  int height_px = 0;
};

/// The windows that a person would choose from: those of the window manager's list, or those that
/// the tree has. At most 500, topmost last.
[[nodiscard]] std::vector<xcb_window_t> capturable_windows(const XConnection& x);
[[nodiscard]] WindowName name_of(const XConnection& x, xcb_window_t window);
/// The window's ancestor that is a child of the root window, or itself; nothing if it is gone.
[[nodiscard]] std::optional<xcb_window_t> top_level_of(const XConnection& x, xcb_window_t window);
/// Where the window is, without its border; nothing if it is gone.
[[nodiscard]] std::optional<RootRect> place_of(const XConnection& x, xcb_window_t window);

enum class Cover { Nothing, Part, All };
/// How much of `place` is hidden by windows above `top_level`, or outside of the root window.
[[nodiscard]] Cover cover_of(const XConnection& x, xcb_window_t top_level, const RootRect& place);
/// Text of a property as UTF-8, in one line: Latin-1 is converted, whatever is not text is
/// replaced.
[[nodiscard]] std::string readable_text(std::string_view bytes);

}  // namespace streamkit::desktop
