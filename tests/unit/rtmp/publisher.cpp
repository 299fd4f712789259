#include "rtmp/publisher.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "rtmp/chunk_reader.hpp"
#include "rtmp/video_headers.hpp"

namespace streamkit::rtmp {
namespace {

const Bytes kAacConfig = {0x12, 0x10};  // AAC-LC, 44.1 kHz, two channels

std::vector<Message> sent_messages(const Bytes& output, bool with_handshake) {
  ChunkReader reader({1 << 20, 1 << 20, 64});
  ByteView rest = output;
  if (with_handshake) rest = rest.subspan(1 + 2 * 1536);
  // What came with the response to connect.
  if (!with_handshake) (void)reader.set_chunk_size(4096).has_value();
  std::vector<Message> messages;
  while (!rest.empty()) {
    const auto size = reader.read(rest);
    EXPECT_TRUE(size && *size > 0);
    if (!size || *size == 0) break;
    rest = rest.subspan(*size);
    const auto message = reader.take_message();
    if (!message) continue;
    if (message->type == MessageType::SetChunkSize) {
      EXPECT_TRUE(reader.set_chunk_size(WireReader(message->payload).u32()));
    }
    messages.push_back(*message);
  }
  return messages;
}

}  // namespace

Bytes client_handshake() {
  Bytes bytes = {3};
  for (int i = 0; i < 2 * 1536; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 7));
  return bytes;
}

Bytes chunk(const ChunkHeader& header, ByteView payload) {
  Bytes bytes;
  const int first = header.format << 6;
  if (header.id < 64) {
    bytes.push_back(static_cast<std::uint8_t>(first | static_cast<int>(header.id)));
  } else if (header.id < 64 + 256) {
    bytes.push_back(static_cast<std::uint8_t>(first));
    bytes.push_back(static_cast<std::uint8_t>(header.id - 64));
  } else {
    bytes.push_back(static_cast<std::uint8_t>(first | 1));
    bytes.push_back(static_cast<std::uint8_t>((header.id - 64) % 256));
    bytes.push_back(static_cast<std::uint8_t>((header.id - 64) / 256));
  }
  if (header.format < 3) append_number(bytes, std::min(header.timestamp, 0xFFFFFFU), 3);
  if (header.format < 2) {
    append_number(bytes, header.length, 3);
    bytes.push_back(header.type);
  }
  if (header.format == 0) {
    for (int i = 0; i < 4; ++i)
      bytes.push_back(static_cast<std::uint8_t>(header.stream_id >> 8 * i));
  }
  if (header.format < 3 && header.timestamp >= 0xFFFFFF) append_number(bytes, header.timestamp, 4);
  append_bytes(bytes, payload);
  return bytes;
}

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes bytes;
  for (const Bytes& part : parts) append_bytes(bytes, part);
  return bytes;
}

Bytes message_bytes(MessageType type, std::uint32_t timestamp_ms, const Bytes& payload,
                    std::uint32_t chunk_stream_id, std::size_t chunk_bytes,
                    std::uint32_t stream_id) {
  ChunkHeader header{.id = chunk_stream_id,
                     .timestamp = timestamp_ms,
                     .length = static_cast<std::uint32_t>(payload.size()),
                     .type = static_cast<std::uint8_t>(type),
                     .stream_id = stream_id};
  Bytes bytes;
  ByteView rest = payload;
  do {
    const ByteView part = rest.first(std::min(rest.size(), chunk_bytes));
    append_bytes(bytes, chunk(header, part));
    if (header.format == 3 && timestamp_ms >= 0xFFFFFF) {
      Bytes field;
      append_number(field, timestamp_ms, 4);
      bytes.insert(bytes.end() - static_cast<std::ptrdiff_t>(part.size()), field.begin(),
                   field.end());
    }
    rest = rest.subspan(part.size());
    header.format = 3;
  } while (!rest.empty());
  return bytes;
}

Bytes command_bytes(const AmfValue::Array& values, std::uint32_t stream_id,
                    std::size_t chunk_bytes) {
  Bytes payload;
  for (const AmfValue& value : values) append_amf(payload, value);
  return message_bytes(MessageType::CommandAmf0, 0, payload, 3, chunk_bytes, stream_id);
}

Bytes publishing_commands(std::string_view name) {
  return joined({command_bytes({"connect", 1.0, AmfValue::Object{{"app", "live"}}}),
                 command_bytes({"createStream", 2.0, AmfValue()}),
                 command_bytes({"publish", 3.0, AmfValue(), name, "live"}, 1)});
}

Bytes avc_header_body(const Bytes& record) {
  Bytes body = {0x17, 0, 0, 0, 0};
  append_bytes(body, record);
  return body;
}

Bytes avc_frame_body(const Bytes& units, bool keyframe, std::int32_t composition_ms) {
  Bytes body = {static_cast<std::uint8_t>(keyframe ? 0x17 : 0x27), 1};
  append_number(body, static_cast<std::uint32_t>(composition_ms), 3);
  append_bytes(body, units);
  return body;
}

Bytes aac_header_body(const Bytes& config) { return joined({{0xAF, 0}, config}); }
Bytes aac_frame_body(const Bytes& frame) { return joined({{0xAF, 1}, frame}); }

PublishingSession::PublishingSession(ServerSessionOptions options) : session_(options) {
  session_.receive(client_handshake());
  session_.receive(publishing_commands());
  session_.accept_publish();
  EXPECT_FALSE(session_.take_output().empty());
}

void PublishingSession::receive(const Bytes& bytes) {
  for (Event& event : session_.receive(bytes)) events_.push_back(std::move(event));
}

void PublishingSession::video(std::uint32_t timestamp_ms, const Bytes& body) {
  receive(message_bytes(MessageType::Video, timestamp_ms, body, 6));
}

void PublishingSession::audio(std::uint32_t timestamp_ms, const Bytes& body) {
  receive(message_bytes(MessageType::Audio, timestamp_ms, body, 4));
}

void PublishingSession::headers() {
  video(0, avc_header_body(avc_record()));
  audio(0, aac_header_body(kAacConfig));
}

void PublishingSession::keyframe(std::uint32_t timestamp_ms, std::int32_t composition_ms) {
  video(timestamp_ms, avc_frame_body(access_unit({{0x65, 1, 2, 3}}), true, composition_ms));
}

void PublishingSession::frame(std::uint32_t timestamp_ms, std::int32_t composition_ms) {
  video(timestamp_ms, avc_frame_body(access_unit({{0x41, 9}}), false, composition_ms));
}

void PublishingSession::sound(std::uint32_t timestamp_ms) {
  audio(timestamp_ms, aac_frame_body({0x21, 0x10, 4}));
}

std::vector<Packet> packets_of(const std::vector<Event>& events, TrackKind kind) {
  auto packets = all_of<Packet>(events);
  packets.erase(std::remove_if(packets.begin(), packets.end(),
                               [&](const Packet& packet) { return packet.track != kind; }),
                packets.end());
  return packets;
}

std::int64_t ms(MediaTime time) { return to_ticks(time, 1, 1000); }

std::vector<AmfValue::Array> sent_commands(const Bytes& output, bool with_handshake) {
  std::vector<AmfValue::Array> commands;
  for (const Message& message : sent_messages(output, with_handshake)) {
    if (message.type != MessageType::CommandAmf0) continue;
    AmfValue::Array values;
    AmfReader reader(message.payload);
    while (auto value = reader.read()) values.push_back(*std::move(value));
    commands.push_back(std::move(values));
  }
  return commands;
}

std::vector<int> sent_types(const Bytes& output, bool with_handshake) {
  std::vector<int> types;
  for (const Message& message : sent_messages(output, with_handshake)) {
    types.push_back(static_cast<int>(message.type));
  }
  return types;
}

}  // namespace streamkit::rtmp
