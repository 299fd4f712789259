#include "rtmp/media_receiver.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "rtmp/aac_config.hpp"

namespace streamkit::rtmp {
namespace {

// A name from the network, for a message.
std::string printable(std::string_view name) {
  std::string text(name);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isprint(c) == 0; }, '?');
  return text;
}

Error unsupported(std::string_view codec, std::string_view instead) {
  return {ErrorCode::Unsupported,
          printable(codec) + " cannot be carried: send " + std::string(instead)};
}

MediaTime from_ms(std::int64_t milliseconds) noexcept { return from_ticks(milliseconds, 1, 1000); }

}  // namespace

Result<void> MediaReceiver::receive(const Message& message, std::vector<Event>& events) {
  if (message.type == MessageType::Aggregate) return receive_aggregate(message, events);
  return receive_media(message.type, message.timestamp_ms, message.payload, events);
}

void MediaReceiver::finish(std::vector<Event>& events) {
  if (!announced_ && (video_ || audio_)) announce(events);
}

// The parts have the form of FLV tags; the first of them is at the time of the message.
// Source: RTMP 1.0, 7.1.6.
Result<void> MediaReceiver::receive_aggregate(const Message& message, std::vector<Event>& events) {
  WireReader reader(message.payload);
  std::optional<std::uint32_t> first_ms;
  while (!reader.empty()) {
    const auto type = static_cast<MessageType>(reader.u8());
    const std::uint32_t size = reader.u24();
    const std::uint32_t low = reader.u24();
    const std::uint32_t part_ms = std::uint32_t{reader.u8()} << 24 | low;
    reader.bytes(3);
    const ByteView body = reader.bytes(size);
    if (!reader.ok()) break;
    // The size again; some writers leave it out at the end.
    if (!reader.empty()) reader.bytes(4);
    if (!first_ms) first_ms = part_ms;
    if (type != MessageType::Audio && type != MessageType::Video) continue;
    auto received = receive_media(type, message.timestamp_ms + (part_ms - *first_ms), body, events);
    if (!received) return received;
  }
  if (!reader.ok()) ++statistics_.damaged_messages;
  return {};
}

Result<void> MediaReceiver::receive_media(MessageType type, std::uint32_t timestamp_ms,
                                          ByteView body, std::vector<Event>& events) {
  const TrackKind kind = type == MessageType::Video ? TrackKind::Video : TrackKind::Audio;
  if (body.empty()) {
    if (kind == TrackKind::Audio) ++statistics_.silence_messages;
    return {};
  }
  const auto tags = kind == TrackKind::Video ? read_video_message(body) : read_audio_message(body);
  if (!tags) {
    ++statistics_.damaged_messages;
    return {};
  }
  bool placed = false;
  for (const MediaTag& tag : *tags) {
    if (!select(kind, tag)) continue;
    // The timestamps of sequence headers and metadata are not those of media.
    if (!placed && tag.type == MediaTag::Type::Frame) {
      place(kind, timestamp_ms, events);
      placed = true;
    }
    auto received =
        kind == TrackKind::Video ? receive_video(tag, events) : receive_audio(tag, events);
    if (!received) return received;
  }
  announce_if_due(events);
  return {};
}

// Takes track 0, or the first one that comes if there is no track 0.
bool MediaReceiver::select(TrackKind kind, const MediaTag& tag) {
  Selection& selection = kind == TrackKind::Video ? video_tracks_ : audio_tracks_;
  if (!selection.id) selection.id = tag.track_id;
  if (*selection.id != tag.track_id && tag.track_id == 0 && !announced_) {
    selection.extra.set(*selection.id);
    ++statistics_.extra_tracks;
    forget(kind);
    selection.id = 0;
  }
  if (*selection.id == tag.track_id) return true;
  if (!selection.extra[tag.track_id]) ++statistics_.extra_tracks;
  selection.extra.set(tag.track_id);
  ++statistics_.extra_track_messages;
  return false;
}

// Drops what is held of a track that turns out to be an extra one.
void MediaReceiver::forget(TrackKind kind) {
  const auto is_of_kind = [&](const Event& event) {
    const Packet* packet = std::get_if<Packet>(&event);
    return packet != nullptr && packet->track == kind;
  };
  for (const Event& event : held_) {
    if (!is_of_kind(event)) continue;
    ++statistics_.extra_track_messages;
    held_bytes_ -= std::get<Packet>(event).data.size() + sizeof(Event);
  }
  held_.erase(std::remove_if(held_.begin(), held_.end(), is_of_kind), held_.end());
  if (kind == TrackKind::Audio) {
    audio_.reset();
    audio_clock_ = {};
    return;
  }
  video_.reset();
  next_video_.reset();
  has_keyframe_ = false;
  video_clock_ = {};
}

void MediaReceiver::place(TrackKind kind, std::uint32_t timestamp_ms, std::vector<Event>& events) {
  const auto position = timeline_.place(kind, timestamp_ms);
  now_ = from_ms(position.milliseconds);
  if (!first_) first_ = now_;
  if (!position.jump_ms) return;
  ++statistics_.timeline_breaks;
  video_clock_.restart();
  audio_clock_.restart();
  const TimelineBroken broken{from_ms(*position.jump_ms)};
  if (announced_) {
    events.emplace_back(broken);
  } else if (!held_.empty()) {
    hold(broken, 0);
  }
}

// --- Video ---

Result<VideoCodec> MediaReceiver::video_codec(std::string_view name) const {
  if (name == "avc1") return VideoCodec::H264;
  if (name == "hvc1" && options_.hevc) return VideoCodec::Hevc;
  if (name == "av01" && options_.av1) return VideoCodec::Av1;
  std::string instead = "H.264";
  if (options_.hevc) instead += options_.av1 ? ", HEVC" : " or HEVC";
  if (options_.av1) instead += " or AV1";
  return unsupported(name, instead);
}

Result<void> MediaReceiver::receive_video(const MediaTag& tag, std::vector<Event>& events) {
  if (tag.type == MediaTag::Type::Other) return {};
  const auto codec = video_codec(tag.codec);
  if (!codec) return codec.error();
  if (tag.type == MediaTag::Type::Config) {
    // Some publishers begin with an empty header and send the real one later.
    if (!tag.payload.empty()) receive_video_config(*codec, tag.payload);
    return {};
  }
  receive_video_frame(tag, events);
  return {};
}

void MediaReceiver::receive_video_config(VideoCodec codec, ByteView payload) {
  auto config = read_video_config(codec, payload);
  if (!config) {
    ++statistics_.damaged_messages;
    return;
  }
  if (has_keyframe_) {
    next_video_ = *std::move(config);
  } else {
    video_ = *std::move(config);
  }
}

void MediaReceiver::receive_video_frame(const MediaTag& tag, std::vector<Event>& events) {
  if (!video_) {
    ++statistics_.undecodable_packets;
    return;
  }
  const VideoConfig& config = next_video_ ? *next_video_ : *video_;
  auto frame = read_video_frame(config, tag.payload, tag.marked_keyframe);
  if (!frame) {
    ++statistics_.damaged_messages;
    return;
  }
  if (!frame->keyframe && !has_keyframe_) {
    ++statistics_.undecodable_packets;
    return;
  }
  if (frame->keyframe) {
    has_keyframe_ = true;
    auto next = std::exchange(next_video_, {});
    if (frame->new_config) next = std::move(frame->new_config);
    if (next) use_config(*std::move(next), events);
    if (announced_ && announced_record_ != video_->record) emit_change(true, false, events);
  }
  const auto times = video_clock_.next(now_ + from_ticks(tag.offset_ns, 1, 1'000'000'000),
                                       from_ms(tag.composition_ms));
  if (times.moved) ++statistics_.moved_timestamps;
  ++statistics_.video_packets;
  emit(Packet{.track = TrackKind::Video,
              .pts = times.pts,
              .dts = times.dts,
              .duration = times.duration,
              .keyframe = frame->keyframe,
              .data = std::move(frame->data)},
       events);
}

// Packets that are held belong to the configuration before.
void MediaReceiver::use_config(VideoConfig config, std::vector<Event>& events) {
  const bool differs = config.record != video_->record;
  if (differs && !announced_ && !held_.empty()) announce(events);
  video_ = std::move(config);
}

// --- Audio ---

Result<void> MediaReceiver::receive_audio(const MediaTag& tag, std::vector<Event>& events) {
  if (tag.type == MediaTag::Type::Other) return {};
  if (tag.codec != "mp4a") return unsupported(tag.codec, "AAC");
  if (tag.type == MediaTag::Type::Config) return receive_audio_config(tag.payload, events);
  receive_audio_frame(tag, events);
  return {};
}

Result<void> MediaReceiver::receive_audio_config(ByteView payload, std::vector<Event>& events) {
  if (payload.empty()) return {};
  auto track = read_aac_config(payload);
  if (!track && track.error().code == ErrorCode::Unsupported) return track.error();
  if (!track) {
    ++statistics_.damaged_messages;
    return {};
  }
  if (audio_ && audio_->codec_config == track->codec_config) return {};
  if (audio_ && !announced_ && !held_.empty()) announce(events);
  audio_ = *std::move(track);
  if (announced_) emit_change(false, true, events);
  return {};
}

void MediaReceiver::receive_audio_frame(const MediaTag& tag, std::vector<Event>& events) {
  if (tag.payload.empty()) {
    ++statistics_.silence_messages;
    return;
  }
  if (!audio_) {
    ++statistics_.undecodable_packets;
    return;
  }
  const MediaTime duration = from_ticks(audio_->packet_samples, 1, audio_->format.sample_rate_hz);
  const auto times =
      audio_clock_.next(now_ + from_ticks(tag.offset_ns, 1, 1'000'000'000), duration);
  if (times.moved) ++statistics_.moved_timestamps;
  ++statistics_.audio_packets;
  emit(Packet{.track = TrackKind::Audio,
              .pts = times.time,
              .dts = times.time,
              .duration = duration,
              .keyframe = true,
              .data = Bytes(tag.payload.begin(), tag.payload.end())},
       events);
}

// --- Events ---

void MediaReceiver::emit(Packet packet, std::vector<Event>& events) {
  if (announced_) {
    events.emplace_back(std::move(packet));
    return;
  }
  const std::size_t bytes = packet.data.size();
  hold(std::move(packet), bytes);
}

void MediaReceiver::hold(Event event, std::size_t bytes) {
  held_bytes_ += bytes + sizeof(Event);
  held_.push_back(std::move(event));
}

void MediaReceiver::emit_change(bool video, bool audio, std::vector<Event>& events) {
  if (video) announced_record_ = video_->record;
  events.emplace_back(TracksChanged{tracks(), video, audio});
}

void MediaReceiver::announce_if_due(std::vector<Event>& events) {
  if (announced_ || (!video_ && !audio_)) return;
  const bool both = video_ && audio_;
  const bool waited = first_ && now_ - *first_ >= options_.wait_for_second_track;
  if (both || waited || held_bytes_ > options_.max_waiting_bytes) announce(events);
}

void MediaReceiver::announce(std::vector<Event>& events) {
  announced_ = true;
  if (video_) announced_record_ = video_->record;
  events.emplace_back(TracksKnown{tracks()});
  for (Event& event : held_) events.push_back(std::move(event));
  held_.clear();
  held_bytes_ = 0;
}

Tracks MediaReceiver::tracks() const {
  Tracks tracks;
  if (video_) tracks.video = video_track(*video_);
  if (audio_) tracks.audio = *audio_;
  return tracks;
}

}  // namespace streamkit::rtmp
