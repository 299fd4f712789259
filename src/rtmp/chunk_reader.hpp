#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <streamkit/core/result.hpp>

#include "rtmp/message.hpp"
#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

struct ChunkLimits {
  std::size_t max_message_bytes = 0;
  /// Of all messages that are incomplete.
  std::size_t max_partial_bytes = 0;
  std::size_t max_chunk_streams = 0;
};

/// Assembles messages from the chunks of one connection. The messages of several chunk streams may
/// interleave. Source: Adobe's RTMP specification 1.0, 5.3.
class ChunkReader {
 public:
  explicit ChunkReader(ChunkLimits limits) noexcept : limits_(limits) {}

  /// Reads one chunk from the beginning of `bytes` and returns its size; 0: more bytes are needed.
  /// Errors: CorruptData; ResourceExhausted (a limit is exceeded).
  Result<std::size_t> read(ByteView bytes);
  /// Returns the message that the last chunk completed, once.
  std::optional<Message> take_message();
  /// Sets the size of the peer's chunks, from the next one on. Errors: CorruptData.
  Result<void> set_chunk_size(std::uint32_t bytes);
  /// Drops the incomplete message of a chunk stream.
  void abort(std::uint32_t chunk_stream_id);
  /// Returns the number of messages that were begun and never completed.
  [[nodiscard]] std::uint64_t incomplete_messages() const noexcept { return incomplete_; }

 private:
  struct ChunkStream {
    std::uint32_t timestamp_ms = 0;
    std::uint32_t delta_ms = 0;
    std::uint32_t length = 0;
    std::uint8_t type = 0;
    std::uint32_t stream_id = 0;
    // The field of 4 bytes, if the last header had one.
    std::optional<std::uint32_t> extended = {};
    // The last header had an absolute timestamp.
    bool absolute = false;
    bool in_message = false;
    Bytes payload = {};
  };
  // The header of a chunk, before it is known whether the whole chunk is there.
  struct Header {
    int format = 0;
    std::uint32_t id = 0;
    std::uint32_t timestamp_field = 0;
    std::uint32_t length = 0;
    std::uint8_t type = 0;
    std::uint32_t stream_id = 0;
    std::optional<std::uint32_t> extended = {};
    std::size_t size = 0;
  };

  Result<std::optional<Header>> parse_header(ByteView bytes) const;
  // Whether a chunk without header repeats the extended timestamp. Nothing: more bytes are needed.
  static std::optional<bool> repeats_extended(const ChunkStream& stream, ByteView bytes);
  Result<ChunkStream*> find(const Header& header);
  void begin_message(ChunkStream& stream, const Header& header);
  void drop_partial(ChunkStream& stream);

  const ChunkLimits limits_;
  std::uint32_t chunk_size_ = 128;
  std::map<std::uint32_t, ChunkStream> streams_;
  std::size_t partial_bytes_ = 0;
  std::uint64_t incomplete_ = 0;
  std::optional<Message> message_;
};

}  // namespace streamkit::rtmp
