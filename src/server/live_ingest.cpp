#include "server/live_ingest.hpp"

#include <algorithm>
#include <utility>

#include "server/live_media_api.hpp"

namespace streamkit::server {
namespace {

// How often parts that are due are looked for; adds at most this to the delay of a part whose next
// packet is late.
constexpr std::chrono::milliseconds kTick{10};

// How long playlists wait for a track that was announced and does not come.
constexpr MediaTime kLongestTrackWait = std::chrono::seconds(3);

// Longer windows are kept in the store.
constexpr MediaTime kLongestInMemory = std::chrono::minutes(2);

bool is_video(const media::CmafTrack& track) {
  return std::holds_alternative<VideoTrack>(track.coded);
}

// The lengths of what there is.
live::LiveTargets measured_targets(const live::LiveTracksState& state) {
  live::LiveTargets targets;
  for (const auto& track : state.tracks) {
    if (!track) continue;
    for (const auto& segment : track->segments) {
      targets.segment = std::max(targets.segment, segment->duration);
      for (const LivePart& part : segment->parts) {
        targets.part = std::max(targets.part, part.duration);
      }
    }
  }
  return targets;
}

}  // namespace

Result<void> LiveFeed::open(const media::CmafOptions& options) {
  std::lock_guard lock(mutex_);
  auto packager = media::CmafPackager::create(tracks_, output_->tracks(), options);
  if (!packager) return packager.error();
  packager_ = *std::move(packager);
  return {};
}

Result<void> LiveFeed::push(Packet packet, TimePoint now) {
  std::lock_guard lock(mutex_);
  if (ended_) return {};
  const bool video = packet.track == TrackKind::Video;
  for (std::size_t index = 0; index < tracks_.size(); ++index) {
    if (is_video(tracks_[index]) != video) continue;
    auto pushed = packager_->push(index, std::move(packet), now);
    announce();
    return pushed;
  }
  return {};
}

Result<void> LiveFeed::set_tracks(const Tracks& tracks) {
  std::lock_guard lock(mutex_);
  if (ended_) return {};
  auto changed = media::cmaf_tracks(tracks);
  if (auto set = packager_->set_tracks(changed); !set) return set;
  tracks_ = std::move(changed);
  return {};
}

Result<void> LiveFeed::advance(TimePoint now) {
  std::lock_guard lock(mutex_);
  if (ended_) return {};
  const auto deadline = packager_->next_deadline();
  if (!deadline || *deadline > now) return {};
  auto advanced = packager_->advance(now);
  announce();
  return advanced;
}

Result<void> LiveFeed::flush() {
  std::lock_guard lock(mutex_);
  if (ended_) return {};
  auto flushed = packager_->flush();
  announce();
  return flushed;
}

void LiveFeed::end() {
  std::lock_guard lock(mutex_);
  if (std::exchange(ended_, true)) return;
  (void)packager_->flush();
  announce();
  // A broadcast that was too short for its targets to be known.
  if (!announced_) output_->tracks().set_targets(measured_targets(*output_->tracks().state()));
  output_->tracks().end();
}

bool LiveFeed::has_same_tracks(const Tracks& tracks) const {
  const auto others = media::cmaf_tracks(tracks);
  std::lock_guard lock(mutex_);
  return std::equal(tracks_.begin(), tracks_.end(), others.begin(), others.end(),
                    [](const auto& one, const auto& other) { return one.name == other.name; });
}

// Playlists exist from the time on when their targets are known.
void LiveFeed::announce() {
  if (announced_) return;
  const auto targets = packager_->targets();
  if (!targets) return;
  const auto state = output_->tracks().state();
  const bool has_all =
      std::find(state->tracks.begin(), state->tracks.end(), nullptr) == state->tracks.end();
  if (!has_all && packager_->end() < kLongestTrackWait) return;
  announced_ = true;
  output_->tracks().set_targets({.segment = targets->segment, .part = targets->part});
}

LiveIngest::LiveIngest(live::LiveDirectory& streams, ObjectStore& objects,
                       LiveIngestOptions options, Context context)
    : streams_(streams),
      options_(std::move(options)),
      context_(std::move(context)),
      writer_(objects, context_),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Result<std::shared_ptr<LiveFeed>> LiveIngest::open(const LiveStream& stream, bool continues,
                                                   const Tracks& tracks) {
  std::shared_ptr<LiveFeed> before;
  {
    std::lock_guard lock(mutex_);
    const auto found = running_.find(stream.id);
    if (found != running_.end()) before = found->second.feed;
  }
  if (before && continues && before->has_same_tracks(tracks)) {
    if (auto flushed = before->flush(); !flushed) return flushed.error();
    if (auto set = before->set_tracks(tracks); !set) return set.error();
    return before;
  }
  auto feed = create(stream, tracks);
  if (!feed) return feed;
  if (before) before->end();
  return feed;
}

Result<std::shared_ptr<LiveFeed>> LiveIngest::create(const LiveStream& stream,
                                                     const Tracks& tracks) {
  auto coded = media::cmaf_tracks(tracks);
  std::vector<std::string> names;
  for (const media::CmafTrack& track : coded) names.push_back(track.name);
  const MediaTime window = stream.dvr ? MediaTime(*stream.dvr) : options_.window;
  live::LiveOutputOptions options{
      .tracks = {.window = window, .keep_all = stream.record},
      .manifests = {.segment_duration = options_.segment_duration,
                    .window = window,
                    .keep_all = stream.record,
                    .time_url = options_.time_url},
      .on_change = [wake = options_.wake, id = stream.id](std::string_view track) {
        if (!wake) return;
        wake(live_topic(id, track));
        wake(live_topic(id, {}));
      }};
  const auto slot = std::make_shared<std::weak_ptr<live::LiveOutput>>();
  if (is_stored(stream)) store_segments(stream, options, slot);
  auto output = std::make_shared<live::LiveOutput>(std::move(names), std::move(options), context_);
  *slot = output;
  auto feed = std::make_shared<LiveFeed>(output, std::move(coded));
  const media::CmafOptions cmaf{.segment_duration = options_.segment_duration,
                                .part_duration = options_.part_duration};
  if (auto opened = feed->open(cmaf); !opened) return opened.error();
  streams_.add(stream.id, output);
  std::lock_guard lock(mutex_);
  running_[stream.id] = {feed, std::move(output), is_stored(stream)};
  return feed;
}

bool LiveIngest::is_stored(const LiveStream& stream) const {
  return stream.record ||
         (stream.dvr ? MediaTime(*stream.dvr) : options_.window) > kLongestInMemory;
}

// Segments leave the memory for the store, and that when players cannot load them any more.
void LiveIngest::store_segments(const LiveStream& stream, live::LiveOutputOptions& options,
                                std::shared_ptr<std::weak_ptr<live::LiveOutput>> output) {
  const auto now = context_.clock_or_system().system_now().time_since_epoch();
  const std::string prefix =
      "live/" + stream.id + "/" +
      std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) + "/";
  options.on_complete = [this, output, prefix](live::LiveSegmentFile file) {
    writer_.store(*output, prefix, std::move(file));
  };
  const auto delay = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      options.tracks.window + options_.segment_duration);
  options.on_unlisted = [this, output, delay](std::size_t track, std::uint64_t number) {
    writer_.remove(*output, track, number, delay);
  };
}

void LiveIngest::end(std::string_view stream_id) {
  Running ended;
  {
    std::lock_guard lock(mutex_);
    const auto found = running_.find(stream_id);
    if (found == running_.end()) return;
    ended = std::move(found->second);
    running_.erase(found);
    if (!ended.is_stored) {
      const auto until = context_.clock_or_system().steady_now() + options_.keep_ended;
      ended_.push_back({until, std::string(stream_id), ended.output});
    }
  }
  ended.feed->end();
}

void LiveIngest::forget_ended(TimePoint now) {
  std::lock_guard lock(mutex_);
  for (; !ended_.empty() && ended_.front().until <= now; ended_.pop_front()) {
    streams_.remove(ended_.front().id, ended_.front().output);
  }
}

void LiveIngest::run(const std::stop_token& stop) {
  Clock& clock = context_.clock_or_system();
  std::vector<std::shared_ptr<LiveFeed>> feeds;
  while (clock.wait_until(clock.steady_now() + kTick, stop)) {
    feeds.clear();
    {
      std::lock_guard lock(mutex_);
      for (const auto& [id, running] : running_) feeds.push_back(running.feed);
    }
    const auto now = clock.steady_now();
    forget_ended(now);
    for (const auto& feed : feeds) {
      if (const auto advanced = feed->advance(now); !advanced) {
        context_.log(LogLevel::Error, "live media lost", {{"error", to_string(advanced.error())}});
      }
    }
  }
}

}  // namespace streamkit::server
