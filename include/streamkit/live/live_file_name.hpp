#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <string_view>
#include <variant>

namespace streamkit::live {

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

/// Parses the name of a file of a track of a live stream, as playlists and manifests write it.
/// Returns nothing for any other name; numbers are decimal without leading zeros, below 10^15.
STREAMKIT_API [[nodiscard]] std::optional<LiveFileName> parse_live_file_name(
    std::string_view name) noexcept;

}  // namespace streamkit::live
