#include "server/session_api.hpp"

#include <streamkit/core/chunk_key.hpp>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/sha256.hpp>

#include "server/random_text.hpp"
#include "server/session_json.hpp"

namespace streamkit::server {
namespace {

constexpr std::size_t kSessionIdLength = 26;
constexpr std::size_t kAccessKeyLength = 20;
constexpr std::size_t kSecretLength = 52;

Response json_response(int status, std::string json) {
  auto response = text_response(status, "application/json", std::move(json));
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Response options(std::string allowed) { return {204, {{"Allow", std::move(allowed)}}}; }

Response unauthorized(int status, std::string_view message) {
  auto response = error_response(status, status == 401 ? "unauthorized" : "forbidden", message);
  if (status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

// Empty when the request carries the session's control token.
std::optional<Response> refuse_stranger(const Request& request, const Session& session) {
  const auto token = bearer_token(request);
  if (token.empty()) {
    return unauthorized(401, "send the session's control_token as a bearer token");
  }
  if (!net::equal_in_constant_time(token, session.control_token)) {
    return unauthorized(403, "this is not the session's control_token");
  }
  return {};
}

// What a Host header may be: it ends up in the URLs of our answers.
bool is_valid_host(std::string_view host) noexcept {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
  return !host.empty() && host.size() <= 255 &&
         host.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

std::string_view bearer_token(const Request& request) noexcept {
  constexpr std::string_view kScheme = "Bearer ";
  const auto header = request.header("Authorization");
  if (!net::equal_ignoring_case(header.substr(0, kScheme.size()), kScheme)) return {};
  return header.substr(kScheme.size());
}

Response SessionApi::handle(const Request& request, std::string_view rest) {
  if (rest.empty() || rest == "/") {
    if (request.method == "OPTIONS") return options("POST, OPTIONS");
    return request.method == "POST" ? create(request) : method_not_allowed("POST, OPTIONS");
  }
  rest.remove_prefix(1);
  const auto id = rest.substr(0, rest.find('/'));
  const auto action = rest.substr(id.size());
  if (!is_valid_session_id(id)) {
    return error_response(400, "invalid_session_id",
                          "a session id is 1 to 64 of A-Z, a-z, 0-9, '_' and '-'");
  }
  if (action.empty()) {
    if (request.method == "OPTIONS") return options("PATCH, OPTIONS");
    return request.method == "PATCH" ? patch(request, id) : method_not_allowed("PATCH, OPTIONS");
  }
  if (action != "/end" && action != "/credentials") {
    return error_response(404, "not_found", "no such call");
  }
  if (request.method == "OPTIONS") return options("POST, OPTIONS");
  if (request.method != "POST") return method_not_allowed("POST, OPTIONS");
  return action == "/end" ? end(request, id) : renew(request, id);
}

Response SessionApi::create(const Request& request) {
  if (!config_.streaming_enabled) {
    return error_response(503, "streaming_disabled", "this server takes no streams");
  }
  const auto call = parse_create_session(request.body);
  if (!call) return error_response(400, "invalid_argument", call.error().message);
  const auto base = base_url(request);
  if (!base) return error_response(400, "invalid_argument", base.error().message);
  auto id = random_text(kSessionIdLength);
  if (!id) return failure(id.error(), {});
  auto control_token = random_text(kSecretLength);
  if (!control_token) return failure(control_token.error(), {});

  const Session session{.id = *std::move(id),
                        .mode = call->mode,
                        .chunk_duration = call->chunk_duration,
                        .created_at = context_.clock_or_system().system_now(),
                        .control_token = *std::move(control_token)};
  if (auto created = sessions_.create(session); !created) return failure(created.error(), {});
  auto credentials = issue_credentials(session.id);
  if (!credentials) return failure(credentials.error(), session.id);

  context_.count("streamkit_sessions_created_total");
  context_.log(LogLevel::Info, "session created",
               {{"session_id", session.id}, {"mode", std::string(to_string(session.mode))}});
  return json_response(
      200, to_json(CreatedAnswer{
               .session_id = session.id,
               .playlist_url = *base + "/stream/" + session.id + "/playlist.m3u8",
               .watch_url = config_.watch_page ? *base + "/watch/" + session.id : std::string(),
               .control_token = session.control_token,
               .upload = {*std::move(credentials), config_.bucket, config_.region, *base}}));
}

Response SessionApi::end(const Request& request, std::string_view session_id) {
  if (config_.end_needs_control_token) {
    const auto session = sessions_.find(session_id);
    if (!session) return failure(session.error(), session_id);
    if (auto refused = refuse_stranger(request, *session)) return *std::move(refused);
  }
  const auto session = sessions_.end(session_id, context_.clock_or_system().system_now());
  if (!session) return failure(session.error(), session_id);
  context_.log(LogLevel::Info, "session ended",
               {{"session_id", session->id},
                {"chunks", std::to_string(session->final_chunk_count.value_or(0))}});
  return {204};
}

Response SessionApi::patch(const Request& request, std::string_view session_id) {
  const auto change = parse_end_patch(request.body);
  if (!change) return error_response(400, "invalid_argument", change.error().message);
  return end(request, session_id);
}

Response SessionApi::renew(const Request& request, std::string_view session_id) {
  const auto session = sessions_.find(session_id);
  if (!session) return failure(session.error(), session_id);
  if (auto refused = refuse_stranger(request, *session)) return *std::move(refused);
  if (session->ended_at) {
    return error_response(409, "session_ended", "an ended session gets no new credentials");
  }
  const auto base = base_url(request);
  if (!base) return error_response(400, "invalid_argument", base.error().message);
  auto credentials = issue_credentials(session->id);
  if (!credentials) return failure(credentials.error(), session_id);
  return json_response(
      200, to_json(UploadGrant{*std::move(credentials), config_.bucket, config_.region, *base}));
}

Result<ScopedCredentials> SessionApi::issue_credentials(const std::string& session_id) {
  auto key = random_text(kAccessKeyLength);
  auto secret = random_text(kSecretLength);
  auto token = random_text(kSecretLength);
  if (!key) return key.error();
  if (!secret) return secret.error();
  if (!token) return token.error();
  const ScopedCredentials credentials{
      .access_key_id = *std::move(key),
      .secret_access_key = *std::move(secret),
      .session_token = *std::move(token),
      .session_id = session_id,
      .expires_at = context_.clock_or_system().system_now() + config_.credentials_lifetime};
  if (auto added = sessions_.add_credentials(credentials); !added) return added.error();
  return credentials;
}

Result<std::string> SessionApi::base_url(const Request& request) const {
  if (!config_.public_url.empty()) return config_.public_url;
  const auto host = request.header("Host");
  if (!is_valid_host(host)) {
    return Error{ErrorCode::InvalidArgument, "the Host header is no host name"};
  }
  return "http://" + std::string(host);
}

Response SessionApi::failure(const Error& error, std::string_view session_id) const {
  if (error.code == ErrorCode::NotFound) {
    return error_response(404, "not_found", "no such session");
  }
  context_.log(LogLevel::Error, "session store failed",
               {{"session_id", std::string(session_id)}, {"reason", to_string(error)}});
  return error_response(503, "unavailable", "the session store is not available, try again");
}

}  // namespace streamkit::server
