#include "rtmp/media_tag.hpp"

#include <array>

namespace streamkit::rtmp {
namespace {

// Source: Enhanced RTMP v2. Audio and video have the same numbers for the first three.
constexpr int kSequenceStart = 0;
constexpr int kCodedFrames = 1;
constexpr int kCodedFramesX = 3;
constexpr int kVideoMultitrack = 6;
constexpr int kAudioMultitrack = 5;
constexpr int kModEx = 7;

constexpr int kOneTrack = 0;
constexpr int kManyTracksManyCodecs = 2;

// The frame type of a message that holds a command.
constexpr int kCommandFrame = 5;
constexpr int kKeyFrame = 1;

using Tags = std::vector<MediaTag>;

std::string_view legacy_video_codec(int id) noexcept {
  switch (id) {
    case 2:
      return "Sorenson H.263";
    case 3:
    case 6:
      return "Screen Video";
    case 4:
    case 5:
      return "On2 VP6";
    case 7:
      return "avc1";
    case 12:
      return "hvc1";  // in no specification, but sent by many cameras
    default:
      return "an unknown video codec";
  }
}

std::string_view legacy_audio_codec(int id) noexcept {
  constexpr std::array<std::string_view, 16> kNames = {"PCM",
                                                       "ADPCM",
                                                       "MP3",
                                                       "PCM",
                                                       "Nellymoser",
                                                       "Nellymoser",
                                                       "Nellymoser",
                                                       "G.711",
                                                       "G.711",
                                                       "",
                                                       "mp4a",
                                                       "Speex",
                                                       "an unknown audio codec",
                                                       "an unknown audio codec",
                                                       "MP3",
                                                       "device-specific audio"};
  return kNames[static_cast<std::size_t>(id)];
}

// Skips the extensions of a packet and returns the type that follows them.
int read_extensions(WireReader& reader, int type, std::uint32_t& offset_ns) noexcept {
  while (type == kModEx && reader.ok()) {
    std::size_t size = std::size_t{reader.u8()} + 1;
    if (size == 256) size = std::size_t{reader.u16()} + 1;
    WireReader data(reader.bytes(size));
    const std::uint8_t next = reader.u8();
    const bool is_offset = next >> 4 == 0 && size >= 3;
    if (is_offset) offset_ns = data.u24();
    type = next & 0xF;
  }
  return type;
}

// What is alike for all tracks of a message.
struct Packet {
  bool video = false;
  int type = 0;
  std::uint32_t offset_ns = 0;
  bool marked_keyframe = false;
};

MediaTag read_track(const Packet& packet, std::string_view codec, std::uint8_t id, ByteView body) {
  MediaTag tag{.codec = codec,
               .track_id = id,
               .offset_ns = packet.offset_ns,
               .marked_keyframe = packet.marked_keyframe};
  WireReader reader(body);
  if (packet.type == kSequenceStart) {
    tag.type = MediaTag::Type::Config;
  } else if (packet.type == kCodedFrames || (packet.video && packet.type == kCodedFramesX)) {
    tag.type = MediaTag::Type::Frame;
    const bool has_composition = codec == "avc1" || codec == "hvc1" || codec == "vvc1";
    if (packet.type == kCodedFrames && has_composition) tag.composition_ms = reader.i24();
  }
  tag.payload = reader.rest();
  return tag;
}

std::optional<Tags> read_multitrack(WireReader& reader, Packet packet) {
  const std::uint8_t kinds = reader.u8();
  const int multitrack = kinds >> 4;
  packet.type = kinds & 0xF;
  if (multitrack > kManyTracksManyCodecs) return {};
  std::string_view codec;
  if (multitrack != kManyTracksManyCodecs) codec = reader.text(4);
  Tags tags;
  do {
    if (multitrack == kManyTracksManyCodecs) codec = reader.text(4);
    const std::uint8_t id = reader.u8();
    const std::size_t size = multitrack == kOneTrack ? reader.rest().size() : reader.u24();
    const ByteView body = reader.bytes(size);
    if (!reader.ok()) return {};
    tags.push_back(read_track(packet, codec, id, body));
  } while (!reader.empty());
  return tags;
}

std::optional<Tags> read_enhanced(WireReader& reader, Packet packet) {
  packet.type = read_extensions(reader, packet.type, packet.offset_ns);
  // The type 4 of video is metadata, whose frame type has no meaning.
  if (packet.video && packet.type == kVideoMultitrack) return read_multitrack(reader, packet);
  if (!packet.video && packet.type == kAudioMultitrack) return read_multitrack(reader, packet);
  const std::string_view codec = reader.text(4);
  if (!reader.ok()) return {};
  return Tags{read_track(packet, codec, 0, reader.rest())};
}

}  // namespace

std::optional<Tags> read_video_message(ByteView body) {
  WireReader reader(body);
  const std::uint8_t first = reader.u8();
  const int frame_type = first >> 4 & 7;
  const bool enhanced = (first & 0x80) != 0;
  if (!reader.ok()) return {};
  constexpr int kMetadata = 4;
  if (frame_type == kCommandFrame && (!enhanced || (first & 0xF) != kMetadata)) return Tags{};
  Packet packet{.video = true, .type = first & 0xF, .marked_keyframe = frame_type == kKeyFrame};
  if (enhanced) return read_enhanced(reader, packet);
  const std::string_view codec = legacy_video_codec(packet.type);
  MediaTag tag{.codec = codec, .marked_keyframe = packet.marked_keyframe};
  if (codec != "avc1" && codec != "hvc1") {
    tag.type = MediaTag::Type::Frame;
    return Tags{tag};
  }
  const std::uint8_t type = reader.u8();
  tag.composition_ms = reader.i24();
  if (!reader.ok()) {
    // The end of a sequence is often shorter.
    return type == 2 ? std::optional<Tags>(Tags{}) : std::nullopt;
  }
  if (type == 0) tag.type = MediaTag::Type::Config;
  if (type == 1) tag.type = MediaTag::Type::Frame;
  tag.payload = reader.rest();
  return Tags{tag};
}

std::optional<Tags> read_audio_message(ByteView body) {
  WireReader reader(body);
  const std::uint8_t first = reader.u8();
  if (!reader.ok()) return {};
  constexpr int kEnhanced = 9;
  if (first >> 4 == kEnhanced) return read_enhanced(reader, {.type = first & 0xF});
  MediaTag tag{.codec = legacy_audio_codec(first >> 4), .marked_keyframe = true};
  tag.type = MediaTag::Type::Frame;
  if (tag.codec == "mp4a") {
    if (reader.u8() == 0) tag.type = MediaTag::Type::Config;
    if (!reader.ok()) return {};
  }
  tag.payload = reader.rest();
  return Tags{tag};
}

}  // namespace streamkit::rtmp
