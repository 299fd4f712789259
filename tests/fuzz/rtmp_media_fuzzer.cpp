#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/rtmp/server_session.hpp>
#include <string_view>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;
using streamkit::Packet;
using streamkit::TrackKind;
using streamkit::rtmp::Event;

constexpr std::uint8_t kCommand = 20;
constexpr std::size_t kHeadBytes = 1 + 4 + 2;

// One chunk with a full header; the session was told that chunks are large.
void append_message(Bytes& bytes, std::uint8_t type, std::uint32_t time, const std::uint8_t* body,
                    std::size_t size) {
  const bool extended = time >= 0xFFFFFF;
  const std::uint32_t field = extended ? 0xFFFFFF : time;
  const auto append = [&](std::uint64_t value, int count) {
    while (count-- > 0) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * count));
  };
  append(4, 1);
  append(field, 3);
  append(size, 3);
  append(type, 1);
  append(0x01000000, 4);
  if (extended) append(time, 4);
  bytes.insert(bytes.end(), body, body + size);
}

void append_command(Bytes& bytes, std::string_view body) {
  append_message(bytes, kCommand, 0, reinterpret_cast<const std::uint8_t*>(body.data()),
                 body.size());
}

Bytes commands() {
  using std::string_view_literals::operator""sv;
  Bytes bytes(1 + 2 * 1536, 0);
  bytes[0] = 3;
  const std::uint8_t chunk_size[] = {0, 1, 0, 0};
  append_message(bytes, 1, 0, chunk_size, sizeof(chunk_size));
  append_command(bytes, "\2\0\7connect\0\x3F\xF0\0\0\0\0\0\0\3\0\0\x9"sv);
  append_command(bytes, "\2\0\7publish\0\0\0\0\0\0\0\0\0\5\2\0\1x"sv);
  return bytes;
}

}  // namespace

// The input is a list of messages: type, time (4 bytes), size (2 bytes), body. Whatever they hold,
// the packets of a track come in order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Bytes kCommands = commands();
  streamkit::rtmp::ServerSession session;
  session.receive(kCommands);
  session.accept_publish();
  streamkit::MediaTime last[2] = {streamkit::MediaTime::min(), streamkit::MediaTime::min()};
  while (size >= kHeadBytes) {
    const std::uint32_t time = std::uint32_t{data[1]} << 24 | std::uint32_t{data[2]} << 16 |
                               std::uint32_t{data[3]} << 8 | data[4];
    const std::size_t body = std::min<std::size_t>(data[5] << 8 | data[6], size - kHeadBytes);
    Bytes message;
    // Commands have a target of their own.
    const std::uint8_t type = data[0] % 4 == 0 ? 22 : data[0] % 4 == 1 ? 8 : 9;
    append_message(message, type, time, data + kHeadBytes, body);
    for (const Event& event : session.receive(message)) {
      const Packet* packet = std::get_if<Packet>(&event);
      if (packet == nullptr) continue;
      auto& before = last[packet->track == TrackKind::Video ? 0 : 1];
      if (packet->dts <= before || packet->pts < packet->dts || packet->data.empty()) std::abort();
      before = packet->dts;
    }
    data += kHeadBytes + body;
    size -= kHeadBytes + body;
  }
  return 0;
}
