#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>

// How a chunk is stored in a spool: a head with its values and a digest over all, then its bytes.
namespace streamkit::client::spool_chunk {

/// The name of a chunk's file says whether the server has stored it.
enum class Mark { Waiting, Stored };

struct Name {
  std::uint64_t index = 0;
  Mark mark = Mark::Waiting;
};

/// Returns "chunk_00012.waiting" or "chunk_00012.stored".
[[nodiscard]] std::string to_string(const Name& name);
/// The inverse. Returns nothing for any other name.
[[nodiscard]] std::optional<Name> parse_name(std::string_view name);

struct Head {
  /// Without its bytes.
  Chunk chunk;
  WallTime cut_at = {};
  std::uint64_t data_bytes = 0;
  std::uint64_t head_bytes = 0;
};

/// The most that a head takes.
inline constexpr std::size_t kMaxHeadBytes = 512;

/// Returns the head for a chunk.
[[nodiscard]] Bytes write_head(std::string_view session_id, const Chunk& chunk, WallTime cut_at);
/// Reads a head from the beginning of a file. The digest is not checked.
/// Errors: CorruptData (not a chunk of a spool, of another session or index).
Result<Head> read_head(std::span<const std::uint8_t> file, std::string_view session_id,
                       std::uint64_t index);
/// Reads a whole file. Errors: CorruptData, also when any byte was changed or is missing.
Result<Chunk> read_chunk(std::span<const std::uint8_t> file, std::string_view session_id,
                         std::uint64_t index);

}  // namespace streamkit::client::spool_chunk
