#include "s3/cors.hpp"

#include <algorithm>
#include <array>
#include <streamkit/core/text.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>

#include "s3/error.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "PUT", "POST", "DELETE"};
constexpr std::string_view kMethodList = "GET, HEAD, PUT, POST, DELETE";
constexpr std::string_view kExposed =
    "ETag, Content-Length, Content-Range, Date, Retry-After, x-amz-request-id, "
    "x-amz-checksum-type, x-amz-checksum-crc32, x-amz-checksum-crc32c, x-amz-checksum-crc64nvme, "
    "x-amz-checksum-sha1, x-amz-checksum-sha256";
constexpr std::string_view kVary =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

bool is_header_list(std::string_view list) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (!net::is_http_token(trimmed(list.substr(0, end)))) return false;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return true;
}

}  // namespace

bool Cors::is_allowed(std::string_view origin) const {
  return !origin.empty() && allows_ && allows_(origin);
}

std::optional<http::Response> Cors::preflight(const http::RequestHead& request) const {
  const auto origin = request.header("Origin");
  const auto method = request.header("Access-Control-Request-Method");
  if (request.method != "OPTIONS" || origin.empty() || method.empty()) return {};
  const auto headers = request.header("Access-Control-Request-Headers");
  const bool known = std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
  if (!is_allowed(origin) || !known || !is_header_list(headers)) {
    return error_response(request, 403, "AccessForbidden",
                          "pages of this origin may not send this request");
  }
  http::Response response{200,
                          {{"Access-Control-Allow-Origin", std::string(origin)},
                           {"Access-Control-Allow-Methods", std::string(kMethodList)},
                           {"Access-Control-Max-Age", "3600"},
                           {"Vary", std::string(kVary)}}};
  if (!headers.empty()) {
    response.headers.push_back({"Access-Control-Allow-Headers", std::string(headers)});
  }
  add_request_id(response);
  return response;
}

void Cors::expose(const http::RequestHead& request, http::Response& response) const {
  const auto origin = request.header("Origin");
  if (!is_allowed(origin)) return;
  response.headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
  response.headers.push_back({"Access-Control-Expose-Headers", std::string(kExposed)});
  response.headers.push_back({"Vary", "Origin"});
}

}  // namespace streamkit::s3
