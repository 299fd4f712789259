#pragma once

#include <cstdint>
#include <streamkit/core/packet.hpp>

namespace streamkit::rtmp {

/// The kinds of messages. Source: Adobe's RTMP specification 1.0, 5.4 and 7.1.
enum class MessageType : std::uint8_t {
  SetChunkSize = 1,
  Abort = 2,
  Acknowledgement = 3,
  UserControl = 4,
  WindowAcknowledgementSize = 5,
  SetPeerBandwidth = 6,
  Audio = 8,
  Video = 9,
  DataAmf3 = 15,
  SharedObjectAmf3 = 16,
  CommandAmf3 = 17,
  DataAmf0 = 18,
  SharedObjectAmf0 = 19,
  CommandAmf0 = 20,
  Aggregate = 22,
};

/// A whole message.
struct Message {
  MessageType type = MessageType::CommandAmf0;
  /// Milliseconds modulo 2^32.
  std::uint32_t timestamp_ms = 0;
  std::uint32_t stream_id = 0;
  Bytes payload = {};
};

}  // namespace streamkit::rtmp
