#include <algorithm>
#include <streamkit/dash/live_mpd.hpp>
#include <streamkit/dash/mpd.hpp>
#include <streamkit/hls/live_multivariant.hpp>
#include <streamkit/hls/live_playlist.hpp>
#include <streamkit/hls/media_playlist.hpp>
#include <streamkit/hls/multivariant_playlist.hpp>
#include <streamkit/live/live_manifests.hpp>
#include <utility>

namespace streamkit::live {
namespace {

constexpr std::string_view kPlaylistName = "index.m3u8";

std::chrono::seconds target_duration(const LiveTargets& targets) {
  return std::chrono::ceil<std::chrono::seconds>(targets.segment);
}

// The first segment that every track still lists, so that all playlists begin with the same one.
std::uint64_t first_number(const LiveTracksState& state) {
  std::uint64_t first = 0;
  for (const auto& track : state.tracks) {
    if (track && !track->segments.empty()) first = std::max(first, track->segments.front()->number);
  }
  return first;
}

// The track whose keyframes decide where segments begin: the first video track, else the first.
const LiveTrackState* leading_track(const LiveTracksState& state) {
  const LiveTrackState* first = nullptr;
  for (const auto& track : state.tracks) {
    if (!track || track->segments.empty()) continue;
    if (track->info().kind == TrackKind::Video) return track.get();
    if (first == nullptr) first = track.get();
  }
  return first;
}

}  // namespace

void LiveManifests::note_change(std::size_t track) {
  const auto state = tracks_.state();
  std::lock_guard lock(mutex_);
  measure(*state, track);
  extend_periods(*state);
}

SharedText LiveManifests::multivariant() {
  return text_of("multivariant", 0, &LiveManifests::write_multivariant);
}

SharedText LiveManifests::i_frame_playlist(std::size_t track) {
  return text_of("i_frames/" + std::to_string(track), track, &LiveManifests::write_i_frames);
}

SharedText LiveManifests::mpd(MpdKind kind) {
  const bool is_number = kind == MpdKind::Number;
  const auto state = tracks_.state();
  const LiveTrackState* leading = leading_track(*state);
  if (leading == nullptr) return nullptr;
  // Only complete segments are in a timeline.
  if (!is_number && !leading->segments.front()->complete) return nullptr;
  return text_of(is_number ? "number" : "timeline", static_cast<std::size_t>(kind),
                 &LiveManifests::write_mpd);
}

LivePlaylistReply LiveManifests::playlist(std::size_t track, const hls::ReloadRequest& request) {
  const auto state = tracks_.state();
  if (!state->targets || track >= state->tracks.size() || !state->tracks[track]) return {};
  const auto& segments = state->tracks[track]->segments;
  const auto position = hls::playlist_position(segments, state->targets->part, state->ended);
  const auto decision = hls::decide_reload(request, position);
  if (decision.action == hls::ReloadAction::Wait) return {};
  if (decision.action == hls::ReloadAction::Reject) {
    return {.action = decision.action, .reason = decision.reason};
  }
  const std::string name = std::to_string(track);
  SharedText text =
      decision.delta ? text_of("delta/" + name, track, &LiveManifests::write_delta) : nullptr;
  if (!text || text->empty())
    text = text_of("media/" + name, track, &LiveManifests::write_playlist);
  const auto action = text ? decision.action : hls::ReloadAction::Wait;
  return {.action = action, .text = std::move(text), .immutable = request.msn.has_value()};
}

// Returns the text for the present state, which is written once.
SharedText LiveManifests::text_of(const std::string& name, std::size_t track, Write write) {
  const auto state = tracks_.state();
  if (!state->targets) return nullptr;
  std::lock_guard lock(mutex_);
  Text& text = texts_[name];
  if (text.text && text.version >= state->version) return text.text;
  std::string written = (this->*write)(*state, track);
  // A delta update may be empty: there is nothing to leave out.
  text = {state->version, std::make_shared<const std::string>(std::move(written))};
  return text.text;
}

void LiveManifests::measure(const LiveTracksState& state, std::size_t track) {
  if (!state.targets || track >= state.tracks.size() || !state.tracks[track]) return;
  measured_.resize(state.tracks.size());
  Measured& measured = measured_[track];
  const auto target = target_duration(*state.targets);
  if (!measured.bandwidth) measured.bandwidth.emplace(target);
  if (!measured.i_frames) measured.i_frames.emplace(target);
  for (const auto& segment : state.tracks[track]->segments) {
    if (segment->number < measured.next_number || !segment->complete) continue;
    measured.next_number = segment->number + 1;
    measured.bandwidth->add(segment->duration, segment->size_bytes);
    std::uint64_t bytes = 0;
    for (const LivePart& part : segment->parts) bytes += part.independent ? part.size_bytes : 0;
    measured.i_frames->add(segment->duration, bytes);
    measured.i_frame_counts[segment->number] = hls::i_frame_count(*segment);
  }
  const std::uint64_t first = first_number(state);
  while (!measured.i_frame_counts.empty() && measured.i_frame_counts.begin()->first < first) {
    measured.i_frames_removed += measured.i_frame_counts.begin()->second;
    measured.i_frame_counts.erase(measured.i_frame_counts.begin());
  }
}

void LiveManifests::extend_periods(const LiveTracksState& state) {
  const LiveTrackState* leading = leading_track(state);
  if (leading == nullptr || !state.targets || !state.date_of_zero) return;
  const dash::NumberClock clock{.segment_duration = options_.segment_duration,
                                .part_target = state.targets->part,
                                .availability_start_time = *state.date_of_zero};
  const WallTime now = context_.clock_or_system().system_now();
  for (const auto& segment : leading->segments) {
    if (segment->number < next_period_number_) continue;
    next_period_number_ = segment->number + 1;
    // Its first samples came while they were recorded: as long ago as they last.
    const WallTime began = now - std::chrono::duration_cast<WallTime::duration>(segment->duration);
    dash::extend_periods(timeline_periods_, *segment);
    dash::extend_periods(number_periods_, *segment, began, clock);
  }
  const std::uint64_t first = first_number(state);
  dash::drop_periods(timeline_periods_, first);
  dash::drop_periods(number_periods_, first);
}

// Until a segment is complete, the bit rate of its parts.
hls::Bandwidth LiveManifests::bandwidth(const LiveTracksState& state, std::size_t track) const {
  const auto measured = measured_[track].bandwidth->bandwidth();
  const auto& segments = state.tracks[track]->segments;
  if (measured.peak_bps > 0 || segments.empty()) return measured;
  hls::BandwidthMeter meter(target_duration(*state.targets));
  meter.add(segments.front()->duration, segments.front()->size_bytes);
  return meter.bandwidth();
}

std::string LiveManifests::write_multivariant(const LiveTracksState& state, std::size_t) {
  std::vector<hls::AnnouncedTrack> announced;
  for (std::size_t index = 0; index < state.tracks.size(); ++index) {
    if (!state.tracks[index]) continue;
    measure(state, index);
    const LiveTrackInfo& info = state.tracks[index]->info();
    hls::AnnouncedTrack track{.info = info, .bandwidth = bandwidth(state, index)};
    if (info.kind == TrackKind::Video) track.i_frames = measured_[index].i_frames->bandwidth();
    announced.push_back(std::move(track));
  }
  return hls::write_multivariant_playlist(hls::live_multivariant_playlist(announced));
}

std::string LiveManifests::write_playlist(const LiveTracksState& state, std::size_t track) {
  return hls::write_media_playlist(media_playlist(state, track));
}

std::string LiveManifests::write_delta(const LiveTracksState& state, std::size_t track) {
  const auto delta = hls::delta_update(media_playlist(state, track));
  return delta ? hls::write_media_playlist(*delta) : std::string();
}

hls::MediaPlaylist LiveManifests::media_playlist(const LiveTracksState& state,
                                                 std::size_t track) const {
  const LiveTrackState& own = *state.tracks[track];
  auto options = playlist_options(state, own);
  options.part_target = state.targets->part;
  const LiveTrackState* leading = leading_track(state);
  const hls::LiveCut cut{
      .segment_duration = options_.segment_duration,
      .exact = leading != nullptr &&
               hls::starts_on_grid(leading->info(), leading->segments, options_.segment_duration)};
  options.hint = hls::next_part(own.info(), own.segments, cut);
  for (std::size_t other = 0; other < state.tracks.size(); ++other) {
    if (other == track || !state.tracks[other] || state.tracks[other]->segments.empty()) continue;
    const LiveTrackState& reported = *state.tracks[other];
    options.reports.push_back(hls::rendition_report(
        "../" + reported.info().name + "/" + std::string(kPlaylistName), reported.segments));
  }
  return hls::live_playlist(own.segments, options);
}

hls::LivePlaylistOptions LiveManifests::playlist_options(const LiveTracksState& state,
                                                         const LiveTrackState& track) const {
  hls::LivePlaylistOptions options;
  using Kind = hls::LivePlaylistKind;
  const Kind complete = state.ended ? Kind::Vod : Kind::Event;
  options.kind = options_.keep_all ? complete : Kind::Live;
  options.target_duration = target_duration(*state.targets);
  options.first_number = first_number(state);
  options.discontinuities_before = track.removed_discontinuities;
  options.ended = state.ended;
  return options;
}

std::string LiveManifests::write_i_frames(const LiveTracksState& state, std::size_t track) {
  measure(state, track);
  const LiveTrackState& own = *state.tracks[track];
  return hls::write_media_playlist(hls::i_frame_playlist(
      own.segments, measured_[track].i_frames_removed, playlist_options(state, own)));
}

std::string LiveManifests::write_mpd(const LiveTracksState& state, std::size_t kind) {
  std::vector<dash::LiveRepresentation> representations;
  for (std::size_t index = 0; index < state.tracks.size(); ++index) {
    if (!state.tracks[index] || state.tracks[index]->segments.empty()) continue;
    measure(state, index);
    representations.push_back({.info = state.tracks[index]->info(),
                               .bandwidth_bps = bandwidth(state, index).peak_bps,
                               .segments = state.tracks[index]->segments});
  }
  extend_periods(state);
  const dash::LiveMpdOptions options{
      .availability_start_time = state.date_of_zero.value_or(WallTime{}),
      .publish_time = context_.clock_or_system().system_now(),
      .segment_duration = options_.segment_duration,
      .part_target = state.targets->part,
      .window = options_.keep_all ? MediaTime{0} : options_.window,
      .first_number = first_number(state),
      .ended = state.ended,
      .time_url = options_.time_url};
  const bool is_number = static_cast<MpdKind>(kind) == MpdKind::Number && !state.ended;
  return dash::write_mpd(is_number
                             ? dash::number_mpd(representations, number_periods_, options)
                             : dash::timeline_mpd(representations, timeline_periods_, options));
}

}  // namespace streamkit::live
