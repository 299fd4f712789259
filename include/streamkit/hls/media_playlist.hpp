#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/time_text.hpp>
#include <streamkit/hls/byte_range.hpp>
#include <streamkit/hls/low_latency.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::hls {

/// Wall-clock time as in EXT-X-PROGRAM-DATE-TIME.
using ProgramDateTime = UtcTime;

struct STREAMKIT_API MediaSegment {
  /// As written: relative to the URL of the playlist, or absolute. Not empty, does not start with
  /// '#'.
  std::string uri;
  /// EXTINF. At least 0.
  MediaTime duration{0};
  std::string title;
  /// If empty: the whole resource.
  std::optional<ByteRange> byte_range;
  /// Applies from this segment until a later segment has another.
  std::optional<InitializationSection> map;
  /// Time of this segment's first frame. If empty, it follows from that of an earlier segment and
  /// the durations.
  std::optional<ProgramDateTime> program_date_time;
  /// The timeline or the encoding changes between the previous segment and this one.
  bool discontinuity = false;
  /// The resource is missing and should not be loaded.
  bool gap = false;
  /// The same media as parts, while it is near the end of a low-latency playlist.
  std::vector<PartialSegment> parts = {};
  friend bool operator==(const MediaSegment&, const MediaSegment&) = default;
};

/// Event: the playlist only grows. Vod: it never changes.
enum class PlaylistType { Event, Vod };

/// A media playlist as a plain value. Strings are UTF-8 without control characters and without
/// blanks around a URI or after a title.
/// Source: RFC 8216 section 4.3; EXT-X-GAP and the tags of Low-Latency HLS from
/// draft-pantos-hls-rfc8216bis.
struct STREAMKIT_API MediaPlaylist {
  /// 1 or higher. 6 is the lowest that covers EXT-X-MAP outside I-frame playlists (RFC 8216 section
  /// 7).
  int version = 6;
  /// At least every segment's duration, rounded to the nearest second. Fits 31 bits.
  std::chrono::seconds target_duration{0};
  std::optional<PlaylistType> type;
  /// Number of the first segment; in a delta update, of the first one that is left out.
  std::uint64_t media_sequence = 0;
  std::uint64_t discontinuity_sequence = 0;
  /// Every segment can be decoded without any other.
  bool independent_segments = false;
  /// No segment will be added.
  bool end_list = false;
  std::vector<MediaSegment> segments;
  /// Each segment is one I-frame: EXT-X-I-FRAMES-ONLY.
  bool i_frames_only = false;
  std::optional<ServerControl> server_control = {};
  /// EXT-X-PART-INF: no part is longer. Without it there are no parts.
  std::optional<MediaTime> part_target = {};
  /// EXT-X-SKIP: a delta update leaves out this number of segments before `segments`.
  std::optional<std::uint64_t> skipped_segments = {};
  std::optional<OpenSegment> open_segment = {};
  std::vector<PreloadHint> preload_hints = {};
  std::vector<RenditionReport> rendition_reports = {};
  friend bool operator==(const MediaPlaylist&, const MediaPlaylist&) = default;
};

/// Writes the playlist in its canonical form, with one '\n' after each line. EXTINF has nine
/// decimals, without trailing zeros beyond the third: a nanosecond is finer than a flick, so that
/// `parse_media_playlist(write_media_playlist(p)) == p` for every playlist. Below version 3 whole
/// seconds have no decimals, as RFC 8216 section 7 requires.
/// Precondition: the ranges given above.
STREAMKIT_API [[nodiscard]] std::string write_media_playlist(const MediaPlaylist& playlist);

/// Parses a playlist in the spelling of any server; the inverse of write_media_playlist().
/// Durations are rounded to the nearest flick; a byte range without an offset gets the one that it
/// implies; a missing version is 1. Linear in time and memory. Accepted beyond RFC 8216: blanks
/// around a line and around each value of a tag, EXTINF without its comma. Tags that MediaPlaylist
/// does not represent are ignored (section 6.3.1), unless they change the meaning of the segments;
/// so are parts before EXT-X-PART-INF.
/// Errors: CorruptData names the line and what is expected there; Unsupported for encrypted
/// segments and variables.
STREAMKIT_API Result<MediaPlaylist> parse_media_playlist(std::string_view text);

}  // namespace streamkit::hls
