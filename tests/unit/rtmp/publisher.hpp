#pragma once

#include <cstdint>
#include <streamkit/rtmp/server_session.hpp>
#include <string_view>
#include <vector>

#include "rtmp/amf0.hpp"
#include "rtmp/message.hpp"
#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

/// The bytes of the client's side of a handshake.
Bytes client_handshake();

/// One chunk with a header of the given format. The timestamp is the field as it is on the wire.
struct ChunkHeader {
  int format = 0;
  std::uint32_t id = 3;
  std::uint32_t timestamp = 0;
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint32_t stream_id = 0;
};
Bytes chunk(const ChunkHeader& header, ByteView payload);

Bytes joined(const std::vector<Bytes>& parts);

/// A whole message, as chunks of `chunk_bytes`.
Bytes message_bytes(MessageType type, std::uint32_t timestamp_ms, const Bytes& payload,
                    std::uint32_t chunk_stream_id = 4, std::size_t chunk_bytes = 128,
                    std::uint32_t stream_id = 1);

Bytes command_bytes(const AmfValue::Array& values, std::uint32_t stream_id = 0,
                    std::size_t chunk_bytes = 128);

/// connect, createStream and publish of stream "KEY" in "live".
Bytes publishing_commands(std::string_view name = "KEY");

/// The bodies of media messages.
Bytes avc_header_body(const Bytes& record);
Bytes avc_frame_body(const Bytes& units, bool keyframe, std::int32_t composition_ms = 0);
Bytes aac_header_body(const Bytes& config);
Bytes aac_frame_body(const Bytes& frame);

/// A session whose client has been accepted as a publisher.
class PublishingSession {
 public:
  explicit PublishingSession(ServerSessionOptions options = {});

  ServerSession& session() { return session_; }
  /// The events of later calls, in order.
  std::vector<Event>& events() { return events_; }

  void receive(const Bytes& bytes);
  void video(std::uint32_t timestamp_ms, const Bytes& body);
  void audio(std::uint32_t timestamp_ms, const Bytes& body);
  /// The sequence headers of an H.264 and an AAC track.
  void headers();
  /// A keyframe and another frame of the track of headers(), of `bytes` bytes.
  void keyframe(std::uint32_t timestamp_ms, std::int32_t composition_ms = 0);
  void frame(std::uint32_t timestamp_ms, std::int32_t composition_ms = 0);
  void sound(std::uint32_t timestamp_ms);

 private:
  ServerSession session_;
  std::vector<Event> events_;
};

template <typename T>
std::vector<T> all_of(const std::vector<Event>& events) {
  std::vector<T> found;
  for (const Event& event : events) {
    if (const T* one = std::get_if<T>(&event)) found.push_back(*one);
  }
  return found;
}

std::vector<Packet> packets_of(const std::vector<Event>& events, TrackKind kind);

/// The time in milliseconds, rounded.
std::int64_t ms(MediaTime time);

/// The commands that the session has sent: each as its values. Checks that the output is whole.
std::vector<AmfValue::Array> sent_commands(const Bytes& output, bool with_handshake);
/// The types of all messages that the session has sent.
std::vector<int> sent_types(const Bytes& output, bool with_handshake);

}  // namespace streamkit::rtmp
