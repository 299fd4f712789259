#pragma once

#include <algorithm>
#include <string_view>

namespace streamkit::http {

/// Whether an If-None-Match header, `*` or a list of tags, names `tag`, quotes and all; a tag that
/// is marked as weak counts too. Source: RFC 9110 13.1.2, 8.8.3.2 (weak comparison).
[[nodiscard]] constexpr bool matches_etag(std::string_view header, std::string_view tag) noexcept {
  if (header == "*") return true;
  while (!header.empty()) {
    const auto item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), item.size() + 1));
    const auto begin = item.find('"');
    const auto end = item.rfind('"');
    if (begin != std::string_view::npos && item.substr(begin, end + 1 - begin) == tag) return true;
  }
  return false;
}

}  // namespace streamkit::http
