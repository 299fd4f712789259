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
#include "s3/upload_totals.hpp"

namespace streamkit::s3 {

/// The way the checksum of an object is computed from its parts.
enum class ChecksumScope {
  Composite,  ///< The checksum of the parts' checksums.
  FullObject  ///< The checksum of the bytes.
};

/// An unfinished multipart upload.
struct MultipartUpload {
  std::string id;
  std::string key;
  std::string content_type;
  /// The announced kind of checksum; empty if there is none.
  std::optional<ChecksumKind> checksum = {};
  ChecksumScope scope = ChecksumScope::FullObject;
  WallTime begun_at = {};
};

struct StoredPart {
  int number = 0;
  std::uint64_t size_bytes = 0;
  WallTime modified = {};
};

/// Stores unfinished uploads as objects below "multipart/{group}/{upload id}/", a manifest and the
/// parts, so that they survive a restart. Completed uploads are recorded in
/// "multipart/.completed/", for clients that did not receive the response and repeat the request.
/// Thread-safety: every method may be called from any thread, concurrently.
class MultipartStore {
 public:
  /// Returns the group of a key, as EndpointOptions::upload_group does.
  using Group = std::function<std::string(std::string_view key)>;

  /// `objects` must outlive this object. Without `group` all keys are one group.
  MultipartStore(ObjectStore& objects, Group group) : objects_(objects), group_(std::move(group)) {}

  /// Stores a new upload and returns it with its id. Errors: the store's.
  Result<MultipartUpload> create(MultipartUpload upload);
  /// Returns the upload. Errors: NoSuchUpload (domain "s3"), also when it belongs to another key;
  /// the store's.
  Result<MultipartUpload> find(std::string_view key, std::string_view id);

  /// Stores a part and replaces one of the same number. Its cost does not grow with the number of
  /// parts. Errors: SlowDown (domain "s3") when the uploads of its group would then hold more than
  /// `limit`; NoSuchUpload when the upload was removed meanwhile, and the part is then removed too;
  /// the store's.
  Result<void> put_part(const MultipartUpload& upload, int number, std::string_view body,
                        PartTotals limit);
  /// Returns the parts in ascending order of their numbers.
  Result<std::vector<StoredPart>> parts(const MultipartUpload& upload);
  Result<Bytes> read_part(const MultipartUpload& upload, int number);
  /// Removes the upload and its parts.
  Result<void> remove(const MultipartUpload& upload);

  /// Returns the number of unfinished uploads in the group of `key`, at most `limit`.
  Result<std::size_t> count(std::string_view key, std::size_t limit);
  /// Returns at most `limit` unfinished uploads of all groups, ordered by group and id.
  Result<std::vector<MultipartUpload>> uploads(std::size_t limit);

  /// Records a completed upload. `request` identifies the completion (a digest of its parts);
  /// `document` is the response.
  Result<void> remember_completed(const MultipartUpload& upload, std::string_view request,
                                  std::string_view document);
  /// Returns the recorded response to the same request. Errors: NoSuchUpload (domain "s3"); the
  /// store's.
  Result<std::string> find_completed(std::string_view key, std::string_view id,
                                     std::string_view request);

  /// Removes uploads without a write since `before`. Returns the number of removed objects. Stops
  /// at the first failure; the next call continues.
  Result<std::size_t> remove_stale(WallTime before, std::stop_token stop);

 private:
  [[nodiscard]] std::string group_folder(std::string_view key) const;
  [[nodiscard]] std::string folder_of(std::string_view key, std::string_view id) const;
  [[nodiscard]] std::string part_key(const MultipartUpload& upload, int number) const;

  Result<void> remove_objects(const MultipartUpload& upload);
  Result<std::size_t> remove_stale_objects(WallTime before, std::stop_token stop);
  Result<PartTotals> measure(std::string_view key);
  Result<void> store_part(const MultipartUpload& upload, const std::string& key,
                          std::string_view body);

  ObjectStore& objects_;
  const Group group_;
  UploadTotals totals_;  // by group folder
};

}  // namespace streamkit::s3
