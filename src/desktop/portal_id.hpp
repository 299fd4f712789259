#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "desktop/screen_cast.hpp"

namespace streamkit::desktop {

/// "portal:screen" or "portal:window".
[[nodiscard]] inline std::string portal_id(CastKind kind) {
  return kind == CastKind::Screen ? "portal:screen" : "portal:window";
}

/// Returns nothing if the text is not the id of a source of the portal.
[[nodiscard]] inline std::optional<CastKind> parse_portal_id(std::string_view text) {
  for (const CastKind kind : {CastKind::Screen, CastKind::Window}) {
    if (text == portal_id(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace streamkit::desktop
