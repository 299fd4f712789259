#include <algorithm>
#include <iterator>
#include <streamkit/live/live_tracks.hpp>
#include <utility>

namespace streamkit::live {
namespace {

constexpr std::size_t kLeastSegments = 3;
// A part that is not listed any more can be loaded for this long, in target durations.
constexpr int kUnlistedTargets = 3;

SharedText share(const Bytes& bytes) {
  return std::make_shared<const std::string>(bytes.begin(), bytes.end());
}

MediaTime end_of(const LiveSegment& segment) { return segment.start + segment.duration; }

// Whole milliseconds, as playlists have them.
WallTime date_of(WallTime zero, MediaTime time) {
  return std::chrono::round<std::chrono::milliseconds>(
      zero + std::chrono::duration_cast<WallTime::duration>(time));
}

std::string file_name(const std::string& track, const LiveSegment& segment) {
  return std::to_string(segment.run) + "/" + track + "/seg_" + std::to_string(segment.number) +
         ".m4s";
}

std::uint64_t next_number(const LiveTrackState& state) {
  return state.segments.empty() ? 0 : state.segments.back()->number + 1;
}

bool is_open(const LiveTrackState& state) {
  return !state.segments.empty() && !state.segments.back()->complete;
}

}  // namespace

// What has to be reported after the lock is released.
struct LiveTracks::Events {
  std::vector<std::size_t> changed;
  std::vector<LiveSegmentFile> complete;
  std::vector<std::pair<std::size_t, std::uint64_t>> unlisted;
};

const LiveRun& LiveTrackState::run_of(const LiveSegment& segment) const noexcept {
  const auto found = std::find_if(runs.begin(), runs.end(),
                                  [&](const auto& run) { return run->number == segment.run; });
  return found == runs.end() ? *runs.back() : **found;
}

std::optional<std::size_t> LiveTracksState::find(std::string_view track) const noexcept {
  for (std::size_t index = 0; index < tracks.size(); ++index) {
    if (tracks[index] && tracks[index]->info().name == track) return index;
  }
  return {};
}

LiveTracks::LiveTracks(std::vector<std::string> tracks, LiveTracksOptions options,
                       LiveTracksHooks hooks, Context context)
    : options_(options), hooks_(std::move(hooks)), context_(std::move(context)) {
  auto state = std::make_shared<LiveTracksState>();
  for (std::string& name : tracks) tracks_.push_back({.name = std::move(name)});
  state->tracks.resize(tracks_.size());
  state_ = std::move(state);
}

void LiveTracks::set_targets(LiveTargets targets) {
  std::lock_guard lock(mutex_);
  if (state_->targets) return;
  auto state = std::make_shared<LiveTracksState>(*state_);
  state->targets = targets;
  ++state->version;
  state_ = std::move(state);
}

Result<void> LiveTracks::begin_run(std::size_t track, const LiveTrackInfo& info, Bytes init) {
  Events events;
  {
    std::lock_guard lock(mutex_);
    if (track >= tracks_.size() || tracks_[track].name != info.name) {
      return Error{ErrorCode::InvalidArgument, "track " + info.name + " was not announced"};
    }
    complete(track, events);
    const auto& before = tracks_[track].state;
    LiveTrackState state = before ? *before : LiveTrackState{};
    const std::uint64_t number = state.runs.empty() ? 0 : state.runs.back()->number + 1;
    // A run without a segment leaves no trace.
    const bool unused =
        !state.runs.empty() && (state.segments.empty() || state.segments.back()->run != number - 1);
    if (unused) state.runs.pop_back();
    state.runs.push_back(std::make_shared<const LiveRun>(LiveRun{number, info, share(init)}));
    publish(track, std::move(state), events);
  }
  report(std::move(events));
  return {};
}

Result<void> LiveTracks::add_part(std::size_t track, std::uint64_t number, const LivePart& part,
                                  Bytes bytes) {
  Events events;
  {
    std::lock_guard lock(mutex_);
    if (track >= tracks_.size() || !tracks_[track].state) {
      return Error{ErrorCode::InvalidArgument, "the track has no initialization section"};
    }
    const std::uint64_t next = next_number(*tracks_[track].state);
    const bool continues = is_open(*tracks_[track].state) && number + 1 == next;
    if (!continues && number < next) {
      return Error{ErrorCode::InvalidArgument,
                   "segment " + std::to_string(number) + " is complete"};
    }
    if (!continues) complete(track, events);
    fix_date(part);
    LiveTrackState state = *tracks_[track].state;
    LiveSegment segment;
    if (continues) {
      segment = *state.segments.back();
      state.segments.pop_back();
    } else {
      segment.number = number;
      segment.run = state.runs.back()->number;
      segment.start = part.start;
      segment.date = date_of(*state_->date_of_zero, part.start);
    }
    segment.parts.push_back(part);
    segment.parts.back().offset_bytes = segment.size_bytes;
    segment.parts.back().size_bytes = bytes.size();
    segment.size_bytes += bytes.size();
    segment.duration += part.duration;
    tracks_[track].held[number].texts.push_back(share(bytes));
    set_segment(state, tracks_[track], std::move(segment));
    trim(track, state, events);
    publish(track, std::move(state), events);
    release_bytes(tracks_[track]);
  }
  report(std::move(events));
  return {};
}

Result<void> LiveTracks::end_segment(std::size_t track, std::uint64_t number) {
  Events events;
  {
    std::lock_guard lock(mutex_);
    if (track >= tracks_.size()) return Error{ErrorCode::InvalidArgument, "unknown track"};
    const auto& state = tracks_[track].state;
    if (!state || state->segments.empty() || state->segments.back()->number != number) return {};
    complete(track, events);
  }
  report(std::move(events));
  return {};
}

void LiveTracks::end() {
  Events events;
  {
    std::lock_guard lock(mutex_);
    if (state_->ended) return;
    for (std::size_t track = 0; track < tracks_.size(); ++track) complete(track, events);
    auto state = std::make_shared<LiveTracksState>(*state_);
    state->ended = true;
    ++state->version;
    state_ = std::move(state);
    events.changed.clear();
    for (std::size_t track = 0; track < tracks_.size(); ++track) events.changed.push_back(track);
  }
  report(std::move(events));
}

void LiveTracks::set_stored(std::size_t track, std::uint64_t number, std::string key) {
  std::lock_guard lock(mutex_);
  const auto found = tracks_.at(track).held.find(number);
  if (found == tracks_[track].held.end()) return;
  found->second.stored_as = std::move(key);
  release_bytes(tracks_[track]);
}

void LiveTracks::set_removed(std::size_t track, std::uint64_t number) {
  std::lock_guard lock(mutex_);
  tracks_.at(track).held.erase(number);
}

std::shared_ptr<const LiveTracksState> LiveTracks::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

SharedText LiveTracks::init(std::size_t track, std::uint64_t run) const {
  const auto state = this->state();
  if (track >= state->tracks.size() || !state->tracks[track]) return nullptr;
  for (const auto& candidate : state->tracks[track]->runs) {
    if (candidate->number == run) return candidate->init;
  }
  return nullptr;
}

LiveBytes LiveTracks::segment(std::size_t track, std::uint64_t number) const {
  std::lock_guard lock(mutex_);
  if (track >= tracks_.size()) return {};
  const auto found = tracks_[track].held.find(number);
  if (found != tracks_[track].held.end()) {
    const Held& held = found->second;
    const bool is_stored = held.texts.empty();
    return {.state = held.segment->complete ? LiveBytes::State::Ready : LiveBytes::State::Growing,
            .texts = held.texts,
            .stored_as = is_stored ? held.stored_as : std::string(),
            .size_bytes = held.segment->size_bytes};
  }
  const bool is_next = !tracks_[track].state || number == next_number(*tracks_[track].state);
  if (!is_next) return {};
  // Players that follow the numbers of a DASH manifest have requested it before they know that the
  // stream has ended. An error makes Shaka Player stop for good, just before the end.
  if (state_->ended) return {.state = LiveBytes::State::Ready};
  return {.state = LiveBytes::State::Expected};
}

LiveBytes LiveTracks::part(std::size_t track, std::uint64_t number, std::size_t part) const {
  std::lock_guard lock(mutex_);
  if (track >= tracks_.size()) return {};
  const auto found = tracks_[track].held.find(number);
  if (found == tracks_[track].held.end()) {
    const bool is_next = !tracks_[track].state || number == next_number(*tracks_[track].state);
    if (state_->ended || !is_next || part != 0) return {};
    return {.state = LiveBytes::State::Expected};
  }
  const Held& held = found->second;
  const auto& parts = held.segment->parts;
  if (part == parts.size() && !held.segment->complete) {
    return {.state = LiveBytes::State::Expected};
  }
  if (part >= parts.size()) return {};
  LiveBytes bytes{.state = LiveBytes::State::Ready, .size_bytes = parts[part].size_bytes};
  if (!held.texts.empty()) {
    bytes.texts.push_back(held.texts[part]);
  } else {
    bytes.stored_as = held.stored_as;
    bytes.offset_bytes = parts[part].offset_bytes;
  }
  return bytes;
}

// The first part that arrives ties the media to the clock.
void LiveTracks::fix_date(const LivePart& part) {
  if (state_->date_of_zero) return;
  auto state = std::make_shared<LiveTracksState>(*state_);
  const WallTime now = context_.clock_or_system().system_now();
  state->date_of_zero = date_of(now, -(part.start + part.duration));
  state_ = std::move(state);
}

// Completes the segment that is open, if any.
void LiveTracks::complete(std::size_t track, Events& events) {
  Track& changed = tracks_[track];
  if (!changed.state || !is_open(*changed.state)) return;
  LiveTrackState state = *changed.state;
  LiveSegment segment = *state.segments.back();
  state.segments.pop_back();
  segment.complete = true;
  events.complete.push_back({track, segment.number, file_name(changed.name, segment),
                             changed.held[segment.number].texts});
  set_segment(state, changed, std::move(segment));
  publish(track, std::move(state), events);
}

void LiveTracks::set_segment(LiveTrackState& state, Track& track, LiveSegment segment) {
  const auto shared = std::make_shared<const LiveSegment>(std::move(segment));
  track.held[shared->number].segment = shared;
  state.segments.push_back(shared);
}

// Takes from the list what is older than the window.
void LiveTracks::trim(std::size_t track, LiveTrackState& state, Events& events) const {
  if (options_.keep_all) return;
  const MediaTime end = end_of(*state.segments.back());
  std::size_t removed = 0;
  while (state.segments.size() - removed > kLeastSegments &&
         end - end_of(*state.segments[removed]) >= options_.window) {
    const LiveSegment& first = *state.segments[removed];
    if (state.segments[removed + 1]->run != first.run) ++state.removed_discontinuities;
    events.unlisted.emplace_back(track, first.number);
    ++removed;
  }
  if (removed == 0) return;
  state.segments.erase(state.segments.begin(),
                       state.segments.begin() + static_cast<std::ptrdiff_t>(removed));
  const std::uint64_t first_run = state.segments.front()->run;
  std::erase_if(state.runs, [&](const auto& run) { return run->number < first_run; });
}

// Stored segments leave the memory after a while; those that nobody stores, when they are unlisted.
void LiveTracks::release_bytes(Track& track) const {
  if (!track.state || track.state->segments.empty() || !state_->targets) return;
  const MediaTime end = end_of(*track.state->segments.back());
  const MediaTime target = state_->targets->segment;
  const std::uint64_t first_listed = track.state->segments.front()->number;
  for (auto held = track.held.begin(); held != track.held.end();) {
    const MediaTime age = end - end_of(*held->second.segment);
    const bool is_listed = held->first >= first_listed;
    const bool is_stored = !held->second.stored_as.empty();
    if (is_stored && age >= target * options_.memory_targets) held->second.texts.clear();
    const bool is_over = !is_listed && !is_stored &&
                         end_of(*held->second.segment) + target * kUnlistedTargets <=
                             track.state->segments.front()->start;
    held = is_over ? track.held.erase(held) : std::next(held);
  }
}

void LiveTracks::publish(std::size_t track, LiveTrackState state, Events& events) {
  auto all = std::make_shared<LiveTracksState>(*state_);
  tracks_[track].state = std::make_shared<const LiveTrackState>(std::move(state));
  all->tracks[track] = tracks_[track].state;
  ++all->version;
  state_ = std::move(all);
  events.changed.push_back(track);
}

void LiveTracks::report(Events events) const {
  for (LiveSegmentFile& file : events.complete) {
    if (hooks_.on_complete) hooks_.on_complete(std::move(file));
  }
  for (const auto& [track, number] : events.unlisted) {
    if (hooks_.on_unlisted) hooks_.on_unlisted(track, number);
  }
  std::sort(events.changed.begin(), events.changed.end());
  events.changed.erase(std::unique(events.changed.begin(), events.changed.end()),
                       events.changed.end());
  for (const std::size_t track : events.changed) {
    if (hooks_.on_change) hooks_.on_change(track);
  }
}

}  // namespace streamkit::live
