#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <string>

// The names of a live track's files, relative to the URL of the track. HLS and DASH name the same
// files.
namespace streamkit {

/// Returns "segment-7.m4s".
STREAMKIT_API [[nodiscard]] std::string live_segment_name(std::uint64_t number);
/// Returns "segment-7.2.m4s", which is part 2 of segment 7.
STREAMKIT_API [[nodiscard]] std::string live_part_name(std::uint64_t number, std::uint64_t part);
/// Returns "init-3.mp4", which is the initialization section of run 3.
STREAMKIT_API [[nodiscard]] std::string live_init_name(std::uint64_t run);

}  // namespace streamkit
