#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/time_text.hpp>
#include <streamkit/hls/byte_range.hpp>
#include <string>
#include <vector>

// What a media playlist of Low-Latency HLS has beside its segments. URIs are not empty and have no
// '"'; times are at least 0.
// Source: draft-pantos-hls-rfc8216bis sections 4.4.3.7, 4.4.3.8, 4.4.4.9, 4.4.5.
namespace streamkit::hls {

/// EXT-X-SERVER-CONTROL: what the server offers to the players of a live playlist.
struct STREAMKIT_API ServerControl {
  /// Segments farther than this from the end are left out of delta updates, which exist if it has a
  /// value.
  std::optional<MediaTime> can_skip_until = {};
  bool can_skip_dateranges = false;
  /// How far from the end players should stay, at least three target durations.
  std::optional<MediaTime> hold_back = {};
  /// The same for players that load parts, at least three part targets.
  std::optional<MediaTime> part_hold_back = {};
  /// Requests with delivery directives wait until the playlist has what they name.
  bool can_block_reload = false;
  friend bool operator==(const ServerControl&, const ServerControl&) = default;
};

/// EXT-X-PART: a part of a segment.
struct STREAMKIT_API PartialSegment {
  std::string uri;
  MediaTime duration{0};
  /// If empty: the whole resource.
  std::optional<ByteRange> byte_range = {};
  /// Decoding can start here.
  bool independent = false;
  /// The resource is missing and should not be loaded.
  bool gap = false;
  friend bool operator==(const PartialSegment&, const PartialSegment&) = default;
};

/// The parts of the segment at the end of the playlist that has no URI yet, with the tags of that
/// segment. They are its tags again when it is listed.
struct STREAMKIT_API OpenSegment {
  /// Not empty.
  std::vector<PartialSegment> parts;
  std::optional<InitializationSection> map = {};
  std::optional<UtcTime> program_date_time = {};
  bool discontinuity = false;
  friend bool operator==(const OpenSegment&, const OpenSegment&) = default;
};

/// EXT-X-PRELOAD-HINT: a resource that a player may request before it is listed.
struct STREAMKIT_API PreloadHint {
  enum class Type { Part, Map };
  Type type = Type::Part;
  std::string uri;
  /// The range that will be listed. Without a length it ends with the resource.
  std::uint64_t byte_range_start = 0;
  std::optional<std::uint64_t> byte_range_length = {};
  friend bool operator==(const PreloadHint&, const PreloadHint&) = default;
};

/// EXT-X-RENDITION-REPORT: how far another rendition's playlist has come.
struct STREAMKIT_API RenditionReport {
  /// The playlist, relative to the one that has the report.
  std::string uri;
  /// The number of the last segment, complete or not, and the index of its last part.
  std::optional<std::uint64_t> last_msn = {};
  std::optional<std::uint64_t> last_part = {};
  friend bool operator==(const RenditionReport&, const RenditionReport&) = default;
};

}  // namespace streamkit::hls
