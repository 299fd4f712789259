#pragma once

#include <string>
#include <vector>

#include "desktop/x_connection.hpp"
#include "desktop/x_windows.hpp"

namespace streamkit::desktop {

/// A monitor, as RandR lists it.
struct XScreen {
  std::string name;
  RootRect place;
  bool is_primary = false;
};

/// The active monitors; the first is primary if none is marked. Empty if the server went away.
[[nodiscard]] std::vector<XScreen> list_screens(const XConnection& x);

}  // namespace streamkit::desktop
