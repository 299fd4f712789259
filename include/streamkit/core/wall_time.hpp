#pragma once

#include <chrono>

namespace streamkit {

/// Wall-clock time. Stores keep milliseconds.
using WallTime = std::chrono::system_clock::time_point;

}  // namespace streamkit
