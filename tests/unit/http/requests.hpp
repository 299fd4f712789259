#pragma once

#include <algorithm>
#include <streamkit/core/text.hpp>
#include <string>
#include <string_view>

#include <streamkit/http/handler.hpp>

namespace streamkit::http {

struct WholeRequest : RequestHead {
  std::string body;
};

/// "GET", "/path?query": as a client of 127.0.0.1:8000 sends it.
inline WholeRequest make_request(std::string method, std::string_view target, std::string body = {},
                                 net::HttpHeaders headers = {}) {
  WholeRequest request;
  request.method = std::move(method);
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  request.headers = std::move(headers);
  request.headers.push_back({"Host", "127.0.0.1:8000"});
  request.has_body = !body.empty();
  request.body = std::move(body);
  request.received_at = std::chrono::steady_clock::now();
  return request;
}

/// Does with a request as a Server does, its body in parts of `part_bytes`. AskAgain is returned.
inline Reply send(Handler& handler, const WholeRequest& request, std::size_t part_bytes = 4) {
  auto admitted = handler.admit(request);
  if (auto* response = std::get_if<Response>(&admitted)) return std::move(*response);
  auto& admission = std::get<Admission>(admitted);
  if (request.body.size() > admission.max_body_bytes) return handler.error(request, 413, "");
  const auto body = bytes_of(request.body);
  for (std::size_t at = 0; at < body.size(); at += part_bytes) {
    const auto part = body.subspan(at, std::min(part_bytes, body.size() - at));
    if (auto response = admission.exchange->on_body(part)) return *std::move(response);
  }
  return admission.exchange->respond();
}

inline std::string body_of(const Response& response) {
  const auto& text = std::get<SharedText>(response.body);
  return text ? *text : std::string();
}

/// Empty when there is none.
inline std::string header_of(const Response& response, std::string_view name) {
  return std::string(net::find_header(response.headers, name).value_or(""));
}

/// The error code of a JSON response.
inline std::string error_code_of(const Response& response) {
  const std::string body = body_of(response);
  constexpr std::string_view kStart = "{\"error\":{\"code\":\"";
  if (!body.starts_with(kStart)) return {};
  return body.substr(kStart.size(), body.find('"', kStart.size()) - kStart.size());
}

}  // namespace streamkit::http
