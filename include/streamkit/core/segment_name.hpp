#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>

namespace streamkit {

/// The largest index of a chunk, segment or batch segment: a year and a half of chunks of half a
/// second. Times computed from an index stay far inside MediaTime.
inline constexpr std::uint64_t kMaxChunkIndex = 99'999'999;

/// Formats the index as in keys and file names: at least five digits, padded with zeros.
STREAMKIT_API [[nodiscard]] std::string format_chunk_index(std::uint64_t index);
/// The inverse. Returns nothing for text that is not canonical and for an index beyond
/// kMaxChunkIndex.
STREAMKIT_API [[nodiscard]] std::optional<std::uint64_t> parse_chunk_index(
    std::string_view digits) noexcept;

/// Returns the name of a segment beside its playlist, `seg_{index:05d}.mp4`.
STREAMKIT_API [[nodiscard]] std::string segment_file_name(std::uint64_t index);
/// The inverse. Returns nothing for a name that is not canonical.
STREAMKIT_API [[nodiscard]] std::optional<std::uint64_t> parse_segment_file_name(
    std::string_view name) noexcept;

}  // namespace streamkit
