#include "media/track_packager.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

namespace streamkit::media {
namespace {

// A part that was passed on before its next packet came may end beside it by this.
constexpr MediaTime kAbsorbed = std::chrono::milliseconds(5);
// Audio that deviates more is elsewhere.
constexpr MediaTime kAudioJump = std::chrono::milliseconds(100);
// How much later than expected a packet is late: parts are passed on within 40 ms after their
// last packet came, if frames are not farther apart.
constexpr MediaTime kSoon = std::chrono::milliseconds(38);
constexpr MediaTime kMostLate = std::chrono::milliseconds(10);
constexpr MediaTime kLeastLate = std::chrono::milliseconds(2);

// In MP4, samples of AV1 have no temporal delimiter. Source: AV1 Codec ISO Media File Format
// Binding, 2.4.
void drop_temporal_delimiter(const CmafTrack& track, Bytes& data) {
  const auto* video = std::get_if<VideoTrack>(&track.coded);
  if (video == nullptr || video->codec != "av1") return;
  if (data.size() > 2 && data[0] == 0x12 && data[1] == 0) {
    data.erase(data.begin(), data.begin() + 2);
  }
}

std::int32_t offset_of(std::int64_t ticks) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::clamp(ticks, -kMost, kMost));
}

}  // namespace

MediaTime TrackPackager::time_of(std::int64_t ticks) const noexcept {
  return from_ticks(ticks, 1, configuration_.timescale());
}

std::int64_t TrackPackager::ticks_of(MediaTime time) const noexcept {
  return to_ticks(time, 1, configuration_.timescale());
}

std::int64_t TrackPackager::longest_part() const noexcept { return ticks_of(shared_.longest_part); }

std::int64_t TrackPackager::duration_of(const Packet& packet) const noexcept {
  if (is_video()) return std::max<std::int64_t>(1, ticks_of(shared_.frame_duration));
  const int samples = configuration_.packet_samples();
  return samples > 0 ? samples : std::max<std::int64_t>(1, ticks_of(packet.duration));
}

std::int64_t TrackPackager::expected_end() const noexcept {
  return samples_.back().decode_time + samples_.back().entry.duration;
}

std::optional<MediaTime> TrackPackager::end() const noexcept {
  if (!samples_.empty()) return time_of(expected_end() + delay_);
  if (!emitted_end_) return {};
  return time_of(*emitted_end_ + delay_);
}

void TrackPackager::cut(SegmentCut cut) {
  // Of a track whose samples do not come, the newest cuts are kept.
  constexpr std::size_t kMostCuts = 64;
  cuts_.push_back(std::move(cut));
  if (cuts_.size() <= kMostCuts) return;
  SegmentCut oldest = std::move(cuts_.front());
  cuts_.pop_front();
  SegmentCut& next = cuts_.front();
  next.begins_run = next.begins_run || oldest.begins_run;
  if (!next.configuration) next.configuration = std::move(oldest.configuration);
}

bool TrackPackager::begins_segment(const Packet& packet, const SegmentCut& cut) const noexcept {
  if (is_video() && cut.needs_keyframe && !packet.keyframe) return false;
  // Pictures between keyframes are not decoded in the order in which they are shown.
  const bool by_decoding = is_video() && !packet.keyframe;
  const MediaTime at = by_decoding ? packet.dts - decode_shift_ + time_of(delay_) : packet.pts;
  // The packet that is nearest to the cut.
  return at + time_of(duration_of(packet)) / 2 > cut.at;
}

Result<void> TrackPackager::take_cuts(const Packet& packet) {
  while (!cuts_.empty() && begins_segment(packet, cuts_.front())) {
    SegmentCut cut = std::move(cuts_.front());
    cuts_.pop_front();
    if (auto begun = begin_segment(std::move(cut), packet); !begun) return begun;
  }
  return {};
}

Result<void> TrackPackager::begin_segment(SegmentCut cut, const Packet& packet) {
  if (!samples_.empty()) {
    // The last sample of video lasts until the one that begins the segment.
    std::int64_t end = expected_end();
    if (is_video()) {
      end = ticks_of(packet.dts - decode_shift_);
      // A cut that other tracks needed leaves a gap.
      if (!cut.needs_keyframe) end = std::min(end, ticks_of(cut.at) - delay_);
      end = std::max(end, samples_.back().decode_time + 1);
    }
    if (auto closed = close(end); !closed) return closed;
  }
  if (auto ended = end_segment(); !ended) return ended;
  in_segment_ = true;
  number_ = cut.number;
  if (cut.begins_run) begin_run(cut, packet);
  return {};
}

void TrackPackager::begin_run(SegmentCut& cut, const Packet& packet) {
  if (cut.configuration) configuration_ = std::move(*cut.configuration);
  run_pending_ = true;
  emitted_end_.reset();
  late_sum_ = 0;
  decode_shift_ = std::exchange(next_decode_shift_, MediaTime{0});
  delay_ = is_video() ? ticks_of(packet.pts) - ticks_of(packet.dts - decode_shift_) : 0;
}

void TrackPackager::time_video(const Packet& packet, Sample& sample) {
  std::int64_t time = ticks_of(packet.dts - decode_shift_);
  if (!samples_.empty() && time <= samples_.back().decode_time) {
    time = samples_.back().decode_time + 1;
    ++shared_.counts.clamped_packets;
  }
  if (samples_.empty() && emitted_end_) {
    if (time < *emitted_end_ - ticks_of(kAbsorbed)) ++shared_.counts.clamped_packets;
    // Presentation times stay exact: only decoding moves.
    if (time < *emitted_end_ + ticks_of(kAbsorbed)) time = *emitted_end_;
  }
  sample.decode_time = std::max<std::int64_t>(time, 0);
  sample.entry.composition_offset = offset_of(ticks_of(packet.pts) - sample.decode_time);
}

// Audio has no gaps: packets follow each other exactly, while their stated times jitter, or several
// have the same. Only a jump is believed immediately; otherwise the mean deviation is corrected, as
// of a clock that runs slower or faster than the audio. Returns false if the packet is too much.
bool TrackPackager::time_audio(const Packet& packet, Sample& sample) {
  constexpr std::int64_t kMeanOver = 64;  // packets
  const std::int64_t stated = std::max<std::int64_t>(ticks_of(packet.pts), 0);
  const auto follows = samples_.empty() ? emitted_end_ : std::optional(expected_end());
  sample.decode_time = follows.value_or(stated);
  if (!follows) return true;
  const std::int64_t late = stated - *follows;
  const std::int64_t most = ticks_of(kAudioJump);
  late_sum_ += late - late_sum_ / kMeanOver;
  const std::int64_t mean = std::abs(late) > most ? late : late_sum_ / kMeanOver;
  if (std::abs(mean) * 4 < std::int64_t{sample.entry.duration} * 3) return true;
  late_sum_ = 0;
  if (mean > 0) sample.decode_time += mean;
  return mean > 0;
}

Result<void> TrackPackager::place(Packet packet, TimePoint now) {
  if (auto taken = take_cuts(packet); !taken) return taken;
  if (!in_segment_) {
    ++shared_.counts.dropped_packets;
    return {};
  }
  Sample sample;
  sample.arrived = now;
  sample.entry.sync = packet.keyframe || !is_video();
  sample.entry.duration = static_cast<std::uint32_t>(duration_of(packet));
  if (is_video()) {
    time_video(packet, sample);
  } else if (!time_audio(packet, sample)) {
    ++shared_.counts.dropped_packets;
    return {};
  }
  sample.data = std::move(packet.data);
  drop_temporal_delimiter(configuration_.track(), sample.data);
  sample.units = configuration_.units_to_rewrite(sample.data);
  sample.entry.size_bytes = static_cast<std::uint32_t>(
      sample.units.empty() ? sample.data.size() : length_prefixed_bytes(sample.units));
  if (!samples_.empty()) {
    if (auto closed = close_before(sample); !closed) return closed;
  }
  samples_.push_back(std::move(sample));
  // The duration of audio is certain.
  if (is_video() || !is_full()) return {};
  return emit(samples_.size(), expected_end());
}

// Passes on all but the last sample if that one, which ends at `end`, does not belong to the part.
Result<void> TrackPackager::split_overlong(std::int64_t end) {
  samples_.back().entry.duration = static_cast<std::uint32_t>(end - samples_.back().decode_time);
  if (samples_.size() < 2 || end - samples_.front().decode_time <= longest_part()) return {};
  const std::int64_t middle = samples_.back().decode_time;
  return emit(samples_.size() - 1, middle);
}

Result<void> TrackPackager::close(std::int64_t end) {
  if (auto split = split_overlong(end); !split) return split;
  return emit(samples_.size(), end);
}

// Passes on the part if the next sample does not belong to it.
Result<void> TrackPackager::close_before(const Sample& next) {
  if (auto split = split_overlong(next.decode_time); !split) return split;
  const std::int64_t duration = next.decode_time - samples_.front().decode_time;
  // A part before a keyframe may not be much shorter than the others.
  const bool at_keyframe = is_video() && next.entry.sync && duration * 100 >= longest_part() * 85;
  if (!at_keyframe && !is_full()) return {};
  return emit(samples_.size(), next.decode_time);
}

// Returns whether another sample would exceed the part.
bool TrackPackager::is_full() const noexcept {
  const std::int64_t duration = expected_end() - samples_.front().decode_time;
  const std::int64_t next =
      is_video() ? ticks_of(shared_.frame_duration) : samples_.back().entry.duration;
  // Less than a millisecond is how times were rounded.
  const std::int64_t rounding = is_video() ? ticks_of(std::chrono::milliseconds(1)) : 0;
  return duration + next > longest_part() + rounding;
}

Bytes TrackPackager::fragment(std::size_t count) {
  std::vector<FragmentSample> entries;
  entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) entries.push_back(samples_[i].entry);
  std::size_t media_at = 0;
  Bytes bytes = begin_fragment(++sequence_, samples_.front().decode_time, entries, media_at);
  std::uint8_t* to = bytes.data() + media_at;
  for (std::size_t i = 0; i < count; ++i) {
    const Sample& sample = samples_[i];
    to = sample.units.empty() ? std::copy(sample.data.begin(), sample.data.end(), to)
                              : put_length_prefixed(sample.units, to);
  }
  return bytes;
}

Result<void> TrackPackager::emit(std::size_t count, std::int64_t end) {
  Sample& last = samples_[count - 1];
  last.entry.duration = static_cast<std::uint32_t>(end - last.decode_time);
  const std::int64_t begin = samples_.front().decode_time;
  LivePart part;
  part.start = time_of(begin + delay_);
  part.duration = time_of(end + delay_) - part.start;
  part.independent = samples_.front().entry.sync;
  Bytes bytes = fragment(count);
  part.size_bytes = bytes.size();
  if (run_pending_) {
    if (auto announced = announce_run(bytes.size(), part.duration); !announced) return announced;
  }
  if (count == 1 && part.duration > shared_.longest_part) ++shared_.counts.overlong_parts;
  if (count > 1) shared_.longest_seen = std::max(shared_.longest_seen, part.duration);
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(count));
  emitted_end_ = end;
  has_parts_ = true;
  return shared_.sink.add_part(index_, number_, part, std::move(bytes));
}

Result<void> TrackPackager::announce_run(std::size_t bytes, MediaTime duration) {
  const double seconds = std::max(to_seconds(duration), 0.01);
  const auto bit_rate = static_cast<std::int64_t>(static_cast<double>(bytes) * 8 / seconds);
  LiveTrackInfo info;
  auto init = configuration_.init(bit_rate, shared_.frame_duration, info);
  if (!init) return init.error().with_context("track " + configuration_.track().name);
  run_pending_ = false;
  return shared_.sink.begin_run(index_, info, std::move(init->bytes));
}

Result<void> TrackPackager::finish() {
  if (!samples_.empty()) {
    if (auto emitted = emit(samples_.size(), expected_end()); !emitted) return emitted;
  }
  cuts_.clear();
  in_segment_ = false;
  return end_segment();
}

Result<void> TrackPackager::end_segment() {
  if (!std::exchange(has_parts_, false)) return {};
  return shared_.sink.end_segment(index_, number_);
}

std::optional<TrackPackager::TimePoint> TrackPackager::deadline() const noexcept {
  if (samples_.empty() || !is_video() || !is_full()) return {};
  const MediaTime frame = shared_.frame_duration;
  const MediaTime late = std::clamp(kSoon - frame, kLeastLate, kMostLate);
  return samples_.back().arrived +
         std::chrono::duration_cast<std::chrono::microseconds>(frame + late);
}

Result<void> TrackPackager::advance(TimePoint now) {
  const auto due = deadline();
  if (!due || now < *due) return {};
  return emit(samples_.size(), expected_end());
}

}  // namespace streamkit::media
