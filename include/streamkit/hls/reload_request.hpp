#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/live_track.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

// Blocking playlist reload: the delivery directives of a request, and what they ask for.
// Source: draft-pantos-hls-rfc8216bis section 6.2.5.
namespace streamkit::hls {

/// The delivery directives of a request for a media playlist.
struct STREAMKIT_API ReloadRequest {
  /// _HLS_msn: the response has this segment, or its part `part`.
  std::optional<std::uint64_t> msn = {};
  /// _HLS_part.
  std::optional<std::uint64_t> part = {};
  /// _HLS_skip: the response should be a delta update.
  bool skip = false;
  friend bool operator==(const ReloadRequest&, const ReloadRequest&) = default;
};

/// Parses the query of a URL, without its '?'. Other parameters are ignored.
/// Errors: InvalidArgument (a directive that is not a number or is given twice; a part without a
/// segment): the response is 400.
STREAMKIT_API Result<ReloadRequest> parse_reload_request(std::string_view query);

/// How far the playlist of a track has come.
struct STREAMKIT_API PlaylistPosition {
  /// The number of the first segment that is not complete, listed in part or not at all.
  std::uint64_t next_msn = 0;
  /// The number of its parts, and of those of the segment before it.
  std::uint64_t parts = 0;
  std::uint64_t parts_before = 0;
  /// 0 if the playlist has no parts.
  MediaTime part_target{0};
  /// The playlist has EXT-X-ENDLIST.
  bool ended = false;
  friend bool operator==(const PlaylistPosition&, const PlaylistPosition&) = default;
};

STREAMKIT_API [[nodiscard]] PlaylistPosition playlist_position(LiveSegmentList segments,
                                                               MediaTime part_target, bool ended);

enum class ReloadAction {
  Respond,  ///< The playlist has what the request names.
  Wait,     ///< It will have it. Decide again when the position has changed.
  Reject    ///< 400: the request is too far ahead.
};

struct STREAMKIT_API ReloadDecision {
  ReloadAction action = ReloadAction::Respond;
  /// Wait: for what. Without a part: until the segment is complete. Requests of the same values
  /// may wait together.
  std::uint64_t msn = 0;
  std::optional<std::uint64_t> part = {};
  /// Respond: with a delta update, if there is one.
  bool delta = false;
  /// Reject: why.
  std::string reason = {};
  friend bool operator==(const ReloadDecision&, const ReloadDecision&) = default;
};

/// Decides what to do with a request now. A part beyond the last one of a complete segment is the
/// first part of the next segment. At the end all directives are ignored.
STREAMKIT_API [[nodiscard]] ReloadDecision decide_reload(const ReloadRequest& request,
                                                         const PlaylistPosition& position);

/// Returns how long a request may wait; afterwards the response is 503.
STREAMKIT_API [[nodiscard]] std::chrono::seconds longest_reload_wait(
    std::chrono::seconds target_duration) noexcept;

}  // namespace streamkit::hls
