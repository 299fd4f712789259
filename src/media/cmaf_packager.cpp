#include <algorithm>
#include <deque>
#include <streamkit/media/cmaf_packager.hpp>
#include <utility>

#include "media/cmaf_cutting.hpp"
#include "media/packet_backlog.hpp"
#include "media/track_packager.hpp"

namespace streamkit::media {
namespace {

constexpr MediaTime kLongestGap = std::chrono::seconds(10);
constexpr MediaTime kBackwards = std::chrono::milliseconds(500);
// How far audio may be ahead of the video before it no longer waits for it.
constexpr MediaTime kLongestWait = std::chrono::seconds(2);
using TimePoint = CmafPackager::TimePoint;

// A track, and what waits for the leading track.
struct Lane {
  explicit Lane(std::size_t index, TrackConfiguration configuration, SharedPackaging& shared)
      : packager(index, configuration, shared), newest(std::move(configuration)) {}
  TrackPackager packager;
  TrackConfiguration newest;  // of packets that come now; perhaps used from the next run on
  bool changes = false;       // `newest` is not used yet
  PacketBacklog waiting;
  std::optional<MediaTime> last;  // the publisher's decoding time of the last packet
};

bool is_video_track(const CmafTrack& track) {
  return std::holds_alternative<VideoTrack>(track.coded);
}

class Packager final : public CmafPackager {
 public:
  Packager(const std::vector<CmafTrack>& tracks, LiveTrackSink& sink, const CmafOptions& options)
      : options_(options),
        shared_{sink},
        grid_(options.segment_duration),
        finder_(options.segment_duration),
        next_number_(options.first_number),
        end_(options.start) {
    lanes_.reserve(tracks.size());
    for (const CmafTrack& track : tracks) {
      lanes_.emplace_back(lanes_.size(), TrackConfiguration(track), shared_);
    }
    const auto video = std::find_if(tracks.begin(), tracks.end(), is_video_track);
    leader_ = video == tracks.end() ? 0 : static_cast<std::size_t>(video - tracks.begin());
  }

  Result<void> push(std::size_t track, Packet packet, TimePoint now) override;
  Result<void> advance(TimePoint now) override;
  std::optional<TimePoint> next_deadline() const override;
  Result<void> set_tracks(std::vector<CmafTrack> tracks) override;
  Result<void> flush() override;
  std::optional<CmafTargets> targets() const override { return targets_; }
  CmafCounts counts() const override {
    CmafCounts counts = shared_.counts;
    counts.longest_gop = finder_.longest_gop();
    return counts;
  }
  std::uint64_t next_number() const override { return next_number_; }
  MediaTime end() const override { return end_; }

 private:
  [[nodiscard]] Lane& leader() { return lanes_[leader_]; }
  [[nodiscard]] bool breaks_timeline(const Lane& lane, const Packet& packet) const;
  Result<void> hold(std::size_t track, Packet packet, TimePoint now);
  void set_pace(const std::vector<MediaTime>& decoding_times);
  Result<void> open();
  [[nodiscard]] MediaTime place_of_run(MediaTime delay, TimePoint arrived) const;
  void begin_run(MediaTime at);
  Result<void> lead(Packet packet, TimePoint now);
  [[nodiscard]] bool begins_segment(const Packet& packet);
  // Where the pictures from this one on, which need not be shown in this order, are shown.
  [[nodiscard]] MediaTime shown_from(const Packet& packet) const { return packet.dts + delay_; }
  void cut_all(MediaTime at, bool begins_run, bool needs_keyframe);
  void settle(MediaTime now);
  Result<void> follow(std::size_t track, Packet packet, TimePoint now);
  Result<void> drain(Lane& lane, MediaTime horizon);
  Result<void> drain_all(MediaTime horizon);
  Result<void> cut_without_leader(const Packet& packet);
  void update_end();

  const CmafOptions options_;
  SharedPackaging shared_;
  std::vector<Lane> lanes_;
  std::size_t leader_ = 0;

  bool running_ = false;
  bool begins_run_ = false;  // with the next packet of the leading track
  // Before a run: packets of the leading track from a keyframe on. Times are the publisher's.
  PacketBacklog opening_;
  MediaTime offset_{0};  // from the publisher's times to the stream's timeline
  MediaTime run_start_{0};
  MediaTime delay_{0};  // from decoding to presentation, at the start of the run
  MediaTime front_{0};  // no later packet of the leading track is presented before
  std::optional<TimePoint> last_arrival_;
  MediaTime last_time_{0};

  SegmentGrid grid_;
  TargetFinder finder_;
  std::optional<CmafTargets> targets_;
  std::uint64_t next_number_;
  MediaTime end_;
};

Result<void> Packager::push(std::size_t track, Packet packet, TimePoint now) {
  if (track >= lanes_.size()) {
    return Error{ErrorCode::InvalidArgument, "no track " + std::to_string(track)};
  }
  Lane& lane = lanes_[track];
  if (packet.data.empty()) {
    ++shared_.counts.dropped_packets;
    return {};
  }
  const bool leads = track == leader_;
  packet.keyframe = packet.keyframe || !lane.packager.is_video();
  if (std::chrono::abs(packet.pts - packet.dts) > kLongestGap) {
    packet.pts = packet.dts;  // no encoder reorders pictures this far
    ++shared_.counts.clamped_packets;
  }
  if (leads && breaks_timeline(lane, packet)) {
    ++shared_.counts.timeline_breaks;
    if (auto flushed = flush(); !flushed) return flushed;
  }
  const std::optional<MediaTime> last = std::exchange(lane.last, packet.dts);
  if (!running_) return hold(track, std::move(packet), now);
  packet.pts += offset_;
  packet.dts += offset_;
  if (leads) return lead(std::move(packet), now);
  // Of another timeline, perhaps that of the leading track before or after a break.
  const bool continues = last && std::chrono::abs(packet.dts - offset_ - *last) <= kLongestGap;
  if (!continues && std::chrono::abs(packet.dts - front_) > kLongestGap) {
    ++shared_.counts.dropped_packets;
    return {};
  }
  return follow(track, std::move(packet), now);
}

bool Packager::breaks_timeline(const Lane& lane, const Packet& packet) const {
  if (!lane.last) return false;
  const MediaTime step = packet.dts - *lane.last;
  return step > kLongestGap || step < -kBackwards;
}

// Holds packets until the leading track has had a keyframe and a part after it: its pace is known
// then, and how far its decoding times are from those of presentation.
Result<void> Packager::hold(std::size_t track, Packet packet, TimePoint now) {
  if (track != leader_) {
    PacketBacklog& waiting = lanes_[track].waiting;
    if (waiting.is_full()) {
      waiting.pop();
      ++shared_.counts.dropped_packets;
    }
    waiting.push(std::move(packet), now);
    return {};
  }
  if (opening_.empty() && !packet.keyframe) {
    ++shared_.counts.dropped_packets;
    return {};
  }
  opening_.push(std::move(packet), now);
  const MediaTime seen = opening_.packets().back().packet.dts - opening_.front().dts;
  return seen >= options_.part_duration || opening_.is_full() ? open() : Result<void>();
}

void Packager::set_pace(const std::vector<MediaTime>& decoding_times) {
  const auto* video = std::get_if<VideoTrack>(&leader().newest.track().coded);
  if (video == nullptr) {
    if (!targets_) shared_.longest_part = options_.part_duration;
    return;
  }
  const FrameRate stated = video->format.frame_rate;
  const FramePace pace =
      pace_of(decoding_times, (stated.valid() ? stated : FrameRate{}).frame_duration());
  shared_.frame_duration = pace.frame_duration;
  if (!targets_) shared_.longest_part = longest_part(pace, options_.part_duration);
}

Result<void> Packager::open() {
  const RunOpening opening = opening_of(opening_);
  set_pace(opening.decoding_times);
  leader().newest.update(opening_.front());
  run_start_ = place_of_run(opening.delay, opening.arrived);
  offset_ = run_start_ - opening.start;
  delay_ = opening.delay - opening.shift;
  running_ = true;
  begins_run_ = true;
  leader().packager.shift_decoding(opening.shift);
  finder_.restart();
  begin_run(run_start_);
  for (HeldPacket& held : opening_.take()) {
    held.packet.pts += offset_;
    held.packet.dts += offset_;
    if (auto led = lead(std::move(held.packet), held.arrived); !led) return led;
  }
  return {};
}

MediaTime Packager::place_of_run(MediaTime delay, TimePoint arrived) const {
  MediaTime start = end_ + std::max(delay, MediaTime{0});
  if (!last_arrival_ || arrived <= *last_arrival_) return start;
  // The distance in real time, if it is more than what jitters.
  const auto gap = std::chrono::duration_cast<std::chrono::milliseconds>(arrived - *last_arrival_);
  const MediaTime real = last_time_ + gap;
  return real > start + MediaTime(std::chrono::milliseconds(250)) ? real : start;
}

void Packager::begin_run(MediaTime at) {
  cut_all(at, true, true);
  for (Lane& lane : lanes_) {
    for (HeldPacket& held : lane.waiting.take()) {
      held.packet.pts += offset_;
      held.packet.dts += offset_;
      // What came before the first keyframe has nothing to be played with.
      const MediaTime middle = held.packet.pts + held.packet.duration / 2;
      if (middle < at || held.packet.pts > at + kLongestGap) {
        ++shared_.counts.dropped_packets;
      } else {
        lane.waiting.push(std::move(held.packet), held.arrived);
      }
    }
  }
}

void Packager::cut_all(MediaTime at, bool begins_run, bool needs_keyframe) {
  const std::uint64_t number = next_number_++;
  for (Lane& lane : lanes_) {
    SegmentCut cut{at, number, begins_run, needs_keyframe, {}};
    if (begins_run) {
      cut.configuration = lane.newest;
      lane.changes = false;
    }
    lane.packager.cut(std::move(cut));
  }
  const MediaTime frame = leader().packager.is_video() ? shared_.frame_duration : MediaTime{0};
  grid_.begin(at, frame);
}

bool Packager::begins_segment(const Packet& packet) {
  if (packet.keyframe && grid_.is_due(packet.pts)) return true;
  if (!targets_) return false;
  const MediaTime limit = segment_limit(targets_->segment);
  if (shown_from(packet) + shared_.frame_duration - grid_.start() < limit) return false;
  if (!packet.keyframe) ++shared_.counts.segments_without_keyframe;
  return true;
}

Result<void> Packager::lead(Packet packet, TimePoint now) {
  Lane& lane = leader();
  const bool first = std::exchange(begins_run_, false);
  if (packet.keyframe && lane.packager.is_video()) {
    finder_.keyframe(packet.pts);
    if (lane.newest.update(packet)) lane.changes = true;
  }
  const bool changes =
      std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& each) { return each.changes; });
  if (!first && changes && packet.keyframe) {
    cut_all(packet.pts, true, true);
  } else if (!first && begins_segment(packet)) {
    cut_all(packet.keyframe ? packet.pts : shown_from(packet), false, packet.keyframe);
  }
  front_ = std::max(front_, packet.dts);
  last_arrival_ = now;
  last_time_ = packet.pts;
  const MediaTime dts = packet.dts;
  if (auto placed = lane.packager.place(std::move(packet), now); !placed) return placed;
  settle(dts);
  update_end();
  return drain_all(dts);
}

void Packager::settle(MediaTime now) {
  if (targets_ || now - run_start_ < options_.settle_duration) return;
  targets_ = CmafTargets{finder_.target(), std::max(shared_.longest_part, shared_.longest_seen)};
}

Result<void> Packager::follow(std::size_t track, Packet packet, TimePoint now) {
  Lane& lane = lanes_[track];
  // Of a configuration whose run has not begun.
  if (lane.changes) {
    ++shared_.counts.dropped_packets;
    return {};
  }
  const MediaTime newest = packet.pts;
  lane.waiting.push(std::move(packet), now);
  // A video that stands still does not hold up the audio for ever.
  const bool overdue = newest - front_ > kLongestWait;
  if (auto drained = drain(lane, overdue ? newest - kLongestWait : front_); !drained)
    return drained;
  update_end();
  return {};
}

Result<void> Packager::drain(Lane& lane, MediaTime horizon) {
  while (!lane.waiting.empty() && lane.waiting.front().pts <= horizon) {
    HeldPacket held = lane.waiting.pop();
    if (auto cut = cut_without_leader(held.packet); !cut) return cut;
    if (auto placed = lane.packager.place(std::move(held.packet), held.arrived); !placed) {
      return placed;
    }
  }
  return {};
}

// While the leading track stands still, segments go on without it.
Result<void> Packager::cut_without_leader(const Packet& packet) {
  if (!targets_ || packet.pts <= front_) return {};
  const MediaTime limit = segment_limit(targets_->segment);
  if (packet.pts + packet.duration - grid_.start() < limit) return {};
  ++shared_.counts.segments_without_keyframe;
  cut_all(packet.pts, false, false);
  return {};
}

Result<void> Packager::drain_all(MediaTime horizon) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (i == leader_) continue;
    if (auto drained = drain(lanes_[i], horizon); !drained) return drained;
  }
  return {};
}

void Packager::update_end() {
  for (const Lane& lane : lanes_) end_ = std::max(end_, lane.packager.end().value_or(end_));
}

Result<void> Packager::advance(TimePoint now) {
  for (Lane& lane : lanes_) {
    if (auto advanced = lane.packager.advance(now); !advanced) return advanced;
  }
  return {};
}

std::optional<TimePoint> Packager::next_deadline() const {
  std::optional<TimePoint> next;
  for (const Lane& lane : lanes_) {
    const auto due = lane.packager.deadline();
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

Result<void> Packager::set_tracks(std::vector<CmafTrack> tracks) {
  const auto alike = [](const Lane& lane, const CmafTrack& track) {
    const CmafTrack& own = lane.newest.track();
    return own.name == track.name && own.coded.index() == track.coded.index();
  };
  if (!std::equal(lanes_.begin(), lanes_.end(), tracks.begin(), tracks.end(), alike)) {
    return Error{ErrorCode::InvalidArgument, "other tracks need another packager"};
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (is_same_coding(lanes_[i].newest.track(), tracks[i])) continue;
    lanes_[i].newest = TrackConfiguration(std::move(tracks[i]));
    lanes_[i].changes = true;
  }
  return {};
}

Result<void> Packager::flush() {
  if (!running_ && !opening_.empty()) {
    if (auto opened = open(); !opened) return opened;
  }
  if (running_) {
    if (auto drained = drain_all(MediaTime::max()); !drained) return drained;
    update_end();
  }
  for (Lane& lane : lanes_) {
    if (auto finished = lane.packager.finish(); !finished) return finished;
    shared_.counts.dropped_packets += lane.waiting.take().size();
    lane.last.reset();
  }
  running_ = false;
  return {};
}

Result<void> check(const std::vector<CmafTrack>& tracks, const CmafOptions& options) {
  using std::chrono::milliseconds;
  if (tracks.empty()) return Error{ErrorCode::InvalidArgument, "a stream needs a track"};
  if (options.segment_duration < milliseconds(500) ||
      options.segment_duration > std::chrono::seconds(60)) {
    return Error{ErrorCode::InvalidArgument, "segments must last from 0.5 s to 60 s"};
  }
  if (options.part_duration < milliseconds(100) ||
      options.part_duration > options.segment_duration) {
    return Error{ErrorCode::InvalidArgument,
                 "parts must last 0.1 s or more, and at most as long as a segment"};
  }
  if (options.start < MediaTime{0} || options.settle_duration < MediaTime{0}) {
    return Error{ErrorCode::InvalidArgument, "times must not be negative"};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<CmafPackager>> CmafPackager::create(std::vector<CmafTrack> tracks,
                                                           LiveTrackSink& sink,
                                                           const CmafOptions& options) {
  if (auto checked = check(tracks, options); !checked) return checked.error();
  return std::unique_ptr<CmafPackager>(std::make_unique<Packager>(tracks, sink, options));
}

}  // namespace streamkit::media
