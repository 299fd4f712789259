#pragma once

#include <optional>
#include <streamkit/hls/media_playlist.hpp>
#include <string>
#include <string_view>

// The lines of a media playlist in their canonical spelling, for the writer and the builder.
namespace streamkit::hls {

inline constexpr std::string_view kEndListLine = "#EXT-X-ENDLIST\n";

// All that stands before the first segment.
void append_header(std::string& out, const MediaPlaylist& playlist);

void append_map(std::string& out, const InitializationSection& map);
void append_program_date_time(std::string& out, ProgramDateTime time);
// EXTINF and the byte range, if any: what stands right before the URI.
void append_extinf(std::string& out, MediaTime duration, std::string_view title,
                   const std::optional<ByteRange>& byte_range, int version);

}  // namespace streamkit::hls
