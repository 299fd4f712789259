#include <streamkit/client/session_client.hpp>
#include <streamkit/core/text.hpp>
#include <streamkit/store/chunk_key.hpp>

#include "http_status.hpp"
#include "session_json.hpp"

namespace streamkit::client {
namespace {

Error error_of(const HttpResponse& response, std::string_view what) {
  std::string text = std::string(what) + ": status " + std::to_string(response.status);
  const std::string message = session_json::error_message(response.body);
  if (!message.empty()) text += ": " + printable(message);
  return {map_http_status(response.status), std::move(text), "http", response.status};
}

Result<std::string> session_path(std::string_view session_id, std::string_view rest) {
  if (!is_valid_session_id(session_id)) {
    return Error{ErrorCode::InvalidArgument, "session id must be 1 to 64 of A-Z a-z 0-9 _ -"};
  }
  return "/stream_sessions/" + std::string(session_id) + std::string(rest);
}

}  // namespace

std::string watch_url(const CreatedSession& session) {
  const std::string suffix = "/stream/" + session.session_id + "/playlist.m3u8";
  if (!session.playlist_url.ends_with(suffix)) return {};
  const std::size_t base = session.playlist_url.size() - suffix.size();
  return session.playlist_url.substr(0, base) + "/watch/" + session.session_id;
}

SessionClient::SessionClient(HttpClient& http, net::Url base, std::string api_key)
    : http_(&http), base_(std::move(base)), api_key_(std::move(api_key)) {}

Result<SessionClient> SessionClient::create(HttpClient& http, std::string_view base_url,
                                            std::string api_key) {
  auto base = net::parse_url(base_url);
  if (!base) return base.error().with_context("server");
  if (!base->query.empty()) {
    return Error{ErrorCode::InvalidArgument, "server: URL must not have a query"};
  }
  while (base->path.ends_with('/')) base->path.pop_back();
  return SessionClient(http, *std::move(base), std::move(api_key));
}

Result<HttpResponse> SessionClient::call(std::string_view method, std::string_view path,
                                         std::string_view bearer, std::string_view json,
                                         std::stop_token stop) {
  HttpRequest request{.method = std::string(method), .url = to_string(base_) + std::string(path)};
  if (!bearer.empty())
    request.headers.push_back({"Authorization", "Bearer " + std::string(bearer)});
  if (!json.empty()) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = bytes_of(json);
  }
  auto response = http_->send(request, stop);
  if (!response) return response;
  if (response->status >= 200 && response->status < 300) return response;
  return error_of(*response, request.method + " " + request.url);
}

Result<CreatedSession> SessionClient::create_session(StereoMode mode, MediaTime chunk_duration,
                                                     std::stop_token stop) {
  return create_session(mode, {}, chunk_duration, std::move(stop));
}

Result<CreatedSession> SessionClient::create_session(StereoMode mode, const StereoChoice& stereo,
                                                     MediaTime chunk_duration,
                                                     std::stop_token stop) {
  if (auto checked = check_stereo_choice(stereo); !checked) return checked.error();
  const std::string json = session_json::create_request(mode, stereo, chunk_duration);
  const auto response = call("POST", "/stream_sessions", api_key_, json, stop);
  if (!response) return response.error().with_context("cannot create a session");
  return session_json::parse_created(response->body);
}

Result<UploadTarget> SessionClient::renew_credentials(std::string_view session_id,
                                                      std::string_view control_token,
                                                      std::stop_token stop) {
  const auto path = session_path(session_id, "/credentials");
  if (!path) return path.error();
  const auto response = call("POST", *path, control_token, {}, stop);
  if (!response) return response.error().with_context("cannot renew the credentials");
  return session_json::parse_renewed(response->body);
}

Result<void> SessionClient::end_session(std::string_view session_id, std::string_view control_token,
                                        std::stop_token stop) {
  const auto path = session_path(session_id, "/end");
  if (!path) return path.error();
  const auto response = call("POST", *path, control_token, {}, stop);
  if (!response) return response.error().with_context("cannot end the session");
  return {};
}

Result<std::string> SessionClient::playlist(std::string_view session_id, std::stop_token stop) {
  const auto checked = session_path(session_id, "");
  if (!checked) return checked.error();
  auto response =
      call("GET", "/stream/" + std::string(session_id) + "/playlist.m3u8", {}, {}, stop);
  if (!response) return response.error().with_context("cannot get the playlist");
  return std::move(response->body);
}

}  // namespace streamkit::client
