#include "local/object_listing.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <streamkit/core/errno_error.hpp>

#include "local/object_place.hpp"

namespace streamkit::local {

using files::EntryKind;
using files::FolderEntry;

Result<void> ObjectListing::visit(const FileDescriptor& folder, const std::string& base) {
  auto entries = wanted_entries(folder, base);
  if (!entries) return entries.error();
  for (const FolderEntry& entry : *entries) {
    if (infos_.size() >= limit_) break;
    if (stop_.stop_requested()) return Error{ErrorCode::Cancelled, "store call cancelled"};
    auto visited = entry.kind == EntryKind::Folder ? visit_folder(folder, base, entry.name)
                                                   : add_file(folder, base, entry.name);
    if (!visited) return visited;
  }
  return {};
}

// Names of folders end with a slash, so that sorting by name is sorting by key.
Result<std::vector<FolderEntry>> ObjectListing::wanted_entries(const FileDescriptor& folder,
                                                               const std::string& base) const {
  auto entries = files::entries_of(folder);
  if (!entries) return entries;
  std::erase_if(*entries, [&](FolderEntry& entry) {
    if (entry.kind == EntryKind::Other) return true;
    const bool is_folder = entry.kind == EntryKind::Folder;
    const bool valid = check_key(base + entry.name).has_value();
    if (is_folder) entry.name += '/';
    const std::string path = base + entry.name;
    return !valid || !(is_folder ? wants_below(path) : wants(path));
  });
  std::sort(entries->begin(), entries->end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

bool ObjectListing::wants(std::string_view key) const {
  return key.starts_with(prefix_) && key > after_;
}

bool ObjectListing::wants_below(std::string_view folder) const {
  return (folder.starts_with(prefix_) || prefix_.starts_with(folder)) &&
         (folder > after_ || after_.starts_with(folder));
}

// Visits a folder; entries that are removed in the meantime are skipped.
Result<void> ObjectListing::visit_folder(const FileDescriptor& folder, const std::string& base,
                                         const std::string& name) {
  const auto below = files::open_folder_at(folder, name.substr(0, name.size() - 1));
  if (below) return visit(*below, base + name);
  return is_absent(below.error()) ? Result<void>() : below.error();
}

Result<void> ObjectListing::add_file(const FileDescriptor& folder, const std::string& base,
                                     const std::string& name) {
  struct stat status {};
  if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return errno_error(errno, "examining '" + name + "'");
  }
  if (!S_ISREG(status.st_mode)) return {};
  infos_.push_back(
      {base + name, static_cast<std::uint64_t>(status.st_size), time_of(status.st_mtim)});
  return {};
}

}  // namespace streamkit::local
