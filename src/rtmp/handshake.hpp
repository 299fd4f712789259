#pragma once

#include <cstddef>
#include <streamkit/core/result.hpp>

#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

/// The server's side of the handshake, without the digest that Flash players could demand: FFmpeg,
/// GStreamer, librtmp and OBS accept the plain one. Source: Adobe's RTMP specification 1.0, 5.2.
class Handshake {
 public:
  /// Reads from the beginning of `bytes`, appends to `output` what is due, and returns the number
  /// of bytes read. Errors: CorruptData; Unsupported (a client of another protocol).
  Result<std::size_t> read(ByteView bytes, Bytes& output);
  [[nodiscard]] bool done() const noexcept { return state_ == State::Done; }

 private:
  enum class State { Hello, Echo, Done };
  State state_ = State::Hello;
};

}  // namespace streamkit::rtmp
