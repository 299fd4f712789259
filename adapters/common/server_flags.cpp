#include "common/server_flags.hpp"

#include <streamkit/net/url.hpp>

namespace streamkit::common {

std::vector<Flag> server_flags(std::string default_api_base) {
  return {
      {"api-base",
       "URL",
       "the server, as in http://localhost:8000",
       std::move(default_api_base),
       {"STREAM_CAPTURE_API_BASE"},
       {"base-url"}},
      {"api-key", "KEY", "bearer token for creating sessions", "", {"STREAM_CAPTURE_API_KEY"}},
      {"ca-file",
       "FILE",
       "PEM file of the authorities to trust for HTTPS, when not the system's",
       "",
       {"SSL_CERT_FILE"}},
  };
}

Result<std::string> read_api_base(const Arguments& arguments) {
  auto api_base = arguments.required("api-base");
  if (!api_base) return api_base;
  if (const auto url = net::parse_url(*api_base); !url) {
    return arguments.wrong("api-base", "'" + *api_base + "': " + url.error().message);
  }
  while (api_base->ends_with('/')) api_base->pop_back();
  return api_base;
}

Error with_server_hint(Error error, std::string_view api_base) {
  const bool answered = error.domain == "http";
  const auto hint = [&]() -> std::string {
    if (!answered && (error.code == ErrorCode::Unavailable || error.code == ErrorCode::Timeout)) {
      return "is a server running at " + std::string(api_base) + "? See --api-base";
    }
    if (answered && error.code == ErrorCode::PermissionDenied) {
      return "does --api-key hold a key of this server?";
    }
    if (error.code == ErrorCode::PermissionDenied) {
      return "give the certificate's authority with --ca-file";
    }
    if (answered && error.code == ErrorCode::NotFound) {
      return "is --api-base the server's base URL?";
    }
    return {};
  }();
  if (!hint.empty()) error.message += "; " + hint;
  return error;
}

}  // namespace streamkit::common
