#include "hls/playlist_values.hpp"

#include <charconv>
#include <limits>
#include <streamkit/core/text.hpp>

namespace streamkit::hls {
namespace {

constexpr std::string_view kBlanks = " \t";

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stop != end) return {};
  return value;
}

std::optional<ByteRange> parse_byte_range(std::string_view text,
                                          std::optional<std::uint64_t> default_offset) noexcept {
  const auto at = text.find('@');
  const auto length = parse_integer(trimmed(text.substr(0, at), kBlanks));
  const auto offset =
      at == text.npos ? default_offset : parse_integer(trimmed(text.substr(at + 1), kBlanks));
  if (!length || !offset) return {};
  if (*length > std::numeric_limits<std::uint64_t>::max() - *offset) return {};
  return ByteRange{*length, *offset};
}

}  // namespace streamkit::hls
