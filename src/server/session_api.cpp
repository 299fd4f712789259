#include "server/session_api.hpp"

#include <streamkit/store/chunk_key.hpp>

#include "server/base_url.hpp"
#include "server/json_error.hpp"
#include "server/rejection.hpp"
#include "server/route_names.hpp"
#include "server/session_json.hpp"
#include "server/session_paths.hpp"

namespace streamkit::server {
namespace {

http::Response json_response(int status, std::string json) {
  auto response = http::text_response(status, "application/json", std::move(json));
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

// Each renewal leaves a row in the database until its credentials have expired. An owner renews
// once an hour.
constexpr double kRenewalWeight = 20;

// Sessions end and streams are removed within minutes, not seconds.
http::Response retry_later(http::Response response) {
  response.headers.push_back({"Retry-After", "60"});
  return response;
}

std::string_view first_part(std::string_view rest) noexcept {
  return rest.substr(0, rest.find('/'));
}

}  // namespace

std::vector<http::Route> SessionApi::routes() {
  using http::PathParameters;
  using http::RequestHead;
  const auto creates = [this](const RequestHead& head, const PathParameters&) {
    return http::respond_to_body(
        kMaxBodyBytes, [this, &head](std::string_view body) { return create(head, body); });
  };
  const auto session = [this](const RequestHead& head,
                              const PathParameters& path) -> http::AdmissionResult {
    const auto id = path["session"];
    if (head.is_read()) {
      return http::respond_to_head(head, [this, &head, id] { return status_.status(head, id); });
    }
    return http::respond_to_body(
        kMaxBodyBytes, [this, &head, id](std::string_view body) { return patch(head, id, body); });
  };
  const auto ends = [this](const RequestHead& head, const PathParameters& path) {
    return http::respond_to_head(head,
                                 [this, &head, id = path["session"]] { return end(head, id); });
  };
  const auto renews = [this](const RequestHead& head, const PathParameters& path) {
    return http::respond_to_head(head,
                                 [this, &head, id = path["session"]] { return renew(head, id); });
  };
  const auto events = [this](const RequestHead& head, const PathParameters& path) {
    return http::respond_to_head(
        head, [this, &head, id = path["session"]] { return status_.events(head, id); });
  };
  const auto unknown = [](const RequestHead& head, const PathParameters& path) {
    const bool valid = is_valid_session_id(first_part(path["rest"]));
    return http::respond_to_head(head, [valid] {
      return valid ? error_response(404, "not_found", "no such call") : invalid_session_id();
    });
  };
  const auto row = [](std::string_view name, std::string pattern, std::vector<std::string> methods,
                      auto admit) {
    http::Route route{.name = std::string(name),
                      .pattern = "/stream_sessions" + std::move(pattern),
                      .methods = std::move(methods)};
    if (route.pattern.find("{session}") != std::string::npos) route.check = check_session_id;
    route.admit = std::move(admit);
    return route;
  };
  return {row(kCreateRoute, "", {"POST", "OPTIONS"}, creates),
          row(kCreateRoute, "/", {"POST", "OPTIONS"}, creates),
          row(kControlRoute, "/{session}", {"GET", "HEAD", "PATCH", "OPTIONS"}, session),
          row(kControlRoute, "/{session}/events", {"GET", "HEAD", "OPTIONS"}, events),
          row(kControlRoute, "/{session}/end", {"POST", "PATCH", "OPTIONS"}, ends),
          row(kControlRoute, "/{session}/credentials", {"POST", "OPTIONS"}, renews),
          row(kControlRoute, "/{rest...}", {}, unknown)};
}

http::Response SessionApi::create(const http::RequestHead& request, std::string_view body) {
  if (!options_.streaming_enabled) {
    return error_response(503, "streaming_disabled", "this server accepts no new streams");
  }
  if (options_.has_room && !options_.has_room()) {
    context_.count("streamkit_sessions_limited_total", 1, {{"limit", "disk"}});
    return retry_later(error_response(503, "disk_full",
                                      "the disk of this server is almost full: try again later"));
  }
  const auto call = parse_create_session(body);
  if (!call) return error_response(400, "invalid_argument", call.error().message);
  const auto base = base_url(request, options_.public_url);
  if (!base) return error_response(400, "invalid_argument", base.error().message);
  auto created = sessions_.create({.mode = call->mode,
                                   .stereo = call->stereo,
                                   .chunk_duration = call->chunk_duration,
                                   .api_key = access_.api_key_name(request)});
  if (!created && created.error().code == ErrorCode::ResourceExhausted &&
      created.error().domain.empty()) {
    context_.count("streamkit_sessions_limited_total", 1, {{"limit", "sessions"}});
    return retry_later(error_response(429, "too_many_sessions", created.error().message));
  }
  if (!created) return failure(created.error(), {});
  const Session& session = created->session;
  return json_response(
      200, to_json(CreatedAnswer{
               .session_id = session.id,
               .playlist_url = playlist_url(*base, session.id),
               .watch_url = options_.watch_page ? *base + "/watch/" + session.id : std::string(),
               .control_token = session.control_token,
               .upload = {created->credentials, options_.bucket, options_.region, *base}}));
}

http::Response SessionApi::end(const http::RequestHead& request, std::string_view session_id) {
  const auto found = sessions_.find(session_id);
  if (!found) return failure(found.error(), session_id);
  const auto rejected = options_.end_needs_control_token
                            ? access_.check_control_token(request, *found)
                            : access_.admit_to_session(session_id);
  if (rejected) return to_response(*rejected);
  const auto session = sessions_.end(session_id);
  if (!session) return failure(session.error(), session_id);
  return {204};
}

http::Response SessionApi::patch(const http::RequestHead& request, std::string_view session_id,
                                 std::string_view body) {
  const auto change = parse_end_patch(body);
  if (!change) return error_response(400, "invalid_argument", change.error().message);
  return end(request, session_id);
}

http::Response SessionApi::renew(const http::RequestHead& request, std::string_view session_id) {
  const auto session = sessions_.find(session_id);
  if (!session) return failure(session.error(), session_id);
  if (const auto rejected = access_.check_control_token(request, *session)) {
    return to_response(*rejected);
  }
  if (const auto rejected = access_.admit_to_session(session_id, kRenewalWeight)) {
    return to_response(*rejected);
  }
  const auto base = base_url(request, options_.public_url);
  if (!base) return error_response(400, "invalid_argument", base.error().message);
  auto credentials = sessions_.renew(session_id);
  if (!credentials && credentials.error().code == ErrorCode::PermissionDenied) {
    return error_response(409, "session_ended", credentials.error().message);
  }
  if (!credentials) return failure(credentials.error(), session_id);
  return json_response(
      200, to_json(UploadGrant{*std::move(credentials), options_.bucket, options_.region, *base}));
}

http::Response SessionApi::failure(const Error& error, std::string_view session_id) const {
  if (error.code == ErrorCode::NotFound) {
    return error_response(404, "not_found", "no such session");
  }
  context_.log(LogLevel::Error, "session store failed",
               {{"session_id", std::string(session_id)}, {"reason", to_string(error)}});
  return error_response(503, "unavailable", "the session store is not available, try again");
}

}  // namespace streamkit::server
