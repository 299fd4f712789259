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

/// What an errno means to a caller; it stays in `native_code`.
[[nodiscard]] Error file_error(int number, std::string_view action);
/// Whether the path did not lead to a thing of the expected kind: absent, or a symbolic link, a
/// folder for a file, a file for a folder.
[[nodiscard]] bool is_absent(const Error& error) noexcept;

/// Makes the folder and those above it where missing, durably.
[[nodiscard]] Result<void> make_folders(const std::filesystem::path& folder);

/// Symbolic links are not followed.
[[nodiscard]] Result<FileHandle> open_folder_at(const FileHandle& folder, const std::string& name);
/// A regular file, for reading. Symbolic links are not followed.
[[nodiscard]] Result<FileHandle> open_file_at(const FileHandle& folder, const std::string& name);
[[nodiscard]] Result<void> sync(const FileHandle& file, std::string_view what);

[[nodiscard]] Result<void> write_all(const FileHandle& file, std::span<const std::uint8_t> bytes,
                                     std::stop_token stop);
/// Fills `into` from `offset` on; fewer bytes at the file's end only.
[[nodiscard]] Result<std::size_t> read_at(const FileHandle& file, std::uint64_t offset,
                                          std::span<std::uint8_t> into, std::stop_token stop);
[[nodiscard]] Result<Bytes> read_all(const FileHandle& file, std::stop_token stop);

struct FolderEntry {
  std::string name;
  bool folder = false;
};
/// Regular files and folders, in no order; "." and ".." left out.
[[nodiscard]] Result<std::vector<FolderEntry>> entries_of(const FileHandle& folder);

/// A file under a name of its own, removed on destruction unless it was renamed away. Locked for
/// as long as it is written, so that remove_leftovers() knows it from those of dead processes.
class TemporaryFile {
 public:
  /// `folder` must outlive the file.
  static Result<TemporaryFile> create(const FileHandle& folder);
  TemporaryFile(TemporaryFile&&) = default;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();

  [[nodiscard]] const FileHandle& file() const noexcept { return file_; }
  /// Replaces a file of that name.
  [[nodiscard]] Result<void> rename_to(const FileHandle& folder, const std::string& name);

 private:
  TemporaryFile(const FileHandle& folder, std::string name, FileHandle file)
      : folder_(&folder), name_(std::move(name)), file_(std::move(file)) {}

  const FileHandle* folder_;
  std::string name_;  // empty once renamed
  FileHandle file_;
};

/// Removes the temporary files in `folder` whose writers are gone.
[[nodiscard]] Result<void> remove_leftovers(const FileHandle& folder);

}  // namespace streamkit::local
