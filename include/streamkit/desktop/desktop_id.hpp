#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>

namespace streamkit::desktop {

/// The parsed id of a screen ("screen:HDMI-1") or of a window ("window:0x1a00003"). Audio devices
/// have ids of another form.
struct STREAMKIT_API DesktopId {
  /// The monitor's name; empty for a window. Bytes that an id cannot hold are unescaped.
  std::string screen = {};
  /// The X server's number of the window; 0 for a screen.
  std::uint32_t window = 0;

  friend bool operator==(const DesktopId&, const DesktopId&) = default;
};

/// Returns nothing if the text is not the id of a screen or window.
STREAMKIT_API [[nodiscard]] std::optional<DesktopId> parse_desktop_id(std::string_view text);

/// Formats the id. In a screen's name, whatever is not visible ASCII, and comma and percent sign,
/// is written as "%20".
STREAMKIT_API [[nodiscard]] std::string to_string(const DesktopId& id);

}  // namespace streamkit::desktop
