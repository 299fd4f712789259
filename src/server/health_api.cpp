#include "server/health_api.hpp"

#include <system_error>

#include "server/json_error.hpp"

namespace streamkit::server {
namespace {

http::Response health_response(int status, std::string json) {
  auto response = http::text_response(status, "application/json", std::move(json) + '\n');
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

constexpr const char* kRouteName = "health";
// An invalid session id, which no session has.
constexpr std::string_view kNoSession = "-";

}  // namespace

std::vector<http::Route> HealthApi::routes() {
  std::vector<http::Route> routes;
  for (const auto* path : {"/healthz", "/healthz/live", "/healthz/ready"}) {
    routes.push_back({.name = kRouteName, .pattern = path, .methods = {"GET", "HEAD"}});
    routes.back().admit = [this](const http::RequestHead& head, const http::PathParameters&) {
      return http::respond_to_head(head, [this, &head] { return respond(head.path); });
    };
  }
  routes.push_back({.name = kRouteName, .pattern = "/healthz/{rest...}"});
  routes.back().admit = [](const http::RequestHead& head, const http::PathParameters&) {
    return http::respond_to_head(head, [] { return word_error(404, "no such resource"); });
  };
  return routes;
}

http::Response HealthApi::respond(std::string_view path) {
  if (path == "/healthz/live") return health_response(200, R"({"status":"ok"})");
  auto ready_response = ready();
  // Clients of /healthz read no more than this.
  if (path == "/healthz" && ready_response.status == 200) {
    return health_response(200, R"({"status":"ok"})");
  }
  return ready_response;
}

http::Response HealthApi::ready() {
  const bool store = store_works();
  const bool disk = disk_has_room();
  const bool recovered = recovered_;
  const bool all = store && disk && recovered;
  std::string json = all ? R"({"status":"ok")" : R"({"status":"unavailable")";
  json += store ? R"(,"store":"ok")" : R"(,"store":"failing")";
  json += disk ? R"(,"disk":"ok")" : R"(,"disk":"full")";
  json += recovered ? R"(,"recovery":"done"})" : R"(,"recovery":"running"})";
  return health_response(all ? 200 : 503, std::move(json));
}

bool HealthApi::store_works() {
  const auto queue = jobs_.check();
  const auto session = sessions_.find(kNoSession);
  const bool sessions_work = session || session.error().code == ErrorCode::NotFound;
  if (queue && sessions_work) return true;
  context_.log(LogLevel::Error, "not ready: the store fails",
               {{"reason", to_string(queue ? session.error() : queue.error())}});
  return false;
}

bool HealthApi::disk_has_room() {
  if (folder_.empty()) return true;
  const auto free = free_bytes();
  if (!free || *free >= options_.min_free_bytes) return free.has_value();
  context_.log(LogLevel::Error, "not ready: the disk is full",
               {{"free_bytes", std::to_string(*free)}});
  return false;
}

std::optional<std::uint64_t> HealthApi::free_bytes() {
  if (folder_.empty()) return {};
  std::error_code failure;
  const auto space = std::filesystem::space(folder_, failure);
  if (failure) {
    context_.log(LogLevel::Error, "the free space cannot be determined",
                 {{"reason", failure.message()}});
    return {};
  }
  context_.gauge("streamkit_disk_free_bytes", static_cast<double>(space.available));
  return space.available;
}

}  // namespace streamkit::server
