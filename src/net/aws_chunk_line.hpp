#pragma once

#include <cstdint>
#include <streamkit/core/result.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>

// Parsers for the lines of an aws-chunked body.
namespace streamkit::net {

struct AwsChunkLine {
  std::uint64_t size_bytes = 0;
  /// 64 hexadecimal digits in lower case; empty if the chunk is not signed.
  std::string signature = {};
};

/// Parses "10000;chunk-signature=ad80..." without its line break. Skips other extensions.
/// Errors: CorruptData.
Result<AwsChunkLine> parse_aws_chunk_line(std::string_view line);

/// Parses "name:value" without its line break; the name is converted to lower case.
/// Errors: CorruptData.
Result<HttpHeader> parse_aws_trailer_line(std::string_view line);

/// Checks for 64 hexadecimal digits of either case and returns them in lower case.
/// Errors: CorruptData.
Result<std::string> parse_piece_signature(std::string_view text);

/// Creates the error of an invalid aws-chunked body.
[[nodiscard]] Error corrupt_body(std::string_view reason);

}  // namespace streamkit::net
