#include "aws_chunk_line.hpp"

#include <algorithm>
#include <charconv>
#include <streamkit/core/text.hpp>
#include <streamkit/net/http_headers.hpp>

namespace streamkit::net {
namespace {

constexpr std::string_view kBlanks = " \t";

bool is_printable(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

Result<std::uint64_t> parse_size(std::string_view digits) {
  std::uint64_t size = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, failure] = std::from_chars(digits.data(), end, size, 16);
  if (failure == std::errc::result_out_of_range)
    return corrupt_body("a chunk's length is too large");
  if (failure != std::errc{} || stopped != end) {
    return corrupt_body("a chunk's length must be a hexadecimal number");
  }
  return size;
}

}  // namespace

Error corrupt_body(std::string_view reason) {
  return {ErrorCode::CorruptData, "aws-chunked body: " + std::string(reason)};
}

Result<std::string> parse_piece_signature(std::string_view text) {
  constexpr std::size_t kHexLength = 64;
  std::string signature = lower_ascii(text);
  if (signature.size() != kHexLength ||
      signature.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return corrupt_body("a signature must be 64 hexadecimal digits");
  }
  return signature;
}

Result<AwsChunkLine> parse_aws_chunk_line(std::string_view line) {
  if (!is_printable(line)) return corrupt_body("a control character in a chunk's first line");
  // A quoted value could contain what another parser takes for the next extension.
  if (line.find('"') != std::string_view::npos) {
    return corrupt_body("a quoted chunk extension, which is not supported");
  }
  auto end = std::min(line.find(';'), line.size());
  const auto size = parse_size(trimmed(line.substr(0, end), kBlanks));
  if (!size) return size.error();
  AwsChunkLine result{*size};
  while (end < line.size()) {
    line.remove_prefix(end + 1);
    end = std::min(line.find(';'), line.size());
    const std::string_view extension = line.substr(0, end);
    const auto equals = std::min(extension.find('='), extension.size());
    const std::string_view name = trimmed(extension.substr(0, equals), kBlanks);
    if (!is_http_token(name)) return corrupt_body("a chunk extension without a name");
    if (!equal_ignoring_case(name, "chunk-signature")) continue;
    if (!result.signature.empty()) return corrupt_body("chunk-signature is repeated");
    if (equals == extension.size()) return corrupt_body("chunk-signature has no value");
    auto signature = parse_piece_signature(trimmed(extension.substr(equals + 1), kBlanks));
    if (!signature) return signature.error();
    result.signature = *std::move(signature);
  }
  return result;
}

Result<HttpHeader> parse_aws_trailer_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_http_token(line.substr(0, colon))) {
    return corrupt_body("a trailer must be a name, a colon and a value");
  }
  const std::string_view value = trimmed(line.substr(colon + 1), kBlanks);
  if (!is_printable(value)) return corrupt_body("a control character in a trailer");
  return HttpHeader{lower_ascii(line.substr(0, colon)), std::string(value)};
}

}  // namespace streamkit::net
