#include "server/json_error.hpp"

#include <algorithm>
#include <array>
#include <streamkit/core/json_text.hpp>
#include <streamkit/store/chunk_key.hpp>

#include <streamkit/http/file_response.hpp>

namespace streamkit::server {
namespace {

struct CodeRow {
  int status;
  std::string_view code;
};

constexpr std::array kCodes = {
    CodeRow{404, "not_found"},       CodeRow{405, "method_not_allowed"},
    CodeRow{408, "request_timeout"}, CodeRow{413, "body_too_large"},
    CodeRow{429, "rate_limited"},    CodeRow{431, "header_too_large"},
    CodeRow{500, "internal"},        CodeRow{503, "unavailable"},
};

}  // namespace

http::Response error_response(int status, std::string_view code, std::string_view message) {
  auto response = http::text_response(status, "application/json",
                                      "{\"error\":{\"code\":" + json_string(code) +
                                          ",\"message\":" + json_string(message) + "}}\n");
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

http::Response word_error(int status, std::string_view message) {
  const auto* const row = std::find_if(kCodes.begin(), kCodes.end(),
                                       [&](const CodeRow& code) { return code.status == status; });
  return error_response(status, row != kCodes.end() ? row->code : "bad_request", message);
}

http::Response invalid_session_id() {
  return error_response(400, "invalid_session_id", streamkit::invalid_session_id().message);
}

std::optional<http::Response> check_session_id(const http::PathParameters& path) {
  if (is_valid_session_id(path["session"])) return {};
  return invalid_session_id();
}

http::Response worded_file_response(const http::RequestHead& request,
                                    std::shared_ptr<const ByteReader> file, WallTime modified,
                                    std::string content_type) {
  const auto size = std::to_string(file->size_bytes());
  auto response = http::file_response(request, std::move(file), modified, std::move(content_type));
  if (response.status == 412) {
    return error_response(412, "precondition_failed", "a condition of the request does not hold");
  }
  if (response.status != 416) return response;
  auto worded = error_response(416, "range_not_satisfiable", "the file has " + size + " bytes");
  worded.headers.insert(worded.headers.end(), response.headers.begin(), response.headers.end());
  return worded;
}

}  // namespace streamkit::server
