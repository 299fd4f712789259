#pragma once

#include <chrono>
#include <cstdint>
#include <streamkit/core/api.hpp>

namespace streamkit::capture {

/// The state of a live stream or device, and what it has counted so far.
struct STREAMKIT_API LiveStats {
  /// False while the input waits for the device or the server to come back.
  bool connected = true;
  /// Media that has arrived and is not shown yet.
  std::chrono::milliseconds buffer{0};
  /// Attempts to connect again, successful or not.
  std::uint64_t retries = 0;
  /// Connections after the first.
  std::uint64_t reconnects = 0;
  /// Interruptions longer than a quarter of a second in what was shown, and their sum.
  std::uint64_t gaps = 0;
  std::chrono::milliseconds gap_time{0};
  /// Packets dropped because they were not read in time.
  std::uint64_t dropped_packets = 0;
  std::uint64_t bytes = 0;
};

}  // namespace streamkit::capture
