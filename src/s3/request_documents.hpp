#pragma once

#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "s3/upload_body.hpp"

namespace streamkit::s3 {

/// A part as CompleteMultipartUpload names it.
struct CompletedPart {
  int number = 0;
  /// Without quotes.
  std::string etag;
  std::vector<DeclaredChecksum> checksums;
};

/// Parses the body of CompleteMultipartUpload. Returns the parts in the order of the document,
/// 10,000 at most.
/// Errors: MalformedXML, InvalidArgument (a part's number).
Result<std::vector<CompletedPart>> parse_complete_request(std::string_view xml);

struct DeleteRequest {
  std::vector<std::string> keys;
  /// If true, the response lists failures only.
  bool quiet = false;
};

/// Parses the body of DeleteObjects; 1,000 keys at most.
/// Errors: MalformedXML; NotImplemented (versions and conditions).
Result<DeleteRequest> parse_delete_request(std::string_view xml);

/// Returns a part number from 1 to 10,000; 0 for anything else.
[[nodiscard]] int parse_part_number(std::string_view text) noexcept;
/// Returns the name of the element that holds a checksum of this kind, as in "ChecksumCRC32".
[[nodiscard]] std::string checksum_element(ChecksumKind kind);
/// Returns an ETag without the quotes around it, if there are any.
[[nodiscard]] std::string_view without_quotes(std::string_view etag) noexcept;

}  // namespace streamkit::s3
