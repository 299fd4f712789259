#pragma once

#include <optional>
#include <streamkit/hls/low_latency.hpp>
#include <string>
#include <string_view>

// The tags of Low-Latency HLS, both ways. Each parser takes what is after the colon, and returns
// nothing if the value is not complete and right. Other attributes are ignored.
namespace streamkit::hls {

void append_server_control(std::string& out, const ServerControl& control);
std::optional<ServerControl> parse_server_control(std::string_view value) noexcept;

void append_part_information(std::string& out, MediaTime part_target);
std::optional<MediaTime> parse_part_information(std::string_view value) noexcept;

void append_skip(std::string& out, std::uint64_t skipped_segments);
std::optional<std::uint64_t> parse_skip(std::string_view value) noexcept;

void append_part(std::string& out, const PartialSegment& part);
// `previous` is the part before, if any: a byte range without an offset continues that one's.
std::optional<PartialSegment> parse_part(std::string_view value, const PartialSegment* previous);

void append_preload_hint(std::string& out, const PreloadHint& hint);
struct ParsedPreloadHint {
  PreloadHint hint;
  // Such a type is to be ignored.
  bool has_unknown_type = false;
};
std::optional<ParsedPreloadHint> parse_preload_hint(std::string_view value);

void append_rendition_report(std::string& out, const RenditionReport& report);
std::optional<RenditionReport> parse_rendition_report(std::string_view value);

}  // namespace streamkit::hls
