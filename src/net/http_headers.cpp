#include <streamkit/core/text.hpp>
#include <streamkit/net/http_headers.hpp>

namespace streamkit::net {
bool is_http_token(std::string_view text) noexcept {
  constexpr std::string_view kCharacters =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return !text.empty() && text.find_first_not_of(kCharacters) == std::string_view::npos;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return streamkit::equal_ignoring_case(a, b);
}

std::optional<std::string_view> find_header(std::span<const HttpHeader> headers,
                                            std::string_view name) noexcept {
  for (const HttpHeader& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

}  // namespace streamkit::net
