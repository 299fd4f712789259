#pragma once

#include <filesystem>
#include <stop_token>
#include <streamkit/core/file_descriptor.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <utility>

namespace streamkit::local {

/// Creates the folder and its parents if missing, durably.
Result<void> make_folders(const std::filesystem::path& folder);

/// Reads the whole file. Errors: Cancelled; CorruptData (cut short meanwhile); Unavailable.
Result<Bytes> read_all(const FileDescriptor& file, std::stop_token stop);

/// A file under a unique name, removed on destruction unless it was renamed. It is locked while it
/// is written, so that remove_leftovers() can distinguish it from those of dead processes.
class TemporaryFile {
 public:
  /// `folder` must outlive the file.
  static Result<TemporaryFile> create(const FileDescriptor& folder);
  TemporaryFile(TemporaryFile&&) = default;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();

  [[nodiscard]] const FileDescriptor& file() const noexcept { return file_; }
  /// Renames the file, which replaces an existing file of that name.
  Result<void> rename_to(const FileDescriptor& folder, const std::string& name);

 private:
  TemporaryFile(const FileDescriptor& folder, std::string name, FileDescriptor file)
      : folder_(&folder), name_(std::move(name)), file_(std::move(file)) {}

  const FileDescriptor* folder_;
  std::string name_;  // empty once renamed
  FileDescriptor file_;
};

/// Removes the temporary files in `folder` whose writing process has ended.
Result<void> remove_leftovers(const FileDescriptor& folder);

}  // namespace streamkit::local
