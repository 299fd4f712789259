#include <streamkit/http/byte_range.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace streamkit::http {
namespace {

std::optional<std::uint64_t> parse_position(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc{} || end != digits.data() + digits.size()) return {};
  return value;
}

}  // namespace

RangeRequest parse_range(std::string_view header, std::uint64_t size_bytes) noexcept {
  using Kind = RangeRequest::Kind;
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return {};
  header.remove_prefix(kUnit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return {};
  const auto first_text = header.substr(0, dash);
  const auto last_text = header.substr(dash + 1);
  const auto first = parse_position(first_text);
  const auto last = parse_position(last_text);

  if (first_text.empty() && last) {
    if (*last == 0 || size_bytes == 0) return {Kind::Unsatisfiable, 0, 0};
    const auto length = std::min(*last, size_bytes);
    return {Kind::Part, size_bytes - length, length};
  }
  if (!first || (!last && !last_text.empty()) || (last && *last < *first)) return {};
  if (*first >= size_bytes) return {Kind::Unsatisfiable, 0, 0};
  const auto end = last ? std::min(*last, size_bytes - 1) : size_bytes - 1;
  return {Kind::Part, *first, end - *first + 1};
}

}  // namespace streamkit::http
