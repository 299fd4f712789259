#include "server/router.hpp"

#include <array>

namespace streamkit::server {
namespace {

struct RefusalCodes {
  int status;
  std::string_view api;
  int s3_status;
  std::string_view s3;
};

constexpr std::array kRefusals = {
    RefusalCodes{413, "body_too_large", 400, "EntityTooLarge"},
    RefusalCodes{431, "header_too_large", 400, "RequestHeaderSectionTooLarge"},
    RefusalCodes{500, "internal", 500, "InternalError"},
    RefusalCodes{503, "unavailable", 503, "ServiceUnavailable"},
};
constexpr RefusalCodes kBadRequest{400, "bad_request", 400, "InvalidRequest"};

RefusalCodes refusal_codes(int status) noexcept {
  for (const auto& row : kRefusals) {
    if (row.status == status) return row;
  }
  return kBadRequest;
}

bool is_read(const Request& request) noexcept {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

std::variant<Admission, Response> Router::admit(const Request& head) {
  if (parts_.s3.is_s3(head)) return parts_.s3.admit(head);
  return Admission{.body_limit_bytes = SessionApi::kMaxBodyBytes};
}

Response Router::refuse(const Request& head, int status, std::string_view message) const {
  const auto codes = refusal_codes(status);
  if (parts_.s3.is_s3(head)) return s3_error(head, codes.s3_status, codes.s3, message);
  return error_response(status, codes.api, message);
}

Reply Router::handle(const Request& request) {
  if (parts_.s3.is_s3(request)) return parts_.s3.handle(request);
  const std::string_view path = request.path;
  const auto slash = path.find('/', 1);
  const auto first = path.substr(0, slash);
  const auto rest = slash == std::string_view::npos ? "" : path.substr(slash);
  if (first == "/stream_sessions") return parts_.sessions.handle(request, rest);
  if (first == "/stream") return parts_.streams.handle(request, rest);
  if (first == "/watch") return watch(request, rest);
  if (path == "/healthz") return is_read(request) ? health() : method_not_allowed("GET, HEAD");
  if (path == "/metrics") return is_read(request) ? metrics() : method_not_allowed("GET, HEAD");
  return error_response(404, "not_found", "no such resource");
}

Response Router::health() {
  if (const auto depth = parts_.jobs.depth(); !depth) {
    context_.log(LogLevel::Error, "not ready", {{"reason", to_string(depth.error())}});
    return error_response(503, "unavailable", "the store is not available");
  }
  auto response = text_response(200, "application/json", "{\"status\":\"ok\"}\n");
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Response Router::metrics() {
  if (parts_.metrics == nullptr) return error_response(404, "not_found", "no metrics are kept");
  if (const auto depth = parts_.jobs.depth()) {
    context_.gauge("streamkit_queue_waiting", static_cast<double>(depth->waiting));
    context_.gauge("streamkit_queue_in_flight", static_cast<double>(depth->in_flight));
    context_.gauge("streamkit_queue_dead", static_cast<double>(depth->dead));
  }
  auto response =
      text_response(200, "text/plain; version=0.0.4; charset=utf-8", parts_.metrics->render());
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Response Router::watch(const Request& request, std::string_view rest) {
  if (parts_.watch_page == nullptr) {
    return error_response(404, "not_found", "this server was started without the watch page");
  }
  return parts_.watch_page->handle(request, rest);
}

}  // namespace streamkit::server
