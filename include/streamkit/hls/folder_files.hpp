#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::hls {

/// The files of one flat folder, as FolderWriter needs them. Names have no '/'.
/// Thread-safety: one thread at a time.
class STREAMKIT_API FolderFiles {
 public:
  virtual ~FolderFiles() = default;
  /// Creates the file or replaces its content. It may be there in part when this fails.
  /// Errors: ResourceExhausted (the disk is full); PermissionDenied; NotFound (the folder is gone);
  /// InvalidArgument (the name is a folder's); Unavailable.
  virtual Result<void> write_file(const std::string& name,
                                  std::span<const std::uint8_t> content) = 0;
  /// Gives a file another name; a file of that name is replaced. Readers see the old file or the
  /// new one, never a part. Errors: as write_file(); NotFound (no file `from`).
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  /// Removes a file. Succeeds when there is none. Errors: as write_file().
  virtual Result<void> remove(const std::string& name) = 0;
  /// Returns the names of all entries, in any order. Errors: as write_file().
  virtual Result<std::vector<std::string>> list() = 0;
};

/// Opens a folder on disk; it and those above are created if missing. Files survive the end of the
/// process; a power failure may lose the newest ones, as nothing waits for the disk.
/// Errors: InvalidArgument (the path is a file's); PermissionDenied; ResourceExhausted;
/// Unavailable.
STREAMKIT_API Result<std::unique_ptr<FolderFiles>> open_folder(const std::filesystem::path& folder);

}  // namespace streamkit::hls
