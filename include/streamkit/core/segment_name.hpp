#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>

namespace streamkit {

/// The largest index of a chunk, segment or batch segment: a year and a half of chunks of half a
/// second. Times that are made of an index stay far inside MediaTime.
inline constexpr std::uint64_t kMaxChunkIndex = 99'999'999;

/// The index as keys and file names spell it: at least five digits, padded with zeros.
STREAMKIT_API [[nodiscard]] std::string format_chunk_index(std::uint64_t index);
/// The inverse. Empty for anything not canonical and for an index beyond kMaxChunkIndex.
STREAMKIT_API [[nodiscard]] std::optional<std::uint64_t> parse_chunk_index(
    std::string_view digits) noexcept;

/// `seg_{index:05d}.mp4`: the segment's name beside its playlist.
STREAMKIT_API [[nodiscard]] std::string segment_file_name(std::uint64_t index);
/// The inverse. Empty for anything not canonical.
STREAMKIT_API [[nodiscard]] std::optional<std::uint64_t> parse_segment_file_name(
    std::string_view name) noexcept;

}  // namespace streamkit
