#pragma once

#include <vector>

#include "common/command_line.hpp"

namespace streamkit::capture_tool {

/// Returns the flags of `streamkit-capture start`.
[[nodiscard]] std::vector<common::Flag> capture_flags();

}  // namespace streamkit::capture_tool
