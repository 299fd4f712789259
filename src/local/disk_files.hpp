#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "local/file_handles.hpp"

namespace streamkit::local {

/// Maps an errno to what the caller can do, and keeps it in `native_code`.
[[nodiscard]] Error file_error(int number, std::string_view action);
/// Returns whether the path does not lead to an entry of the expected kind: it does not exist, or
/// it is a symbolic link, a folder instead of a file, or a file instead of a folder.
[[nodiscard]] bool is_absent(const Error& error) noexcept;

/// Creates the folder and its parents if missing, durably.
Result<void> make_folders(const std::filesystem::path& folder);

/// Opens a folder. Symbolic links are not followed.
Result<FileHandle> open_folder_at(const FileHandle& folder, const std::string& name);
/// Opens a regular file for reading. Symbolic links are not followed.
Result<FileHandle> open_file_at(const FileHandle& folder, const std::string& name);
Result<void> sync(const FileHandle& file, std::string_view what);

Result<void> write_all(const FileHandle& file, std::span<const std::uint8_t> bytes,
                       std::stop_token stop);
/// Fills `into` with the bytes from `offset` on. Reads fewer bytes at the end of the file only.
Result<std::size_t> read_at(const FileHandle& file, std::uint64_t offset,
                            std::span<std::uint8_t> into, std::stop_token stop);
Result<Bytes> read_all(const FileHandle& file, std::stop_token stop);

struct FolderEntry {
  std::string name;
  bool folder = false;
};
/// Returns regular files and folders in unspecified order, without "." and "..".
Result<std::vector<FolderEntry>> entries_of(const FileHandle& folder);

/// A file under a unique name, removed on destruction unless it was renamed. It is locked while it
/// is written, so that remove_leftovers() can distinguish it from those of dead processes.
class TemporaryFile {
 public:
  /// `folder` must outlive the file.
  static Result<TemporaryFile> create(const FileHandle& folder);
  TemporaryFile(TemporaryFile&&) = default;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();

  [[nodiscard]] const FileHandle& file() const noexcept { return file_; }
  /// Renames the file, which replaces an existing file of that name.
  Result<void> rename_to(const FileHandle& folder, const std::string& name);

 private:
  TemporaryFile(const FileHandle& folder, std::string name, FileHandle file)
      : folder_(&folder), name_(std::move(name)), file_(std::move(file)) {}

  const FileHandle* folder_;
  std::string name_;  // empty once renamed
  FileHandle file_;
};

/// Removes the temporary files in `folder` whose writing process has ended.
Result<void> remove_leftovers(const FileHandle& folder);

}  // namespace streamkit::local
