#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/file_descriptor.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

/// POSIX files for the rooms that store something: whole reads and writes, which continue after an
/// interruption by a signal, and errors as errno_error() returns them. A name within an open folder
/// has no '/'.
namespace streamkit::files {

/// Repeats a system call that returns -1 on failure while signals interrupt it.
template <typename Call>
auto without_interruption(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Opens a folder, also through symbolic links.
/// Errors: NotFound; InvalidArgument (not a folder); PermissionDenied.
STREAMKIT_API Result<FileDescriptor> open_folder(const std::filesystem::path& folder);
/// Opens a folder within another one. Symbolic links are not followed: InvalidArgument.
STREAMKIT_API Result<FileDescriptor> open_folder_at(const FileDescriptor& folder,
                                                    const std::string& name);

/// Opens a regular file for reading, also through symbolic links. Never waits, whatever the path
/// leads to. Errors: NotFound; InvalidArgument (not a regular file); PermissionDenied.
STREAMKIT_API Result<FileDescriptor> open_file(const std::filesystem::path& file);
/// Opens a regular file within a folder as open_file() does. Symbolic links are not followed:
/// InvalidArgument.
STREAMKIT_API Result<FileDescriptor> open_file_at(const FileDescriptor& folder,
                                                  const std::string& name);

enum class EntryKind { File, Folder, Other };

struct STREAMKIT_API FolderEntry {
  std::string name;
  /// Other: a symbolic link, a pipe, a device, or an entry that is gone meanwhile.
  EntryKind kind = EntryKind::Other;
};
/// Returns the entries in unspecified order, without "." and "..".
STREAMKIT_API Result<std::vector<FolderEntry>> entries_of(const FileDescriptor& folder);

STREAMKIT_API Result<std::uint64_t> size_of(const FileDescriptor& file);

/// Fills `into` with the bytes from `offset` on. Reads fewer bytes at the end of the file only.
/// Errors: Cancelled; Unavailable.
STREAMKIT_API Result<std::size_t> read_at(const FileDescriptor& file, std::uint64_t offset,
                                          std::span<std::uint8_t> into, std::stop_token stop = {});
/// Reads the file from its beginning, at most `max_bytes` of it.
STREAMKIT_API Result<Bytes> read_begin(const FileDescriptor& file, std::size_t max_bytes);
/// Writes at the current position. After an error a part may be written.
/// Errors: Cancelled; ResourceExhausted (the disk is full); Unavailable.
STREAMKIT_API Result<void> write_all(const FileDescriptor& file,
                                     std::span<const std::uint8_t> bytes,
                                     std::stop_token stop = {});
/// Blocks until the disk has what was written to the file, or what was renamed and removed in the
/// folder. `name` is for the message.
STREAMKIT_API Result<void> sync(const FileDescriptor& file, std::string_view name);

/// Locks `count` bytes of the file from `first` on, which may be beyond its end; 0: all of them.
/// The file must be open for writing. The system releases the lock when the descriptor is closed or
/// the process ends, however it ends. Does not wait. Errors: AlreadyExists (locked through another
/// descriptor); Unsupported (the file system has no such locks).
STREAMKIT_API Result<void> lock(const FileDescriptor& file, std::uint64_t first = 0,
                                std::uint64_t count = 0);
/// Returns whether any of these bytes is locked through another descriptor of any process.
/// Errors: Unsupported, as lock().
STREAMKIT_API Result<bool> is_locked(const FileDescriptor& file, std::uint64_t first = 0,
                                     std::uint64_t count = 0);

}  // namespace streamkit::files
