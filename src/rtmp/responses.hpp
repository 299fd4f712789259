#pragma once

#include <cstdint>
#include <string_view>

#include "rtmp/amf0.hpp"
#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

/// Appends a command of the server.
void append_command(Bytes& output, std::uint32_t stream_id, const AmfValue::Array& values);

/// Appends what follows a connect command: window, bandwidth, chunk size, and the result with the
/// capabilities of Enhanced RTMP. `object_encoding` is that of the client.
void append_connect_result(Bytes& output, double transaction, double object_encoding, bool hevc,
                           bool av1);

/// Appends onStatus of a stream. `level` is "status" or "error".
void append_status(Bytes& output, std::uint32_t stream_id, std::string_view level,
                   std::string_view code, std::string_view description);

/// Appends a user control message. Source: RTMP 1.0, 7.1.7.
void append_user_control(Bytes& output, std::uint16_t event, std::uint32_t value);

inline constexpr std::uint16_t kStreamBegin = 0;
inline constexpr std::uint16_t kPingRequest = 6;
inline constexpr std::uint16_t kPingResponse = 7;

/// The number of bytes after which either side acknowledges.
inline constexpr std::uint32_t kWindowBytes = 2'500'000;

}  // namespace streamkit::rtmp
