#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <streamkit/core/file_descriptor.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

// The files of a spool. Whatever is created is readable by its owner only.
namespace streamkit::client::spool_files {

/// Creates the folder and its parents if missing, and restricts it to its owner.
/// Errors: InvalidArgument (not a folder); PermissionDenied.
Result<void> make_private_folder(const std::filesystem::path& folder);
/// Locks the file, which is created if missing. The system releases the lock when the handle is
/// closed or the process ends. Errors: AlreadyExists (locked); Unsupported (no locks there).
Result<FileDescriptor> lock_file(const FileDescriptor& folder, const std::string& name);
/// Returns whether a handle of any process holds the lock.
[[nodiscard]] bool is_locked(const FileDescriptor& folder, const std::string& name);

/// Writes `parts` one after another under `temporary`, then renames the file to `name`. It is
/// durable when the call returns, and after a crash either whole or not there.
Result<void> write_durably(const FileDescriptor& folder, const std::string& name,
                           const std::string& temporary,
                           std::initializer_list<std::span<const std::uint8_t>> parts);
/// Reads at most `max_bytes`, the beginning of a longer file.
/// Errors: NotFound; InvalidArgument (not a regular file); Unavailable.
Result<Bytes> read_file(const FileDescriptor& folder, const std::string& name,
                        std::size_t max_bytes);
Result<std::uint64_t> size_of(const FileDescriptor& folder, const std::string& name);
/// Durable when it returns.
Result<void> rename(const FileDescriptor& folder, const std::string& from, const std::string& to);
/// Durable when it returns. Succeeds when the file does not exist.
Result<void> remove(const FileDescriptor& folder, const std::string& name);
/// Returns the names of all entries in unspecified order, without "." and "..".
Result<std::vector<std::string>> names_in(const FileDescriptor& folder);

}  // namespace streamkit::client::spool_files
