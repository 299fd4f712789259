#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// Provides bytes that come one after another, such as those of a connection.
/// Thread-safety: one thread at a time.
class STREAMKIT_API ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills the front of `into` with the next bytes and returns their number: at least 1, and 0 at
  /// the end. Precondition: `into` is not empty. Blocks while nothing comes; woken by `stop`.
  /// Errors: Cancelled; Unavailable (the peer is gone before the end); Timeout.
  virtual Result<std::size_t> read(std::span<std::uint8_t> into, std::stop_token stop) = 0;
};

}  // namespace streamkit
