#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "s3/checksum.hpp"

namespace streamkit::s3 {

/// How the checksum of an object follows from its parts.
enum class ChecksumScope {
  Composite,  ///< The checksum of the parts' checksums.
  FullObject  ///< That of the bytes.
};

/// A multipart upload that was begun.
struct MultipartUpload {
  std::string id;
  std::string key;
  std::string content_type;
  /// The kind that was announced; empty: none.
  std::optional<ChecksumKind> checksum = {};
  ChecksumScope scope = ChecksumScope::FullObject;
  WallTime begun_at = {};
};

struct StoredPart {
  int number = 0;
  std::uint64_t size_bytes = 0;
  WallTime modified = {};
};

/// All parts of a group's unfinished uploads together.
struct StoredParts {
  std::size_t count = 0;
  std::uint64_t size_bytes = 0;
};

/// Unfinished uploads as objects below "multipart/{group}/{upload id}/", so that they outlive a
/// restart: a manifest and the parts. What was completed is remembered in "multipart/.completed/",
/// for clients that did not get the response and ask again.
/// Thread-safety: every method may be called from any thread, concurrently.
class MultipartStore {
 public:
  /// The group of a key, as EndpointOptions::upload_group gives it.
  using Group = std::function<std::string(std::string_view key)>;

  /// `objects` must outlive this. Without `group` all keys are one group.
  MultipartStore(ObjectStore& objects, Group group) : objects_(objects), group_(std::move(group)) {}

  /// The new upload, its id filled in. Errors: the store's.
  Result<MultipartUpload> create(MultipartUpload upload);
  /// Errors: NoSuchUpload (domain "s3"), also when it is another key's; the store's.
  Result<MultipartUpload> find(std::string_view key, std::string_view id);

  /// Replaces a part of the same number. Errors: NoSuchUpload (domain "s3"), with nothing left,
  /// when the upload was removed meanwhile; the store's.
  Result<void> put_part(const MultipartUpload& upload, int number, std::string_view body);
  /// By rising number.
  Result<std::vector<StoredPart>> parts(const MultipartUpload& upload);
  Result<Bytes> read_part(const MultipartUpload& upload, int number);
  /// Forgets the upload and its parts.
  Result<void> remove(const MultipartUpload& upload);

  /// The number of unfinished uploads in the group of `key`; counts up to `limit`.
  Result<std::size_t> count(std::string_view key, std::size_t limit);
  /// All parts of the uploads in the group of `key`.
  Result<StoredParts> stored_parts(std::string_view key);
  /// Unfinished uploads of everybody, by group and id, `limit` at most.
  Result<std::vector<MultipartUpload>> uploads(std::size_t limit);

  /// `request` names what was completed (a digest of its parts); `document` is the response.
  Result<void> remember_completed(const MultipartUpload& upload, std::string_view request,
                                  std::string_view document);
  /// The response to the same request. Errors: NoSuchUpload (domain "s3"); the store's.
  Result<std::string> find_completed(std::string_view key, std::string_view id,
                                     std::string_view request);

  /// Removes what has not been written to since `before`; the number of objects. A failure ends it,
  /// the next call goes on.
  Result<std::size_t> remove_stale(WallTime before, std::stop_token stop);

 private:
  [[nodiscard]] std::string group_folder(std::string_view key) const;
  [[nodiscard]] std::string folder_of(std::string_view key, std::string_view id) const;
  [[nodiscard]] std::string part_key(const MultipartUpload& upload, int number) const;

  ObjectStore& objects_;
  const Group group_;
};

}  // namespace streamkit::s3
