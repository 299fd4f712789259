#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_store.hpp>
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

/// All parts of an owner's unfinished uploads together.
struct StoredParts {
  std::size_t count = 0;
  std::uint64_t size_bytes = 0;
};

/// Unfinished uploads as objects below "multipart/{owner}/{upload id}/", so that they outlive a
/// restart: a manifest and the parts. The owner is the session whose chunk is uploaded, or
/// ".operator". What was completed is remembered in "multipart/.completed/", for clients that did
/// not get the answer and ask again.
/// Thread-safety: every method from any thread at once.
class MultipartStore {
 public:
  /// `objects` must outlive this.
  explicit MultipartStore(ObjectStore& objects) : objects_(objects) {}

  /// The new upload, its id filled in. Errors: the store's.
  [[nodiscard]] Result<MultipartUpload> create(MultipartUpload upload);
  /// Errors: NoSuchUpload (domain "s3"), also when it is another key's; the store's.
  [[nodiscard]] Result<MultipartUpload> find(std::string_view key, std::string_view id);

  /// Replaces a part of the same number. Errors: NoSuchUpload (domain "s3"), with nothing left,
  /// when the upload was removed meanwhile; the store's.
  [[nodiscard]] Result<void> put_part(const MultipartUpload& upload, int number,
                                      std::string_view body);
  /// By rising number.
  [[nodiscard]] Result<std::vector<StoredPart>> parts(const MultipartUpload& upload);
  [[nodiscard]] Result<Bytes> read_part(const MultipartUpload& upload, int number);
  /// Forgets the upload and its parts.
  [[nodiscard]] Result<void> remove(const MultipartUpload& upload);

  /// How many uploads the owner of `key` has begun and not finished; counts up to `limit`.
  [[nodiscard]] Result<std::size_t> count(std::string_view key, std::size_t limit);
  /// All their parts.
  [[nodiscard]] Result<StoredParts> stored_parts(std::string_view key);
  /// Unfinished uploads of everybody, by owner and id, `limit` at most.
  [[nodiscard]] Result<std::vector<MultipartUpload>> uploads(std::size_t limit);

  /// `request` names what was completed (a digest of its parts), `answer` is what was answered.
  [[nodiscard]] Result<void> remember_completed(const MultipartUpload& upload,
                                                std::string_view request, std::string_view answer);
  /// The answer to the same request. Errors: NoSuchUpload (domain "s3"); the store's.
  [[nodiscard]] Result<std::string> find_completed(std::string_view key, std::string_view id,
                                                   std::string_view request);

  /// Removes what nobody has written to since `before`; the number of objects. A failure ends it,
  /// the next call goes on.
  Result<std::size_t> remove_stale(WallTime before, std::stop_token stop);

 private:
  ObjectStore& objects_;
};

}  // namespace streamkit::s3
