#pragma once

#include <optional>
#include <string>
#include <vector>

#include "s3/multipart_store.hpp"
#include "s3/request_documents.hpp"

namespace streamkit::s3 {

struct AssemblyLimits {
  std::uint64_t max_object_bytes;
  std::uint64_t min_part_bytes;
};

/// An object assembled from its parts.
struct AssembledObject {
  std::string body;
  /// Computed from the parts' ETags and followed by their number; not an MD5.
  std::string etag;
  /// The checksum of the kind that was announced or sent, as S3 writes it: a composite one ends in
  /// "-{parts}".
  std::optional<DeclaredChecksum> checksum;
};

/// Reads and assembles the parts that `wanted` names. `expected` is the object's checksum if the
/// client sent one.
/// Errors (domain "s3"): InvalidPartOrder, InvalidPart, EntityTooSmall, EntityTooLarge, BadDigest;
/// the store's.
Result<AssembledObject> assemble(MultipartStore& uploads, const MultipartUpload& upload,
                                 const std::vector<CompletedPart>& wanted,
                                 const std::optional<DeclaredChecksum>& expected,
                                 AssemblyLimits limits);

}  // namespace streamkit::s3
