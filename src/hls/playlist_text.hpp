#pragma once

#include <optional>
#include <streamkit/hls/media_playlist.hpp>
#include <string>
#include <string_view>

// Writes the lines of a media playlist in canonical form, for the writer and the builder.
namespace streamkit::hls {

inline constexpr std::string_view kEndListLine = "#EXT-X-ENDLIST\n";

// Appends everything before the first segment.
void append_header(std::string& out, const MediaPlaylist& playlist);

void append_map(std::string& out, const InitializationSection& map);
void append_program_date_time(std::string& out, ProgramDateTime time);
// Appends EXTINF and the byte range, if any, which directly precede the URI.
void append_extinf(std::string& out, MediaTime duration, std::string_view title,
                   const std::optional<ByteRange>& byte_range, int version);

}  // namespace streamkit::hls
