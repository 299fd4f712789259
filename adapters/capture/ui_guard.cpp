#include "capture/ui_guard.hpp"

#include <streamkit/core/json_text.hpp>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/url.hpp>

namespace streamkit::capture_tool {
namespace {

bool has_token(std::string_view path, std::string_view token) noexcept {
  path.remove_prefix(path.empty() ? 0 : 1);
  return net::equal_in_constant_time(path.substr(0, path.find('/')), token);
}

bool is_own_origin(std::string_view origin, std::string_view host) noexcept {
  constexpr std::string_view kScheme = "http://";
  return origin.starts_with(kScheme) &&
         net::equal_ignoring_case(origin.substr(kScheme.size()), host);
}

// Opening the page is allowed from everywhere: the address is the permission.
bool is_embedded_elsewhere(const http::RequestHead& head) noexcept {
  const auto site = head.header("Sec-Fetch-Site");
  if (site.empty() || site == "same-origin" || site == "none") return false;
  return head.header("Sec-Fetch-Mode") != "navigate" || head.header("Sec-Fetch-Dest") != "document";
}

}  // namespace

std::optional<http::Response> check_ui_request(const http::RequestHead& head,
                                               std::string_view token) {
  const auto host = head.header("Host");
  if (!net::names_this_machine(host)) {
    return ui_error(403, "forbidden", "the control page accepts only the host name localhost");
  }
  if (!has_token(head.path, token)) {
    return ui_error(404, "not_found",
                    "open the address that streamkit-capture printed: it ends with a long token");
  }
  if (is_embedded_elsewhere(head) ||
      (!head.is_read() && !is_own_origin(head.header("Origin"), host))) {
    return ui_error(403, "forbidden", "only the control page itself may do this");
  }
  return {};
}

http::Response secured(http::Response response) {
  for (const auto& header :
       std::initializer_list<net::HttpHeader>{{"Cache-Control", "no-store"},
                                              {"X-Content-Type-Options", "nosniff"},
                                              {"Referrer-Policy", "no-referrer"},
                                              {"Cross-Origin-Resource-Policy", "same-origin"},
                                              {"Cross-Origin-Opener-Policy", "same-origin"}}) {
    response.headers.push_back(header);
  }
  return response;
}

http::Response ui_error(int status, std::string_view code, std::string_view message) {
  return secured(http::text_response(status, "application/json",
                                     "{\"error\":{\"code\":" + json_string(code) +
                                         ",\"message\":" + json_string(message) + "}}\n"));
}

}  // namespace streamkit::capture_tool
