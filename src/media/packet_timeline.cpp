#include "media/packet_timeline.hpp"

#include <algorithm>
#include <utility>

namespace streamkit::media {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Packets of one track are in order of decoding, so anything earlier is a jump; a few files are
// untidy by some milliseconds.
constexpr MediaTime kLongestStepBack = milliseconds(100);
// How far before the one before it a picture is shown.
constexpr MediaTime kLongestReordering = seconds(2);
// How far the tracks of a file may be apart where its clock jumps.
constexpr MediaTime kLongestCrossing = seconds(3);
constexpr std::size_t kMostHeldBytes = 16 << 20;
constexpr std::size_t kMostHeldPackets = 4096;
// Parts further back than these are not looked at: no track stays behind for so many jumps.
constexpr std::size_t kPartsLookedAt = 16;
// A later timestamp says nothing. Within it, sums do not overflow.
constexpr MediaTime kLatest = hours(24 * 365 * 30);

std::optional<MediaTime> time_of(std::int64_t ticks, AVRational base) {
  if (ticks == AV_NOPTS_VALUE) return {};
  const double seconds_of = static_cast<double>(ticks) * av_q2d(base);
  if (seconds_of > to_seconds(kLatest) || seconds_of < -to_seconds(kLatest)) return {};
  return to_media_time(ticks, base);
}

// Such packets share timestamps: those of TrueHD last 0.83 ms, and Matroska counts milliseconds.
bool shorter_than_tick(MediaTime duration, AVRational base) {
  return duration > MediaTime{0} && duration < to_media_time(1, base);
}

bool is_sound(const AVStream& stream) { return stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO; }

}  // namespace

void PacketTimeline::start_at(MediaTime start) { start_ = start; }

void PacketTimeline::push(PacketPtr packet, const AVStream& stream) {
  Track& track = track_of(stream);
  Held held{std::move(packet), &stream, track.part, {}};
  held.stamp = read_stamp(*held.packet, stream, track);
  if (held.stamp) {
    Stamp& stamp = *held.stamp;
    const MediaTime stated = stamp.time;
    // Times that stand still are missing times.
    if (stamp.stands_still) {
      stamp.added = track.next - stamp.time;
      stamp.time += stamp.added;
      stamp.shown += stamp.added;
    }
    held.part = part_of(track, stamp);
    join(track, held.part, stamp);
    track.last = stated;
    track.last_in_order = stamp.in_order;
  }
  if (!pending_) return place(std::move(held));
  held_bytes_ += static_cast<std::size_t>(std::max(held.packet->size, 0));
  held_.push_back(std::move(held));
  if (is_settled()) settle();
}

void PacketTimeline::end() {
  if (pending_) settle();
}

PacketPtr PacketTimeline::pop() {
  if (ready_.empty()) return {};
  PacketPtr packet = std::move(ready_.front());
  ready_.pop_front();
  return packet;
}

std::vector<TimeStep> PacketTimeline::take_steps() { return std::exchange(steps_, {}); }

PacketTimeline::Track& PacketTimeline::track_of(const AVStream& stream) {
  for (Track& track : tracks_) {
    if (track.index == stream.index) return track;
  }
  Track track;
  track.index = stream.index;
  track.steady = is_sound(stream) || stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
  track.part = parts_.empty() ? 0 : parts_.size() - 1;
  return tracks_.emplace_back(track);
}

// Returns no value for a packet without a usable timestamp; the packet then has none either.
std::optional<PacketTimeline::Stamp> PacketTimeline::read_stamp(AVPacket& packet,
                                                                const AVStream& stream,
                                                                const Track& track) const {
  const AVRational base = stream.time_base;
  const std::int64_t longest = from_media_time(longest_gap_, base);
  packet.duration = std::clamp<std::int64_t>(packet.duration, 0, longest);
  const auto decoded = time_of(packet.dts, base);
  const auto shown = time_of(packet.pts, base);
  if (!decoded) packet.dts = AV_NOPTS_VALUE;
  if (!shown) packet.pts = AV_NOPTS_VALUE;
  if (!decoded && !shown) return {};
  Stamp stamp;
  stamp.time = decoded ? *decoded : *shown;
  stamp.shown = shown ? *shown : *decoded;
  if (std::chrono::abs(stamp.shown - stamp.time) > longest_gap_) {
    stamp.shown = stamp.time;
    packet.pts = AV_NOPTS_VALUE;
  }
  // Without a time of decoding, pictures are not in order.
  const bool near = track.last && std::chrono::abs(stamp.time - *track.last) < kLongestReordering;
  if (!decoded && track.steady && near) stamp.time = *track.last;
  stamp.in_order = decoded.has_value();
  stamp.duration = duration_of(packet, stream, track);
  stamp.stands_still = decoded && track.steady && track.last_in_order && track.last == stamp.time &&
                       !shorter_than_tick(stamp.duration, base);
  return stamp;
}

MediaTime PacketTimeline::duration_of(const AVPacket& packet, const AVStream& stream,
                                      const Track& track) {
  // Containers round it, which adds up.
  const int rate = stream.codecpar->sample_rate;
  const int samples =
      is_sound(stream) && rate > 0 ? av_get_audio_frame_duration2(stream.codecpar, packet.size) : 0;
  if (samples > 0 && samples <= rate) return from_ticks(samples, 1, rate);
  const AVRational average = stream.avg_frame_rate;
  const bool paced = !is_sound(stream) && average.num > 0 && average.den > 0;
  const MediaTime exact = paced ? from_ticks(1, average.den, average.num) : MediaTime{0};
  const MediaTime stated = to_media_time(packet.duration, stream.time_base);
  if (std::chrono::abs(exact - stated) < MediaTime(milliseconds(1))) return exact;
  if (packet.duration > 0) return to_media_time(packet.duration, stream.time_base);
  return track.usual_duration;
}

// How far a time is outside of what the part has so far.
MediaTime PacketTimeline::distance(std::size_t part, MediaTime time) const {
  const Part& has = parts_[part];
  return std::max({has.first - time, time - has.front, MediaTime{0}});
}

std::size_t PacketTimeline::nearest_part(std::size_t from, MediaTime time) const {
  std::size_t nearest = parts_.size() - 1;
  const std::size_t oldest =
      std::max(from, parts_.size() > kPartsLookedAt ? parts_.size() - kPartsLookedAt : 0);
  for (std::size_t part = parts_.size(); part-- > oldest;) {
    if (distance(part, time) < distance(nearest, time)) nearest = part;
  }
  return nearest;
}

// Returns whether a packet does not belong into the part: it is before the track's last one, or far
// after every track.
bool PacketTimeline::jumped(const Track& track, std::size_t part, MediaTime time) const {
  const Part& in = parts_[part];
  const bool placed = !pending_ || part + 1 < parts_.size();
  const MediaTime front = placed ? std::max(in.front, front_ - in.shift) : in.front;
  if (!track.last || track.part != part) {
    return time > front + longest_gap_ || time < in.first - longest_gap_;
  }
  if (time < *track.last - kLongestStepBack) return true;
  return time > track.next + longest_gap_ && time > front + longest_gap_;
}

std::size_t PacketTimeline::part_of(const Track& track, const Stamp& stamp) {
  if (parts_.empty()) {
    Part part;
    const bool near =
        start_ && (!track.steady || std::chrono::abs(stamp.shown - *start_) <= longest_gap_);
    if (start_) part.shift = near ? -*start_ : -stamp.shown;
    part.first = part.front = stamp.shown;
    front_ = stamp.shown + part.shift;
    parts_.push_back(part);
    return 0;
  }
  if (!track.steady) return nearest_part(0, stamp.time);
  std::size_t part = track.part;
  if (track.last && part + 1 < parts_.size()) {
    const MediaTime off = std::chrono::abs(stamp.time - track.next);
    const std::size_t newer = nearest_part(part + 1, stamp.time);
    if (off > kLongestStepBack && distance(newer, stamp.time) < off) part = newer;
  }
  if (const auto resumed = part_going_on(track, stamp.time)) return *resumed;
  return jumped(track, part, stamp.time) ? begin_part(track, stamp) : part;
}

// Returns another part whose clock goes on exactly where the track is, as after a few wrong
// timestamps.
std::optional<std::size_t> PacketTimeline::part_going_on(const Track& track, MediaTime time) const {
  const auto near = [](MediaTime one, MediaTime other) {
    return std::chrono::abs(one - other) <= kLongestStepBack;
  };
  if (!track.last || pending_ || near(time, track.next)) return {};
  const MediaTime expected = track.next + parts_[track.part].shift;
  for (std::size_t back = 0; back < std::min(parts_.size(), kPartsLookedAt); ++back) {
    const std::size_t part = parts_.size() - 1 - back;
    if (near(time + parts_[part].shift, expected)) return part;
  }
  return {};
}

std::size_t PacketTimeline::begin_part(const Track& track, const Stamp& stamp) {
  if (pending_) settle();
  const MediaTime expected = track.last ? track.next : parts_[track.part].front;
  pending_jump_ = stamp.time - expected;
  parts_.push_back({{}, stamp.shown, stamp.shown});
  pending_ = true;
  begun_by_new_track_ = !track.last;
  return parts_.size() - 1;
}

void PacketTimeline::join(Track& track, std::size_t part, const Stamp& stamp) {
  if (track.last && track.part == part && !stamp.stands_still && stamp.time > *track.last) {
    const MediaTime passed = stamp.time - *track.last;
    if (passed < MediaTime(seconds(1))) track.usual_duration = passed;
  }
  if (pending_ && part + 1 == parts_.size()) {
    track.crossed = track.crossed ? std::min(*track.crossed, stamp.shown) : stamp.shown;
  }
  track.part = part;
  track.next = stamp.time + stamp.duration;
  Part& in = parts_[part];
  in.first = std::min(in.first, stamp.shown);
  in.front = std::max(in.front, stamp.shown + stamp.duration);
}

// The place of a part is known when each track that still runs has crossed into it, or is late.
bool PacketTimeline::is_settled() const {
  if (held_bytes_ > kMostHeldBytes || held_.size() > kMostHeldPackets) return true;
  if (begun_by_new_track_) return true;
  const Part& part = parts_.back();
  if (part.front - part.first > kLongestCrossing) return true;
  return std::all_of(tracks_.begin(), tracks_.end(), [&](const Track& track) {
    const bool runs = track.steady && track.last && track.end > front_ - kLongestCrossing;
    return !runs || track.part + 1 == parts_.size();
  });
}

// The earliest place at which no track overlaps what it had before.
MediaTime PacketTimeline::place_of_newest() const {
  std::optional<MediaTime> shift;
  for (const Track& track : tracks_) {
    if (!track.steady || !track.crossed || !track.placed) continue;
    const MediaTime needed = track.end - *track.crossed;
    shift = shift ? std::max(*shift, needed) : needed;
  }
  return shift.value_or(front_ - parts_.back().first);
}

void PacketTimeline::settle() {
  const std::size_t newest = parts_.size() - 1;
  // What is left of the parts before decides where the new one begins.
  for (Held& held : held_) {
    if (held.part != newest) place(std::move(held));
  }
  parts_[newest].shift = place_of_newest();
  steps_.push_back({front_, pending_jump_});
  pending_ = false;
  for (Held& held : held_) {
    if (held.packet != nullptr) place(std::move(held));
  }
  held_.clear();
  held_bytes_ = 0;
  for (Track& track : tracks_) track.crossed.reset();
}

void PacketTimeline::place(Held held) {
  AVPacket& packet = *held.packet;
  const AVRational base = held.stream->time_base;
  Track& track = track_of(*held.stream);
  if (held.stamp) {
    const MediaTime shift = parts_[held.part].shift;
    const std::int64_t ticks = from_media_time(shift + held.stamp->added, base);
    if (packet.dts != AV_NOPTS_VALUE) packet.dts += ticks;
    if (packet.pts != AV_NOPTS_VALUE) packet.pts += ticks;
    track.placed = true;
    track.end = std::max(track.end, held.stamp->shown + held.stamp->duration + shift);
  } else {
    if (is_sound(*held.stream)) packet.dts = packet.pts = from_media_time(track.end, base);
    track.end += duration_of(packet, *held.stream, track);
  }
  // Sound may be passed on as it is, and containers refuse packets that do not move on.
  if (is_sound(*held.stream) && packet.dts != AV_NOPTS_VALUE) {
    const bool shares = held.stamp && shorter_than_tick(held.stamp->duration, base);
    const std::int64_t least = track.last_ticks.value_or(packet.dts - 1) + (shares ? 0 : 1);
    if (packet.dts < least) packet.dts = packet.pts = least;
    track.last_ticks = packet.dts;
  }
  if (track.steady) front_ = std::max(front_, track.end);
  ready_.push_back(std::move(held.packet));
}

}  // namespace streamkit::media
