#include <algorithm>
#include <streamkit/core/live_name.hpp>
#include <streamkit/dash/live_mpd.hpp>

#include "dash/segment_timeline.hpp"

namespace streamkit::dash {
namespace {

constexpr std::string_view kTrackFolder = "$RepresentationID$/";

UtcTime utc(WallTime time) { return std::chrono::floor<std::chrono::milliseconds>(time); }

std::uint64_t ticks(MediaTime time, std::uint32_t timescale) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_ticks(time, 1, timescale)));
}

// A period as it is written: of a static manifest, what is not listed is cut off its beginning.
struct WrittenPeriod {
  std::uint64_t id = 0;
  PeriodStart start;
  // The first segment of the next period, if there is one.
  std::optional<std::uint64_t> end_number;
};

Mpd header(const LiveMpdOptions& options, std::chrono::milliseconds latency,
           MediaTime min_buffer_time) {
  Mpd mpd;
  mpd.type = options.ended ? PresentationType::Static : PresentationType::Dynamic;
  mpd.publish_time = utc(options.publish_time);
  mpd.min_buffer_time = min_buffer_time;
  mpd.max_segment_duration = options.segment_duration;
  if (options.ended) return mpd;

  mpd.availability_start_time = utc(options.availability_start_time);
  mpd.minimum_update_period = options.segment_duration;
  if (options.window > MediaTime{0}) mpd.time_shift_buffer_depth = options.window;
  const auto target = options.latency_target.value_or(latency);
  constexpr std::uint32_t kSlowest = 960;
  constexpr std::uint32_t kFastest = 1040;
  mpd.service_descriptions = {{.latency_target = target,
                               .latency_min = target / 2,
                               .latency_max = 2 * target,
                               .playback_rate_min_permille = kSlowest,
                               .playback_rate_max_permille = kFastest}};
  if (!options.time_url.empty()) {
    mpd.utc_timings = {{"urn:mpeg:dash:utc:http-iso:2014", options.time_url}};
  }
  return mpd;
}

// The timescale in which all times of the track are whole numbers, if possible.
std::uint32_t timescale_of(const LiveRepresentation& track) noexcept {
  constexpr std::uint32_t kUsual = 90'000;
  constexpr std::uint32_t kUsualAudio = 48'000;
  if (track.timescale != 0) return track.timescale;
  if (track.info.kind == TrackKind::Audio) {
    const int rate = track.info.sample_rate_hz;
    return rate > 0 ? static_cast<std::uint32_t>(rate) : kUsualAudio;
  }
  const FrameRate rate = track.info.frame_rate;
  if (!rate.valid()) return kUsual;
  const bool divides = std::int64_t{kUsual} * rate.den % rate.num == 0;
  return divides ? kUsual : static_cast<std::uint32_t>(rate.num);
}

SegmentTemplate template_of(const LiveRepresentation& track, const WrittenPeriod& period) {
  SegmentTemplate segments;
  segments.timescale = timescale_of(track);
  segments.initialization = std::string(kTrackFolder) + live_init_name(period.start.run);
  segments.media = std::string(kTrackFolder) + "segment-$Number$.m4s";
  segments.presentation_time_offset = ticks(period.start.media_start, segments.timescale);
  return segments;
}

Representation representation_of(const LiveRepresentation& track) {
  Representation result;
  result.id = track.info.name;
  result.bandwidth_bps = track.bandwidth_bps;
  result.codecs = track.info.codecs;
  if (track.info.kind == TrackKind::Video) {
    result.width_px = static_cast<std::uint64_t>(std::max(0, track.info.width_px));
    result.height_px = static_cast<std::uint64_t>(std::max(0, track.info.height_px));
    if (track.info.frame_rate.valid()) result.frame_rate = track.info.frame_rate;
    return result;
  }
  result.audio_sampling_rate_hz =
      static_cast<std::uint64_t>(std::max(0, track.info.sample_rate_hz));
  if (track.info.channels > 0) {
    result.audio_channel_configurations = {
        {"urn:mpeg:dash:23003:3:audio_channel_configuration:2011",
         std::to_string(track.info.channels)}};
  }
  return result;
}

AdaptationSet empty_set(TrackKind kind) {
  const bool is_video = kind == TrackKind::Video;
  AdaptationSet set;
  set.id = is_video ? 0 : 1;
  set.content_type = is_video ? "video" : "audio";
  set.mime_type = is_video ? "video/mp4" : "audio/mp4";
  set.segment_alignment = true;
  set.start_with_sap = 1;
  set.roles = {{"urn:mpeg:dash:role:2011", "main"}};
  return set;
}

// One adaptation set for each kind that has a representation. `segments_of` returns nothing for a
// track that has no segment in the period.
template <typename SegmentsOf>
std::vector<AdaptationSet> adaptation_sets(std::span<const LiveRepresentation> tracks,
                                           SegmentsOf segments_of) {
  std::vector<AdaptationSet> sets;
  for (const TrackKind kind : {TrackKind::Video, TrackKind::Audio}) {
    AdaptationSet set = empty_set(kind);
    for (const LiveRepresentation& track : tracks) {
      if (track.info.kind != kind) continue;
      std::optional<SegmentTemplate> segments = segments_of(track);
      if (!segments) continue;
      if (set.language.empty()) set.language = track.language;
      set.representations.push_back(representation_of(track));
      set.representations.back().segment_template = std::move(segments);
    }
    if (!set.representations.empty()) sets.push_back(std::move(set));
  }
  return sets;
}

bool is_listed(const LiveSegment& segment, const LiveMpdOptions& options) noexcept {
  return segment.number >= options.first_number && (segment.complete || options.ended) &&
         segment.duration > MediaTime{0};
}

bool is_within(const LiveSegment& segment, const WrittenPeriod& period) noexcept {
  return segment.number >= period.start.number &&
         (!period.end_number || segment.number < *period.end_number);
}

std::vector<const LiveSegment*> listed_segments(const LiveRepresentation& track,
                                                const WrittenPeriod& period,
                                                const LiveMpdOptions& options) {
  std::vector<const LiveSegment*> listed;
  for (const auto& segment : track.segments) {
    if (is_listed(*segment, options) && is_within(*segment, period))
      listed.push_back(segment.get());
  }
  return listed;
}

// The periods that have listed segments, or may have them.
std::vector<WrittenPeriod> written_periods(std::span<const LiveRepresentation> tracks,
                                           std::span<const PeriodStart> periods,
                                           const LiveMpdOptions& options) {
  std::vector<WrittenPeriod> written;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    WrittenPeriod period{periods[i].number, periods[i], {}};
    if (i + 1 < periods.size()) period.end_number = periods[i + 1].number;
    if (period.end_number && *period.end_number <= options.first_number) continue;
    if (options.ended && !tracks.empty()) {
      const auto listed = listed_segments(tracks.front(), period, options);
      if (listed.empty()) continue;
      const MediaTime cut = listed.front()->start - period.start.media_start;
      period.start.number = listed.front()->number;
      period.start.media_start += cut;
      period.start.start += cut;
    }
    written.push_back(period);
  }
  return written;
}

Period period_of(const WrittenPeriod& written) {
  Period period;
  period.id = "p" + std::to_string(written.id);
  period.start = written.start.start;
  return period;
}

// Where the last listed segment of the tracks ends, as a time of the presentation.
MediaTime presentation_end(std::span<const LiveRepresentation> tracks, const WrittenPeriod& last,
                           const LiveMpdOptions& options) {
  MediaTime end = last.start.start;
  for (const LiveRepresentation& track : tracks) {
    for (const auto& segment : track.segments) {
      if (!is_listed(*segment, options) || !is_within(*segment, last)) continue;
      const MediaTime within = segment->start + segment->duration - last.start.media_start;
      end = std::max(end, last.start.start + within);
    }
  }
  return end;
}

// The presentation ends with the media of `last`.
void finish(Mpd& mpd, std::span<const LiveRepresentation> tracks,
            std::span<const LiveRepresentation> last, const std::vector<WrittenPeriod>& periods,
            const LiveMpdOptions& options) {
  for (const LiveRepresentation& track : tracks) {
    for (const auto& segment : track.segments) {
      if (!is_listed(*segment, options)) continue;
      mpd.max_segment_duration = std::max(*mpd.max_segment_duration, segment->duration);
    }
  }
  if (options.ended && !periods.empty()) {
    mpd.media_presentation_duration = presentation_end(last, periods.back(), options);
  }
}

std::chrono::milliseconds in_millis(MediaTime time) {
  return std::chrono::round<std::chrono::milliseconds>(time);
}

}  // namespace

Mpd number_mpd(std::span<const LiveRepresentation> tracks, std::span<const PeriodStart> periods,
               const LiveMpdOptions& options) {
  constexpr int kLatencyInParts = 3;
  Mpd mpd = header(options, in_millis(kLatencyInParts * options.part_target), options.part_target);
  const auto written = written_periods(tracks, periods, options);
  for (const WrittenPeriod& each : written) {
    Period period = period_of(each);
    period.adaptation_sets = adaptation_sets(tracks, [&](const LiveRepresentation& track) {
      std::optional<SegmentTemplate> segments = template_of(track, each);
      segments->start_number = each.start.number;
      segments->duration = ticks(options.segment_duration, segments->timescale);
      if (!options.ended) {
        segments->availability_time_offset =
            std::max(options.segment_duration - options.part_target, MediaTime{0});
        segments->availability_time_complete = false;
      }
      return segments;
    });
    mpd.periods.push_back(std::move(period));
  }
  // A player computes the last number from the end: audio that is a little longer than the video
  // would promise a segment that the video does not have.
  finish(mpd, tracks, tracks.first(std::min<std::size_t>(1, tracks.size())), written, options);
  return mpd;
}

Mpd timeline_mpd(std::span<const LiveRepresentation> tracks, std::span<const PeriodStart> periods,
                 const LiveMpdOptions& options) {
  constexpr int kLatencyInSegments = 2;
  Mpd mpd = header(options, in_millis(kLatencyInSegments * options.segment_duration),
                   options.segment_duration);
  const auto written = written_periods(tracks, periods, options);
  for (const WrittenPeriod& each : written) {
    Period period = period_of(each);
    period.adaptation_sets = adaptation_sets(
        tracks, [&](const LiveRepresentation& track) -> std::optional<SegmentTemplate> {
          const auto listed = listed_segments(track, each, options);
          if (listed.empty()) return {};
          SegmentTemplate segments = template_of(track, each);
          segments.start_number = listed.front()->number;
          segments.timeline = segment_timeline(listed, segments.timescale);
          return segments;
        });
    if (!period.adaptation_sets.empty()) mpd.periods.push_back(std::move(period));
  }
  finish(mpd, tracks, tracks, written, options);
  return mpd;
}

}  // namespace streamkit::dash
