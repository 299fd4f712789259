#pragma once

#include <cstddef>
#include <stop_token>
#include <streamkit/core/file_access.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace streamkit::local {

/// Walks folders in key order and skips those that cannot contain a requested key.
class ObjectListing {
 public:
  /// The texts must outlive the listing.
  ObjectListing(std::string_view prefix, std::string_view after, std::size_t limit,
                std::stop_token stop)
      : prefix_(prefix), after_(after), limit_(limit), stop_(std::move(stop)) {}

  /// `base` is the folder's path with a trailing slash, or empty for the root.
  Result<void> visit(const FileDescriptor& folder, const std::string& base);

  [[nodiscard]] std::vector<ObjectInfo> take() && { return std::move(infos_); }

 private:
  Result<std::vector<files::FolderEntry>> wanted_entries(const FileDescriptor& folder,
                                                         const std::string& base) const;
  [[nodiscard]] bool wants(std::string_view key) const;
  [[nodiscard]] bool wants_below(std::string_view folder) const;
  Result<void> visit_folder(const FileDescriptor& folder, const std::string& base,
                            const std::string& name);
  Result<void> add_file(const FileDescriptor& folder, const std::string& base,
                        const std::string& name);

  const std::string_view prefix_;
  const std::string_view after_;
  const std::size_t limit_;
  const std::stop_token stop_;
  std::vector<ObjectInfo> infos_;
};

}  // namespace streamkit::local
