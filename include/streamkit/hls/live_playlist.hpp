#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/live_track.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/hls/low_latency.hpp>
#include <streamkit/hls/media_playlist.hpp>
#include <string>
#include <vector>

// Media playlists of the tracks of a live stream, as pure functions of its segments. A playlist is
// beside the files of its track, whose names are in core/live_name.hpp.
namespace streamkit::hls {

enum class LivePlaylistKind {
  Live,   ///< A window that slides: no playlist type.
  Event,  ///< All segments from the first one on.
  Vod     ///< All segments of a stream that has ended.
};

/// Part `part` of segment `number`.
struct STREAMKIT_API PartPosition {
  std::uint64_t number = 0;
  std::uint64_t part = 0;
  friend bool operator==(const PartPosition&, const PartPosition&) = default;
};

struct STREAMKIT_API LivePlaylistOptions {
  LivePlaylistKind kind = LivePlaylistKind::Live;
  /// EXT-X-TARGETDURATION, which must never change. A Vod playlist takes a higher one if a segment
  /// needs it.
  std::chrono::seconds target_duration{2};
  /// PART-TARGET of a low-latency playlist, which must never change. 0: a playlist without parts.
  MediaTime part_target{0};
  /// Segments below this number are not listed. Must be the same in all tracks of a stream: players
  /// expect the same EXT-X-MEDIA-SEQUENCE everywhere.
  std::uint64_t first_number = 0;
  /// The number of discontinuities before the first segment of the list, listed or not.
  std::uint64_t discontinuities_before = 0;
  /// No segment will be added: an incomplete one is complete as it is.
  bool ended = false;
  /// The part to hint, from next_part(). Ignored in a playlist without parts and at the end.
  std::optional<PartPosition> hint = {};
  /// The other renditions, from rendition_report(). Ignored as the hint is.
  std::vector<RenditionReport> reports = {};
};

/// Returns the playlist of a track. A low-latency one has the parts of the segments in the last
/// three target durations and of an incomplete one, until it ends. Each segment has its wall-clock
/// time. Segments of different runs are separated by a discontinuity, and each run has its own
/// initialization section.
STREAMKIT_API [[nodiscard]] MediaPlaylist live_playlist(LiveSegmentList segments,
                                                        const LivePlaylistOptions& options);

/// Returns the delta update of a playlist: without the segments that are farther from the end than
/// CAN-SKIP-UNTIL. Nothing if all segments are nearer, or if the playlist offers no delta updates.
/// Source: draft-pantos-hls-rfc8216bis section 6.2.5.1.
STREAMKIT_API [[nodiscard]] std::optional<MediaPlaylist> delta_update(
    const MediaPlaylist& playlist);

/// Returns the I-frame playlist of a video track: of each complete segment the parts at which
/// decoding can start, as byte ranges. `i_frames_before` is the number of such parts before segment
/// `options.first_number`, so that their numbers stay the same while the window slides.
STREAMKIT_API [[nodiscard]] MediaPlaylist i_frame_playlist(LiveSegmentList segments,
                                                           std::uint64_t i_frames_before,
                                                           const LivePlaylistOptions& options);
/// Returns the number of entries of a segment in the I-frame playlist.
STREAMKIT_API [[nodiscard]] std::uint64_t i_frame_count(const LiveSegment& segment) noexcept;

/// How the segments of a stream are cut: at multiples of `segment_duration`.
struct STREAMKIT_API LiveCut {
  MediaTime segment_duration = std::chrono::seconds(2);
  /// True: exactly there, because keyframes are there. False: at the first keyframe after that,
  /// whose time is unknown.
  bool exact = true;
};

/// Returns whether the keyframes of a source seem to be where segments should begin: at least three
/// segments of the newest run, and all of them, begin there to within half a frame.
STREAMKIT_API [[nodiscard]] bool starts_on_grid(const LiveTrackInfo& info, LiveSegmentList segments,
                                                MediaTime segment_duration) noexcept;

/// Returns the part that certainly comes next: of the open segment while that is sure to
/// continue, else the first of the next segment. Nothing if it is uncertain: a hint that does not
/// come true makes some players fail, so that no hint is better.
STREAMKIT_API [[nodiscard]] std::optional<PartPosition> next_part(const LiveTrackInfo& info,
                                                                  LiveSegmentList segments,
                                                                  const LiveCut& cut) noexcept;

/// Returns the report about a track for the playlists of the others. `uri` is its playlist,
/// relative to theirs.
STREAMKIT_API [[nodiscard]] RenditionReport rendition_report(std::string uri,
                                                             LiveSegmentList segments);

}  // namespace streamkit::hls
