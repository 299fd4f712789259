#include "server/base_url.hpp"

namespace streamkit::server {
namespace {

// Checks a Host header, because it becomes part of URLs in responses.
bool is_valid_host(std::string_view host) noexcept {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
  return !host.empty() && host.size() <= 255 &&
         host.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

Result<std::string> base_url(const http::RequestHead& request, const std::string& public_url) {
  if (!public_url.empty()) return public_url;
  const auto host = request.header("Host");
  if (!is_valid_host(host)) {
    return Error{ErrorCode::InvalidArgument, "invalid Host header"};
  }
  return (request.secure ? "https://" : "http://") + std::string(host);
}

}  // namespace streamkit::server
