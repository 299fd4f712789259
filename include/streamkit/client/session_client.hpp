#pragma once

#include <stop_token>
#include <streamkit/client/http_client.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/net/url.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

namespace streamkit::client {

/// Where a session's chunks go, and for how long.
struct STREAMKIT_API UploadTarget {
  net::Credentials credentials;
  std::string bucket;
  std::string region;
  /// Base URL of the S3-compatible store; empty means AWS.
  std::string endpoint = {};
  WallTime expires_at = {};
};

struct STREAMKIT_API CreatedSession {
  std::string session_id;
  std::string playlist_url;
  /// Lets its holder renew the credentials and end the session. Empty when the server gave none.
  std::string control_token;
  UploadTarget upload;
};

/// URL of the page that plays the session, on servers that have the watch page. Empty when the
/// playlist URL is not of the form ".../stream/{session_id}/playlist.m3u8".
STREAMKIT_API [[nodiscard]] std::string watch_url(const CreatedSession& session);

/// Client of the server's session API.
/// Errors of all calls, with domain "http" and the status as native code: InvalidArgument (400),
/// PermissionDenied (401, 403), NotFound (404), RateLimited (429), Unavailable (5xx); CorruptData
/// when the response is not what the API promises, naming the field; those of HttpClient::send().
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API SessionClient {
 public:
  /// `base_url` is the server's, as in "http://localhost:8000". `api_key` goes as bearer token with
  /// create_session(); empty when the server asks for none. `http` must outlive the client.
  /// Errors: InvalidArgument (URL, or one with a query).
  static Result<SessionClient> create(HttpClient& http, std::string_view base_url,
                                      std::string api_key = {});

  Result<CreatedSession> create_session(StereoMode mode, MediaTime chunk_duration,
                                        std::stop_token stop);
  /// As above, with what the session chooses for its 3D view. It cannot be changed later.
  /// Errors: InvalidArgument also if a value is out of its range.
  Result<CreatedSession> create_session(StereoMode mode, const StereoChoice& stereo,
                                        MediaTime chunk_duration, std::stop_token stop);
  Result<UploadTarget> renew_credentials(std::string_view session_id,
                                         std::string_view control_token, std::stop_token stop);
  /// Idempotent.
  Result<void> end_session(std::string_view session_id, std::string_view control_token,
                           std::stop_token stop);
  /// Returns the playlist's text. The server may hold the response back until the first segment is
  /// there.
  Result<std::string> playlist(std::string_view session_id, std::stop_token stop);

 private:
  SessionClient(HttpClient& http, net::Url base, std::string api_key);
  Result<HttpResponse> call(std::string_view method, std::string_view path, std::string_view bearer,
                            std::string_view json, std::stop_token stop);

  HttpClient* http_;
  net::Url base_;
  std::string api_key_;
};

}  // namespace streamkit::client
