#include <algorithm>
#include <streamkit/core/live_name.hpp>
#include <streamkit/hls/live_playlist.hpp>
#include <utility>

namespace streamkit::hls {
namespace {

constexpr int kVersion = 6;
// EXT-X-SKIP needs it.
constexpr int kLowLatencyVersion = 9;
constexpr int kHoldBackInParts = 3;
constexpr int kSkipBoundaryInTargets = 6;
constexpr int kPartsInTargets = 3;

MediaTime end_of(const LiveSegment& segment) noexcept { return segment.start + segment.duration; }

std::optional<UtcTime> date_of(const LiveSegment& segment) noexcept {
  if (segment.date == WallTime{}) return {};
  return std::chrono::floor<std::chrono::milliseconds>(segment.date);
}

std::vector<PartialSegment> parts_of(const LiveSegment& segment) {
  std::vector<PartialSegment> parts;
  parts.reserve(segment.parts.size());
  for (const LivePart& part : segment.parts) {
    parts.push_back({.uri = live_part_name(segment.number, parts.size()),
                     .duration = part.duration,
                     .independent = part.independent});
  }
  return parts;
}

// Writes the tags that a segment needs beside those before it: of its run, and its time.
class RunTags {
 public:
  explicit RunTags(std::uint64_t discontinuities_before)
      : discontinuity_sequence_(discontinuities_before) {}

  // Of a segment that is not listed.
  void pass(const LiveSegment& segment) noexcept {
    if (begins_run(segment)) ++discontinuity_sequence_;
    previous_ = &segment;
  }

  template <typename Segment>
  void tag(Segment& entry, const LiveSegment& segment) {
    const bool is_break = begins_run(segment);
    if (is_break && !listed_) ++discontinuity_sequence_;
    entry.discontinuity = is_break && listed_;
    if (is_break || !listed_) entry.map = InitializationSection{live_init_name(segment.run), {}};
    previous_ = &segment;
    listed_ = true;
  }

  [[nodiscard]] std::uint64_t discontinuity_sequence() const noexcept {
    return discontinuity_sequence_;
  }

 private:
  [[nodiscard]] bool begins_run(const LiveSegment& segment) const noexcept {
    return previous_ != nullptr && previous_->run != segment.run;
  }

  const LiveSegment* previous_ = nullptr;
  std::uint64_t discontinuity_sequence_;
  bool listed_ = false;
};

MediaPlaylist header(const LivePlaylistOptions& options) {
  MediaPlaylist playlist;
  playlist.version = kVersion;
  playlist.target_duration = options.target_duration;
  playlist.media_sequence = options.first_number;
  playlist.end_list = options.ended || options.kind == LivePlaylistKind::Vod;
  if (options.kind == LivePlaylistKind::Event) playlist.type = PlaylistType::Event;
  if (options.kind == LivePlaylistKind::Vod) playlist.type = PlaylistType::Vod;
  return playlist;
}

bool has_parts(const LivePlaylistOptions& options) noexcept {
  return options.part_target > MediaTime{0} && options.kind != LivePlaylistKind::Vod;
}

void offer_low_latency(MediaPlaylist& playlist, const LivePlaylistOptions& options) {
  playlist.version = kLowLatencyVersion;
  playlist.part_target = options.part_target;
  playlist.server_control =
      ServerControl{.can_skip_until = kSkipBoundaryInTargets * MediaTime(options.target_duration),
                    .part_hold_back = kHoldBackInParts * options.part_target,
                    .can_block_reload = true};
}

void add_hint_and_reports(MediaPlaylist& playlist, const LivePlaylistOptions& options) {
  if (playlist.end_list) return;
  if (options.hint) {
    playlist.preload_hints.push_back(
        {.uri = live_part_name(options.hint->number, options.hint->part)});
  }
  playlist.rendition_reports = options.reports;
}

MediaSegment listed(const LiveSegment& segment) {
  MediaSegment entry;
  entry.uri = live_segment_name(segment.number);
  entry.duration = segment.duration;
  entry.program_date_time = date_of(segment);
  return entry;
}

// How far before a boundary a segment may end: half a video frame; audio is cut to whole frames.
MediaTime cut_tolerance(const LiveTrackInfo& info) noexcept {
  constexpr MediaTime kAudioFrame = std::chrono::milliseconds(50);
  if (info.kind == TrackKind::Audio || !info.frame_rate.valid()) return kAudioFrame;
  return std::min(info.frame_rate.frame_duration() / 2, kAudioFrame);
}

// Lists the segments that a track does not have, so that the numbers of the others stay right.
void fill_gap(MediaPlaylist& playlist, const LiveSegment& previous, const LiveSegment& next) {
  constexpr std::uint64_t kLongestGap = 1000;
  const std::uint64_t missing = next.number - previous.number - 1;
  if (missing == 0 || missing > kLongestGap) return;
  const MediaTime lost = std::max(next.start - end_of(previous), MediaTime{0});
  for (std::uint64_t number = previous.number + 1; number < next.number; ++number) {
    MediaSegment& entry = playlist.segments.emplace_back();
    entry.uri = live_segment_name(number);
    entry.duration = lost / static_cast<std::int64_t>(missing);
    entry.gap = true;
  }
}

void raise_target_duration(MediaPlaylist& playlist) noexcept {
  for (const MediaSegment& segment : playlist.segments) {
    const auto rounded =
        std::chrono::floor<std::chrono::seconds>(segment.duration + std::chrono::milliseconds(500));
    playlist.target_duration = std::max(playlist.target_duration, rounded);
  }
}

}  // namespace

MediaPlaylist live_playlist(LiveSegmentList segments, const LivePlaylistOptions& options) {
  MediaPlaylist playlist = header(options);
  const bool with_parts = has_parts(options);
  if (with_parts) offer_low_latency(playlist, options);
  const MediaTime parts_from =
      segments.empty() ? MediaTime{0}
                       : end_of(*segments.back()) - kPartsInTargets * playlist.target_duration;

  RunTags run_tags(options.discontinuities_before);
  playlist.segments.reserve(segments.size());
  const LiveSegment* previous = nullptr;
  for (const auto& segment : segments) {
    if (segment->number < options.first_number) {
      run_tags.pass(*segment);
      continue;
    }
    if (previous == nullptr) playlist.media_sequence = segment->number;
    if (previous != nullptr) fill_gap(playlist, *previous, *segment);
    previous = segment.get();
    if (segment->complete || (playlist.end_list && !segment->parts.empty())) {
      MediaSegment& entry = playlist.segments.emplace_back(listed(*segment));
      run_tags.tag(entry, *segment);
      // At the end all segments are whole. Parts in the list keep hls.js from ending if the last
      // audio outlasts the video.
      const bool is_recent = segment->start >= parts_from && !playlist.end_list;
      if (with_parts && is_recent) entry.parts = parts_of(*segment);
    } else if (with_parts && !segment->parts.empty()) {
      OpenSegment& open = playlist.open_segment.emplace();
      run_tags.tag(open, *segment);
      open.program_date_time = date_of(*segment);
      open.parts = parts_of(*segment);
    }
  }
  playlist.discontinuity_sequence = run_tags.discontinuity_sequence();
  if (options.kind == LivePlaylistKind::Vod) raise_target_duration(playlist);
  if (with_parts) add_hint_and_reports(playlist, options);
  return playlist;
}

std::optional<MediaPlaylist> delta_update(const MediaPlaylist& playlist) {
  if (!playlist.server_control || !playlist.server_control->can_skip_until) return {};
  if (playlist.skipped_segments || playlist.end_list) return {};
  const MediaTime boundary = *playlist.server_control->can_skip_until;

  // From the end of a segment to the end of the playlist.
  MediaTime distance{0};
  if (playlist.open_segment) {
    for (const PartialSegment& part : playlist.open_segment->parts) distance += part.duration;
  }
  std::size_t kept_from = playlist.segments.size();
  while (kept_from > 0 && distance <= boundary) distance += playlist.segments[--kept_from].duration;
  if (kept_from == 0) return {};

  MediaPlaylist delta = playlist;
  delta.version = std::max(delta.version, kLowLatencyVersion);
  delta.skipped_segments = kept_from;
  delta.segments.erase(delta.segments.begin(),
                       delta.segments.begin() + static_cast<std::ptrdiff_t>(kept_from));
  return delta;
}

std::uint64_t i_frame_count(const LiveSegment& segment) noexcept {
  return static_cast<std::uint64_t>(
      std::count_if(segment.parts.begin(), segment.parts.end(),
                    [](const LivePart& part) { return part.independent; }));
}

MediaPlaylist i_frame_playlist(LiveSegmentList segments, std::uint64_t i_frames_before,
                               const LivePlaylistOptions& options) {
  MediaPlaylist playlist = header(options);
  playlist.i_frames_only = true;
  playlist.media_sequence = i_frames_before;
  RunTags run_tags(options.discontinuities_before);
  for (const auto& segment : segments) {
    if (segment->number < options.first_number) {
      run_tags.pass(*segment);
      continue;
    }
    if (!segment->complete && !playlist.end_list) break;
    bool is_first = true;
    for (const LivePart& part : segment->parts) {
      if (part.independent) {
        MediaSegment& entry = playlist.segments.emplace_back();
        entry.uri = live_segment_name(segment->number);
        entry.byte_range = ByteRange{part.size_bytes, part.offset_bytes};
        run_tags.tag(entry, *segment);
        if (std::exchange(is_first, false)) entry.program_date_time = date_of(*segment);
      }
      // An I-frame is shown until the next one.
      if (!playlist.segments.empty()) playlist.segments.back().duration += part.duration;
    }
  }
  playlist.discontinuity_sequence = run_tags.discontinuity_sequence();
  if (options.kind == LivePlaylistKind::Vod) raise_target_duration(playlist);
  return playlist;
}

bool starts_on_grid(const LiveTrackInfo& info, LiveSegmentList segments,
                    MediaTime segment_duration) noexcept {
  constexpr int kEnough = 3;
  if (segments.empty() || segment_duration <= MediaTime{0}) return false;
  const MediaTime tolerance = cut_tolerance(info);
  int count = 0;
  for (auto each = segments.rbegin(); each != segments.rend(); ++each, ++count) {
    const LiveSegment& segment = **each;
    if (segment.run != segments.back()->run) break;
    const MediaTime after = (segment.start + tolerance) % segment_duration;
    // A run begins wherever it does.
    const bool is_first_of_run = each + 1 == segments.rend() || (*(each + 1))->run != segment.run;
    if (after > 2 * tolerance && !is_first_of_run) return false;
  }
  return count >= kEnough;
}

std::optional<PartPosition> next_part(const LiveTrackInfo& info, LiveSegmentList segments,
                                      const LiveCut& cut) noexcept {
  if (segments.empty()) return {};
  const LiveSegment& last = *segments.back();
  if (last.complete) return PartPosition{last.number + 1, 0};
  if (cut.segment_duration <= MediaTime{0}) return {};

  const MediaTime tolerance = cut_tolerance(info);
  const MediaTime boundary =
      ((last.start + tolerance) / cut.segment_duration + 1) * cut.segment_duration;
  const MediaTime left = boundary - end_of(last);
  if (left > tolerance) return PartPosition{last.number, last.parts.size()};
  if (!cut.exact) return {};
  // The last audio frame before the boundary may be in this segment or in the next one.
  const bool is_audio = info.kind == TrackKind::Audio;
  if (is_audio && left > MediaTime{0}) return {};
  return PartPosition{last.number + 1, 0};
}

RenditionReport rendition_report(std::string uri, LiveSegmentList segments) {
  RenditionReport report{.uri = std::move(uri)};
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    if ((*segment)->parts.empty() && !(*segment)->complete) continue;
    report.last_msn = (*segment)->number;
    if (!(*segment)->parts.empty()) report.last_part = (*segment)->parts.size() - 1;
    break;
  }
  return report;
}

}  // namespace streamkit::hls
