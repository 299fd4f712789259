#pragma once

#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

namespace streamkit::server {

/// The body of POST /stream_sessions.
struct CreateSessionCall {
  StereoMode mode = StereoMode::FullSbs;
  StereoChoice stereo = {};
  MediaTime chunk_duration = std::chrono::seconds(5);
};

/// Parses the body. An empty body means all defaults; unknown fields are ignored, but not
/// those of the object `stereo`.
/// Errors: InvalidArgument, naming the field.
Result<CreateSessionCall> parse_create_session(std::string_view json);

/// Parses the body of PATCH /stream_sessions/{id}. The only valid change is `{"ended":true}`;
/// a session keeps its mode and its stereo object.
/// Errors: InvalidArgument.
Result<void> parse_end_patch(std::string_view json);

/// The destination of a client's uploads.
struct UploadGrant {
  ScopedCredentials credentials;
  std::string bucket;
  std::string region;
  std::string endpoint;
};

struct CreatedAnswer {
  std::string session_id;
  std::string playlist_url;
  /// Empty: not part of the response.
  std::string watch_url;
  std::string control_token;
  UploadGrant upload;
};

[[nodiscard]] std::string to_json(const CreatedAnswer& answer);
/// Returns `{"upload":{...}}`.
[[nodiscard]] std::string to_json(const UploadGrant& upload);

}  // namespace streamkit::server
