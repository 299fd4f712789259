#include "rtmp/handshake.hpp"

#include <string>

namespace streamkit::rtmp {
namespace {

constexpr std::uint8_t kVersion = 3;
constexpr std::size_t kPacketBytes = 1536;

Result<void> check_version(std::uint8_t version) {
  if (version == kVersion) return {};
  if (version == 6) {
    return Error{ErrorCode::Unsupported, "the client wants RTMPE: use rtmp:// or rtmps://"};
  }
  // The first byte of a TLS handshake. Source: RFC 8446, 5.1.
  if (version == 0x16) {
    return Error{ErrorCode::Unsupported, "the client begins TLS on a port of plain RTMP"};
  }
  if (version >= 'A' && version <= 'Z') {
    return Error{ErrorCode::Unsupported, "the client does not use RTMP; perhaps it uses HTTP"};
  }
  return Error{ErrorCode::CorruptData,
               "the client does not use RTMP: it begins with byte " + std::to_string(version)};
}

// Version 0 in the bytes 4 to 7 keeps clients from asking for a digest.
void append_server_packet(Bytes& output) {
  append_number(output, 0, 8);
  for (std::size_t i = 8; i < kPacketBytes; ++i) {
    output.push_back(static_cast<std::uint8_t>(i * 167 >> 3));
  }
}

}  // namespace

Result<std::size_t> Handshake::read(ByteView bytes, Bytes& output) {
  std::size_t taken = 0;
  if (state_ == State::Hello) {
    if (bytes.empty()) return taken;
    if (const auto known = check_version(bytes.front()); !known) return known.error();
    taken = 1 + kPacketBytes;
    if (bytes.size() < taken) return std::size_t{0};
    output.push_back(kVersion);
    append_server_packet(output);
    append_bytes(output, bytes.subspan(1, kPacketBytes));
    state_ = State::Echo;
  }
  // What the client returns is not compared: real ones change it.
  if (state_ == State::Echo && bytes.size() - taken >= kPacketBytes) {
    taken += kPacketBytes;
    state_ = State::Done;
  }
  return taken;
}

}  // namespace streamkit::rtmp
