#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/store/object_store.hpp>

namespace streamkit::local {

/// Stores objects as files below one folder, each at the path given by its key. For one machine;
/// several processes may use the folder concurrently.
///
/// A put writes to `root/.tmp`, syncs the file, renames it into place and syncs the folders
/// concerned. Once the call has returned, the object is complete and survives a power cut. A put in
/// parts writes each part to `root/.tmp` as it arrives, and does the rest in commit(). A removal
/// may be undone by a power cut. The content type is not stored.
///
/// The rules for keys are narrower than those of the port: a part of a key has at most 255 bytes,
/// the first part is not ".tmp", and "a" cannot be stored beside "a/b" (InvalidArgument). Symbolic
/// links below the root are not followed: what they point to does not exist for this store.
/// Thread-safety: as for ObjectStore.
class STREAMKIT_API DiskObjectStore : public ObjectStore {
 public:
  /// Opens the store. Creates the folder if missing and removes what interrupted puts left in
  /// `root/.tmp`.
  /// Errors: PermissionDenied, InvalidArgument (not a folder), ResourceExhausted, Unavailable; the
  /// message names the path.
  static Result<std::unique_ptr<DiskObjectStore>> open(const std::filesystem::path& root);
  using ObjectStore::open;

  /// Returns the path of the file that holds the object, for servers that send files without
  /// copying. An open file stays complete, whatever happens to the key. Do not write to it.
  /// Errors: those of get().
  virtual Result<std::filesystem::path> path_of(std::string_view key) const = 0;
  /// Returns the folder, for example to query the free space of its disk.
  [[nodiscard]] virtual const std::filesystem::path& root() const noexcept = 0;
};

}  // namespace streamkit::local
