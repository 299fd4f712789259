#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/time_text.hpp>
#include <string>
#include <string_view>
#include <vector>

// A manifest of MPEG-DASH as a plain value. Strings are UTF-8 without control characters; an empty
// one means that the attribute is not there. Times are at least 0.
// Source: ISO/IEC 23009-1.
namespace streamkit::dash {

/// An element that is a scheme and a value, such as UTCTiming or Role.
struct STREAMKIT_API Descriptor {
  std::string scheme_id_uri;
  std::string value = {};
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

/// S of a SegmentTimeline: `repeat + 1` segments of the same duration, in units of the timescale.
struct STREAMKIT_API TimelineEntry {
  /// The start of the first one; empty: where the entry before ends.
  std::optional<std::uint64_t> start = {};
  std::uint64_t duration = 0;
  /// At least 0.
  std::uint64_t repeat = 0;
  friend bool operator==(const TimelineEntry&, const TimelineEntry&) = default;
};

struct STREAMKIT_API SegmentTemplate {
  /// Units per second.
  std::uint32_t timescale = 1;
  std::string initialization = {};
  std::string media = {};
  std::optional<std::uint64_t> start_number = {};
  /// The duration of each segment, in units of the timescale. Empty: `timeline` has them.
  std::optional<std::uint64_t> duration = {};
  /// The media time at which the period begins, in units of the timescale.
  std::uint64_t presentation_time_offset = 0;
  /// How much earlier than its end a segment can be requested.
  std::optional<MediaTime> availability_time_offset = {};
  /// False: a segment is sent while it is being produced.
  std::optional<bool> availability_time_complete = {};
  std::vector<TimelineEntry> timeline = {};
  friend bool operator==(const SegmentTemplate&, const SegmentTemplate&) = default;
};

struct STREAMKIT_API Representation {
  /// Not empty, without white space.
  std::string id;
  std::uint64_t bandwidth_bps = 0;
  std::string codecs = {};
  /// 0: not stated.
  std::uint64_t width_px = 0;
  std::uint64_t height_px = 0;
  std::optional<FrameRate> frame_rate = {};
  /// 0: not stated.
  std::uint64_t audio_sampling_rate_hz = 0;
  std::vector<Descriptor> audio_channel_configurations = {};
  std::optional<SegmentTemplate> segment_template = {};
  friend bool operator==(const Representation&, const Representation&) = default;
};

struct STREAMKIT_API AdaptationSet {
  std::optional<std::uint32_t> id = {};
  /// "video", "audio" or "text".
  std::string content_type = {};
  std::string mime_type = {};
  std::string language = {};
  bool segment_alignment = false;
  /// 1: each segment begins with a keyframe. 0: not stated.
  std::uint32_t start_with_sap = 0;
  std::vector<Descriptor> roles = {};
  std::vector<Representation> representations;
  friend bool operator==(const AdaptationSet&, const AdaptationSet&) = default;
};

struct STREAMKIT_API Period {
  std::string id = {};
  std::optional<MediaTime> start = {};
  std::optional<MediaTime> duration = {};
  std::vector<AdaptationSet> adaptation_sets;
  friend bool operator==(const Period&, const Period&) = default;
};

/// How players should follow a live presentation.
struct STREAMKIT_API ServiceDescription {
  std::uint32_t id = 0;
  std::optional<std::chrono::milliseconds> latency_target = {};
  std::optional<std::chrono::milliseconds> latency_min = {};
  std::optional<std::chrono::milliseconds> latency_max = {};
  /// In thousandths: 960 is 0.96.
  std::optional<std::uint32_t> playback_rate_min_permille = {};
  std::optional<std::uint32_t> playback_rate_max_permille = {};
  friend bool operator==(const ServiceDescription&, const ServiceDescription&) = default;
};

enum class PresentationType { Static, Dynamic };

struct STREAMKIT_API Mpd {
  PresentationType type = PresentationType::Static;
  std::string profiles = "urn:mpeg:dash:profile:isoff-live:2011";
  std::optional<UtcTime> availability_start_time = {};
  std::optional<UtcTime> publish_time = {};
  std::optional<MediaTime> media_presentation_duration = {};
  std::optional<MediaTime> minimum_update_period = {};
  MediaTime min_buffer_time{0};
  std::optional<MediaTime> time_shift_buffer_depth = {};
  std::optional<MediaTime> suggested_presentation_delay = {};
  std::optional<MediaTime> max_segment_duration = {};
  std::vector<ServiceDescription> service_descriptions = {};
  std::vector<Period> periods;
  std::vector<Descriptor> utc_timings = {};
  friend bool operator==(const Mpd&, const Mpd&) = default;
};

/// Writes the manifest in its canonical form, which is valid by MPEG's schema if there is a period.
/// `parse_mpd(write_mpd(m)) == m` for every manifest.
/// Precondition: the ranges given above.
STREAMKIT_API [[nodiscard]] std::string write_mpd(const Mpd& mpd);

/// Parses a manifest of any server; the inverse of write_mpd(). Elements and attributes that Mpd
/// does not represent are ignored. A SegmentTemplate of a period or an adaptation set is that of
/// the representations below it, as far as they state no other. Bounded: 8 MiB, 16 levels, 200,000
/// elements.
/// Errors: CorruptData names the line and the problem; Unsupported for durations of years and
/// months, whose length is not defined.
STREAMKIT_API Result<Mpd> parse_mpd(std::string_view text);

}  // namespace streamkit::dash
