#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/store/object_store.hpp>

namespace streamkit::local {

/// Objects as files below one folder, each at the path that its key spells. For one machine;
/// several processes may use the folder at once.
///
/// A put writes to `root/.tmp`, syncs the file, renames it into place and syncs the folders
/// concerned, so that an object is whole, and there after a power cut, once the call has returned.
/// A put in pieces writes each to `root/.tmp` as it comes, and does the rest in commit().
/// A removal may come undone by a power cut. The content type is not kept.
///
/// Narrower than the port: a key's parts are at most 255 bytes, its first part is not ".tmp", and
/// "a" cannot be stored beside "a/b" (InvalidArgument). Symbolic links below the root are not
/// followed: what they point to does not exist for this store.
/// Thread-safety: as ObjectStore.
class STREAMKIT_API DiskObjectStore : public ObjectStore {
 public:
  /// Makes the folder where there is none, and removes what broken puts left in `root/.tmp`.
  /// Errors: PermissionDenied, InvalidArgument (not a folder), ResourceExhausted, Unavailable;
  /// the message names the path.
  static Result<std::unique_ptr<DiskObjectStore>> open(const std::filesystem::path& root);
  using ObjectStore::open;

  /// The file that holds the object, for servers that send files without copying. The file stays
  /// whole while it is open, whatever happens to the key; do not write to it. Errors: as get().
  [[nodiscard]] virtual Result<std::filesystem::path> path_of(std::string_view key) const = 0;
  /// The folder, to ask how much room its disk has.
  [[nodiscard]] virtual const std::filesystem::path& root() const noexcept = 0;
};

}  // namespace streamkit::local
