#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/client/chunk_spool.hpp>
#include <streamkit/core/file_descriptor.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

#include "session_json.hpp"
#include "spool_chunk.hpp"

// What is in the folder of a spool, and what it means.
namespace streamkit::client::spool_folder {

inline constexpr const char* kLockName = "lock";
inline constexpr const char* kSessionName = "session.json";
// One for each thread that writes, so that none writes into the file of another.
inline constexpr const char* kNewChunk = "chunk.tmp";
inline constexpr const char* kNewSession = "session.tmp";

/// Returns whether a spool has a file of this name.
[[nodiscard]] bool is_spool_file(std::string_view name);

/// Locks the folder for one process. Errors: AlreadyExists (another one uses it).
Result<FileDescriptor> lock(const FileDescriptor& folder);

/// Errors: NotFound (no session in it); CorruptData.
Result<session_json::SpoolRecord> read_record(const FileDescriptor& folder);
Result<void> write_record(const FileDescriptor& folder, const session_json::SpoolRecord& record);

/// Fails unless nothing but the lock file is in the folder.
Result<void> check_empty(const FileDescriptor& folder);

struct Entry {
  std::uint64_t index = 0;
  std::uint64_t bytes = 0;
  MediaTime duration{0};
  std::shared_ptr<const Chunk> in_memory = {};  // null if it is on disk only
};

/// The chunks that a folder holds.
struct Contents {
  std::deque<Entry> waiting;
  ResumePoint point;
  std::optional<spool_chunk::Name> newest;
};

/// Returns where a stream continues after `chunk`.
[[nodiscard]] ResumePoint point_after(const Chunk& chunk, WallTime cut_at);

/// Reads the chunks' heads. Chunks are stored in order: all before a stored one are stored too.
/// Errors: CorruptData (damaged, or one is missing).
Result<Contents> read_contents(const FileDescriptor& folder, std::string_view session_id);
Result<Chunk> read_chunk(const FileDescriptor& folder, std::string_view session_id,
                         const spool_chunk::Name& name);

/// Describes the spool in a folder.
Result<SpoolInfo> read_info(const std::filesystem::path& path);

}  // namespace streamkit::client::spool_folder
