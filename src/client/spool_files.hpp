#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The files of a spool. Whatever is created is readable by its owner only.
namespace streamkit::client::spool_files {

/// Owns a POSIX file descriptor; -1 means that there is none.
class FileHandle {
 public:
  explicit FileHandle(int descriptor = -1) noexcept : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileHandle() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

/// Maps an errno to an error that names the action.
[[nodiscard]] Error file_error(int number, std::string_view action);

/// Creates the folder and its parents if missing, and restricts it to its owner.
/// Errors: InvalidArgument (not a folder); PermissionDenied.
Result<void> make_private_folder(const std::filesystem::path& folder);
/// Errors: NotFound; InvalidArgument (not a folder).
Result<FileHandle> open_folder(const std::filesystem::path& folder);

/// Locks the file, which is created if missing. The system releases the lock when the handle is
/// closed or the process ends. Errors: AlreadyExists (locked); Unsupported (no locks there).
Result<FileHandle> lock_file(const FileHandle& folder, const std::string& name);
/// Returns whether a handle of any process holds the lock.
[[nodiscard]] bool is_locked(const FileHandle& folder, const std::string& name);

/// Writes `parts` one after another under `temporary`, then renames the file to `name`. It is
/// durable when the call returns, and after a crash either whole or not there.
Result<void> write_durably(const FileHandle& folder, const std::string& name,
                           const std::string& temporary,
                           std::initializer_list<std::span<const std::uint8_t>> parts);
/// Reads at most `max_bytes`, the beginning of a longer file.
/// Errors: NotFound; InvalidArgument (not a regular file); Unavailable.
Result<Bytes> read_file(const FileHandle& folder, const std::string& name, std::size_t max_bytes);
Result<std::uint64_t> size_of(const FileHandle& folder, const std::string& name);
/// Durable when it returns.
Result<void> rename(const FileHandle& folder, const std::string& from, const std::string& to);
/// Durable when it returns. Succeeds when the file does not exist.
Result<void> remove(const FileHandle& folder, const std::string& name);
/// Returns the names of all entries in unspecified order, without "." and "..".
Result<std::vector<std::string>> names_in(const FileHandle& folder);

}  // namespace streamkit::client::spool_files
