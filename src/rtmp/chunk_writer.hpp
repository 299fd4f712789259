#pragma once

#include "rtmp/message.hpp"
#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

/// The size of the chunks that this side writes once it has announced it.
inline constexpr std::size_t kOutputChunkBytes = 4096;

/// Appends a message as chunks of at most `chunk_bytes`: one with a full header, then ones without.
/// `chunk_stream_id` is from 2 to 63.
void append_message(Bytes& output, std::uint8_t chunk_stream_id, const Message& message,
                    std::size_t chunk_bytes);

/// Appends a protocol control message, whose payload is a number of 4 bytes.
void append_control(Bytes& output, MessageType type, std::uint32_t value);

}  // namespace streamkit::rtmp
