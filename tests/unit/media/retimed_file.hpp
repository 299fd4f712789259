#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <streamkit/core/packet.hpp>
#include <vector>

namespace streamkit::media {

/// The times of one packet of a file that is copied.
struct PacketTimes {
  TrackKind track = TrackKind::Video;
  /// Its number in its track.
  std::int64_t number = 0;
  double pts_s = 0;
  double dts_s = 0;
  bool left_out = false;
};

/// Copies the packets of a file to another, whose container follows from its name, with the times
/// that `change` leaves.
void copy_retimed(const std::filesystem::path& from, const std::filesystem::path& to,
                  const std::function<void(PacketTimes&)>& change = {});

/// Writes files one after the other into one, byte by byte, as `cat` does.
void join_files(const std::vector<std::filesystem::path>& parts, const std::filesystem::path& to);

}  // namespace streamkit::media
