#pragma once

#include <string>
#include <string_view>

#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// "GET", "/path?query": as a client of 127.0.0.1:8000 sends it.
inline Request make_request(std::string method, std::string_view target, std::string body = {},
                            net::HttpHeaders headers = {}) {
  Request request;
  request.method = std::move(method);
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  request.headers = std::move(headers);
  request.headers.push_back({"Host", "127.0.0.1:8000"});
  request.body = std::move(body);
  request.received_at = std::chrono::steady_clock::now();
  return request;
}

inline std::string body_of(const Response& response) {
  const auto& text = std::get<SharedText>(response.body);
  return text ? *text : std::string();
}

/// Empty when there is none.
inline std::string header_of(const Response& response, std::string_view name) {
  return std::string(net::find_header(response.headers, name).value_or(""));
}

/// The error code that a JSON answer names.
inline std::string error_code_of(const Response& response) {
  const std::string body = body_of(response);
  constexpr std::string_view kStart = "{\"error\":{\"code\":\"";
  if (!body.starts_with(kStart)) return {};
  return body.substr(kStart.size(), body.find('"', kStart.size()) - kStart.size());
}

}  // namespace streamkit::http
