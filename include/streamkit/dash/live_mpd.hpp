#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/live_track.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/dash/live_periods.hpp>
#include <streamkit/dash/mpd.hpp>
#include <string>

// Manifests of live streams, as pure functions of their segments. A manifest is in the folder that
// has a folder for each track, with the files that core/live_name.hpp names.
namespace streamkit::dash {

/// A track as the manifest announces it.
struct STREAMKIT_API LiveRepresentation {
  LiveTrackInfo info;
  /// The bandwidth at which it plays without a stall: the peak.
  std::uint64_t bandwidth_bps = 0;
  /// As in RFC 5646; empty: unknown.
  std::string language = {};
  LiveSegmentList segments = {};
  /// Units per second of times in the manifest; best that of the track's media. 0: the sampling
  /// rate of audio, and 90,000 or a multiple of the frame rate for video.
  std::uint32_t timescale = 0;
};

struct STREAMKIT_API LiveMpdOptions {
  /// The wall clock at media time 0. Must never change.
  WallTime availability_start_time{};
  /// When the content of the manifest changed last.
  WallTime publish_time{};
  /// The nominal duration of segments, and the longest of parts.
  MediaTime segment_duration = std::chrono::seconds(2);
  MediaTime part_target = std::chrono::milliseconds(500);
  /// MPD@timeShiftBufferDepth. 0: everything stays.
  MediaTime window{0};
  /// Segments below this number are not listed.
  std::uint64_t first_number = 0;
  /// No segment will be added: the manifest is static.
  bool ended = false;
  /// Returns the time of day as ISO 8601, for players whose clock is wrong. Absolute, or relative
  /// to the manifest. Empty: the manifest has no UTCTiming.
  std::string time_url = {};
  /// How far behind the media players should stay. Empty: three parts or, with a timeline, two
  /// segments.
  std::optional<std::chrono::milliseconds> latency_target = {};
};

/// Returns the manifest for low latency: segments have numbers and one duration, and can be
/// requested once their first part exists; they are sent while they grow. `periods` are from
/// extend_periods() with a NumberClock; there is at least one. The first track is the one that
/// decides where a static presentation ends. At the end of a stream players follow best if the
/// manifest becomes the static one of timeline_mpd(), and if the segment after the last one, which
/// they have requested already, is an empty response: a 404 stops Shaka Player for good.
/// Source: ISO/IEC 23009-1; DASH-IF Low-Latency Modes for DASH.
STREAMKIT_API [[nodiscard]] Mpd number_mpd(std::span<const LiveRepresentation> tracks,
                                           std::span<const PeriodStart> periods,
                                           const LiveMpdOptions& options);

/// Returns the manifest that lists each complete segment with its exact time. It needs no clock,
/// and is the one for time shift and for what is recorded. `periods` are from extend_periods()
/// without a clock. A period is left out as long as it has no complete segment; players reject a
/// manifest without any.
STREAMKIT_API [[nodiscard]] Mpd timeline_mpd(std::span<const LiveRepresentation> tracks,
                                             std::span<const PeriodStart> periods,
                                             const LiveMpdOptions& options);

}  // namespace streamkit::dash
