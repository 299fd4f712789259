#pragma once

#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

namespace streamkit::server {

/// The body of POST /stream_sessions.
struct CreateSessionCall {
  StereoMode mode = StereoMode::FullSbs;
  MediaTime chunk_duration = std::chrono::seconds(5);
};

/// An empty body means all defaults; fields that are not known are ignored.
/// Errors: InvalidArgument, naming the field.
Result<CreateSessionCall> parse_create_session(std::string_view json);

/// The body of PATCH /stream_sessions/{id}: true for `{"ended":true}`, the one change there is.
/// Errors: InvalidArgument.
Result<void> parse_end_patch(std::string_view json);

/// Where a client uploads to.
struct UploadGrant {
  ScopedCredentials credentials;
  std::string bucket;
  std::string region;
  std::string endpoint;
};

struct CreatedAnswer {
  std::string session_id;
  std::string playlist_url;
  /// Empty: not named.
  std::string watch_url;
  std::string control_token;
  UploadGrant upload;
};

[[nodiscard]] std::string to_json(const CreatedAnswer& answer);
/// `{"upload":{...}}`
[[nodiscard]] std::string to_json(const UploadGrant& upload);

}  // namespace streamkit::server
