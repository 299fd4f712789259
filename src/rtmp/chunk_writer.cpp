#include "rtmp/chunk_writer.hpp"

#include <algorithm>

namespace streamkit::rtmp {
namespace {

// Source: RTMP 1.0, 5.4.
constexpr std::uint8_t kControlChunkStream = 2;

}  // namespace

void append_message(Bytes& output, std::uint8_t chunk_stream_id, const Message& message,
                    std::size_t chunk_bytes) {
  // What this side sends has no timestamp of its own.
  output.push_back(chunk_stream_id);
  append_number(output, 0, 3);
  append_number(output, message.payload.size(), 3);
  output.push_back(static_cast<std::uint8_t>(message.type));
  for (int i = 0; i < 4; ++i) {  // little endian
    output.push_back(static_cast<std::uint8_t>(message.stream_id >> 8 * i));
  }
  ByteView rest = message.payload;
  for (;;) {
    const ByteView chunk = rest.first(std::min(rest.size(), chunk_bytes));
    append_bytes(output, chunk);
    rest = rest.subspan(chunk.size());
    if (rest.empty()) return;
    output.push_back(static_cast<std::uint8_t>(0xC0 | chunk_stream_id));
  }
}

void append_control(Bytes& output, MessageType type, std::uint32_t value) {
  Message message{.type = type};
  append_number(message.payload, value, 4);
  // Source: RTMP 1.0, 5.4.5: how the bandwidth limits; 2 is "dynamic".
  if (type == MessageType::SetPeerBandwidth) message.payload.push_back(2);
  append_message(output, kControlChunkStream, message, kOutputChunkBytes);
}

}  // namespace streamkit::rtmp
