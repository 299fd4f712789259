#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>
#include <variant>

// The names of a live track's files, relative to the URL of the track. HLS and DASH name the same
// files.
namespace streamkit {

/// Returns "segment-7.m4s".
STREAMKIT_API [[nodiscard]] std::string live_segment_name(std::uint64_t number);
/// Returns "segment-7.2.m4s", which is part 2 of segment 7.
STREAMKIT_API [[nodiscard]] std::string live_part_name(std::uint64_t number, std::uint64_t part);
/// Returns "init-3.mp4", which is the initialization section of run 3.
STREAMKIT_API [[nodiscard]] std::string live_init_name(std::uint64_t run);

/// "init-2.mp4": the initialization section of run 2.
struct STREAMKIT_API LiveInitName {
  std::uint64_t run = 0;
  friend bool operator==(const LiveInitName&, const LiveInitName&) = default;
};

/// "segment-17.m4s".
struct STREAMKIT_API LiveSegmentName {
  std::uint64_t number = 0;
  friend bool operator==(const LiveSegmentName&, const LiveSegmentName&) = default;
};

/// "segment-17.3.m4s": part 3 of segment 17.
struct STREAMKIT_API LivePartName {
  std::uint64_t number = 0;
  std::uint64_t part = 0;
  friend bool operator==(const LivePartName&, const LivePartName&) = default;
};

using LiveFileName = std::variant<LiveInitName, LiveSegmentName, LivePartName>;

/// Parses the name of a file of a track, the inverse of the functions above.
/// Returns nothing for any other name; numbers are decimal without leading zeros, below 10^15.
STREAMKIT_API [[nodiscard]] std::optional<LiveFileName> parse_live_file_name(
    std::string_view name) noexcept;

}  // namespace streamkit
