#include <streamkit/http/conditional_request.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <streamkit/core/text.hpp>
#include <streamkit/net/http_date.hpp>

#include <streamkit/http/byte_range.hpp>

namespace streamkit::http {
namespace {

enum class Comparison { Strong, Weak };

bool is_quoted(std::string_view tag) noexcept {
  return tag.size() >= 2 && tag.front() == '"' && tag.back() == '"';
}

// Compares one tag of a list with `tag`, which includes its quotes.
bool is_same_tag(std::string_view item, std::string_view tag, Comparison comparison,
                 bool accepts_bare_tags) noexcept {
  if (item.starts_with("W/")) {
    if (comparison == Comparison::Strong) return false;
    item.remove_prefix(2);
  }
  if (item == tag) return is_quoted(item);
  return accepts_bare_tags && is_quoted(tag) && item == tag.substr(1, tag.size() - 2);
}

bool names_tag(std::string_view list, std::string_view tag, Comparison comparison,
               bool accepts_bare_tags) noexcept {
  if (trimmed(list) == "*") return true;
  while (!list.empty()) {
    const auto item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    if (is_same_tag(trimmed(item), tag, comparison, accepts_bare_tags)) return true;
  }
  return false;
}

// Returns the status of the response: 200 if the conditions hold.
int check_conditions(const net::HttpHeaders& headers, const Representation& current) {
  const auto date = [&](std::string_view name) -> std::optional<WallTime> {
    const auto text = net::find_header(headers, name);
    return text ? net::parse_http_date(*text) : std::nullopt;
  };
  const auto names = [&](std::string_view list, Comparison comparison) {
    return names_tag(list, current.etag, comparison, current.accepts_bare_tags);
  };
  // Headers have a resolution of one second.
  const auto modified = std::chrono::floor<std::chrono::seconds>(current.modified);
  if (const auto match = net::find_header(headers, "If-Match")) {
    if (!names(*match, Comparison::Strong)) return 412;
  } else if (const auto since = date("If-Unmodified-Since"); since && modified > *since) {
    return 412;
  }
  if (const auto none_match = net::find_header(headers, "If-None-Match")) {
    if (names(*none_match, Comparison::Weak)) return 304;
  } else if (const auto since = date("If-Modified-Since"); since && modified <= *since) {
    return 304;
  }
  return 200;
}

}  // namespace

Selection select_response(const net::HttpHeaders& headers, const Representation& representation) {
  const Selection whole{200, 0, representation.size_bytes};
  if (const int status = check_conditions(headers, representation); status != 200) {
    return {.status = status};
  }
  const auto range = net::find_header(headers, "Range");
  if (!range) return whole;
  if (const auto condition = net::find_header(headers, "If-Range");
      condition && *condition != representation.etag) {
    return whole;
  }
  const auto requested = parse_range(*range, representation.size_bytes);
  switch (requested.kind) {
    case RangeRequest::Kind::Part:
      return {206, requested.offset, requested.length};
    case RangeRequest::Kind::Unsatisfiable:
      return {.status = 416};
    case RangeRequest::Kind::Whole:
      break;
  }
  return whole;
}

std::string content_range(const Selection& selection, std::uint64_t size_bytes) {
  const std::string size = std::to_string(size_bytes);
  if (selection.status != 206) return "bytes */" + size;
  return "bytes " + std::to_string(selection.offset) + "-" +
         std::to_string(selection.offset + selection.length - 1) + "/" + size;
}

bool matches_etag(std::string_view header, std::string_view tag) noexcept {
  return names_tag(header, tag, Comparison::Weak, false);
}

}  // namespace streamkit::http
