#pragma once

#include <cstdint>
#include <streamkit/core/result.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>

// The lines of an aws-chunked body.
namespace streamkit::net {

struct AwsChunkLine {
  std::uint64_t size_bytes = 0;
  /// 64 hexadecimal digits in lower case; empty when the piece is not signed.
  std::string signature = {};
};

/// "10000;chunk-signature=ad80..." without its line break. Other extensions are skipped.
/// Errors: CorruptData.
[[nodiscard]] Result<AwsChunkLine> parse_aws_chunk_line(std::string_view line);

/// "name:value" without its line break; the name becomes lower case. Errors: CorruptData.
[[nodiscard]] Result<HttpHeader> parse_aws_trailer_line(std::string_view line);

/// 64 hexadecimal digits, of either case, in lower case. Errors: CorruptData.
[[nodiscard]] Result<std::string> parse_piece_signature(std::string_view text);

/// Errors of an aws-chunked body.
[[nodiscard]] Error corrupt_body(std::string_view reason);

}  // namespace streamkit::net
