#pragma once

#include <streamkit/client/session_client.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <string>
#include <string_view>

// The session API's JSON. It stands alone because the JSON library takes seconds to compile.
namespace streamkit::client::session_json {

/// `{"mode":"sbs","chunk_seconds":5.0}`
[[nodiscard]] std::string create_request(StereoMode mode, MediaTime chunk_duration);
/// Errors: CorruptData, naming the field.
Result<CreatedSession> parse_created(std::string_view json);
/// `{"upload":{...}}`. Errors: CorruptData, naming the field.
Result<UploadTarget> parse_renewed(std::string_view json);
/// The message of `{"error":{"code","message"}}`; empty for anything else.
[[nodiscard]] std::string error_message(std::string_view json);

}  // namespace streamkit::client::session_json
