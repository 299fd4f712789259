#include "server/session_api.hpp"

#include <streamkit/store/chunk_key.hpp>

#include "server/base_url.hpp"
#include "server/session_json.hpp"
#include "server/session_paths.hpp"

namespace streamkit::server {
namespace {

http::Response json_response(int status, std::string json) {
  auto response = http::text_response(status, "application/json", std::move(json));
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

http::Response options(std::string allowed) { return {204, {{"Allow", std::move(allowed)}}}; }

}  // namespace

http::Response SessionApi::handle(const http::Request& request, std::string_view rest) {
  if (rest.empty() || rest == "/") {
    if (request.method == "OPTIONS") return options("POST, OPTIONS");
    return request.method == "POST" ? create(request) : http::method_not_allowed("POST, OPTIONS");
  }
  rest.remove_prefix(1);
  const auto id = rest.substr(0, rest.find('/'));
  const auto action = rest.substr(id.size());
  if (!is_valid_session_id(id)) {
    return http::error_response(400, "invalid_session_id", invalid_session_id().message);
  }
  return action.empty() ? session(request, id) : act(request, id, action);
}

http::Response SessionApi::session(const http::Request& request, std::string_view session_id) {
  constexpr std::string_view kMethods = "GET, HEAD, PATCH, OPTIONS";
  if (request.method == "OPTIONS") return options(std::string(kMethods));
  if (request.is_read()) return status_.status(request, session_id);
  return request.method == "PATCH" ? patch(request, session_id)
                                   : http::method_not_allowed(kMethods);
}

http::Response SessionApi::act(const http::Request& request, std::string_view session_id,
                               std::string_view action) {
  if (action == "/events") {
    if (request.method == "OPTIONS") return options("GET, HEAD, OPTIONS");
    return request.is_read() ? status_.events(request, session_id)
                             : http::method_not_allowed("GET, HEAD, OPTIONS");
  }
  if (action != "/end" && action != "/credentials") {
    return http::error_response(404, "not_found", "no such call");
  }
  if (request.method == "OPTIONS") return options("POST, OPTIONS");
  if (request.method != "POST") return http::method_not_allowed("POST, OPTIONS");
  return action == "/end" ? end(request, session_id) : renew(request, session_id);
}

http::Response SessionApi::create(const http::Request& request) {
  if (!config_.streaming_enabled) {
    return http::error_response(503, "streaming_disabled", "this server takes no streams");
  }
  const auto call = parse_create_session(request.body);
  if (!call) return http::error_response(400, "invalid_argument", call.error().message);
  const auto base = base_url(request, config_.public_url);
  if (!base) return http::error_response(400, "invalid_argument", base.error().message);
  auto created = sessions_.create({.mode = call->mode,
                                   .chunk_duration = call->chunk_duration,
                                   .api_key = gate_.api_key_name(request)});
  if (!created) return failure(created.error(), {});
  const Session& session = created->session;
  return json_response(
      200, to_json(CreatedAnswer{
               .session_id = session.id,
               .playlist_url = playlist_url(*base, session.id),
               .watch_url = config_.watch_page ? *base + "/watch/" + session.id : std::string(),
               .control_token = session.control_token,
               .upload = {created->credentials, config_.bucket, config_.region, *base}}));
}

http::Response SessionApi::end(const http::Request& request, std::string_view session_id) {
  const auto found = sessions_.find(session_id);
  if (!found) return failure(found.error(), session_id);
  const auto refused = config_.end_needs_control_token ? gate_.check_control_token(request, *found)
                                                       : gate_.admit_to_session(session_id);
  if (refused) return to_response(*refused);
  const auto session = sessions_.end(session_id);
  if (!session) return failure(session.error(), session_id);
  return {204};
}

http::Response SessionApi::patch(const http::Request& request, std::string_view session_id) {
  const auto change = parse_end_patch(request.body);
  if (!change) return http::error_response(400, "invalid_argument", change.error().message);
  return end(request, session_id);
}

http::Response SessionApi::renew(const http::Request& request, std::string_view session_id) {
  const auto session = sessions_.find(session_id);
  if (!session) return failure(session.error(), session_id);
  if (const auto refused = gate_.check_control_token(request, *session)) {
    return to_response(*refused);
  }
  const auto base = base_url(request, config_.public_url);
  if (!base) return http::error_response(400, "invalid_argument", base.error().message);
  auto credentials = sessions_.renew(session_id);
  if (!credentials && credentials.error().code == ErrorCode::PermissionDenied) {
    return http::error_response(409, "session_ended", credentials.error().message);
  }
  if (!credentials) return failure(credentials.error(), session_id);
  return json_response(
      200, to_json(UploadGrant{*std::move(credentials), config_.bucket, config_.region, *base}));
}

http::Response SessionApi::failure(const Error& error, std::string_view session_id) const {
  if (error.code == ErrorCode::NotFound) {
    return http::error_response(404, "not_found", "no such session");
  }
  context_.log(LogLevel::Error, "session store failed",
               {{"session_id", std::string(session_id)}, {"reason", to_string(error)}});
  return http::error_response(503, "unavailable", "the session store is not available, try again");
}

}  // namespace streamkit::server
