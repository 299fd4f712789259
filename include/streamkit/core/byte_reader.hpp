#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// Bytes of a fixed number that can be read from any offset: an open file, an object of a store.
/// They stay readable and unchanged for as long as the reader lives.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ByteReader {
 public:
  virtual ~ByteReader() = default;

  [[nodiscard]] virtual std::uint64_t size_bytes() const noexcept = 0;
  /// Fills `into` with the bytes from `offset` on and returns their number, which is smaller than
  /// the size of `into` only at the end: 0 at or beyond it. Blocks; `stop` ends it early.
  /// Errors: Unavailable, Timeout (try again); CorruptData (the bytes are damaged); Cancelled.
  virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into,
                                   std::stop_token stop) const = 0;
  /// A file descriptor that holds the same bytes at the same offsets, for sendfile(2). Its file
  /// position must not be used. It belongs to the reader. -1: there is none.
  [[nodiscard]] virtual int descriptor() const noexcept { return -1; }
};

}  // namespace streamkit
