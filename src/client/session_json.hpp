#pragma once

#include <optional>
#include <streamkit/client/chunk_spool.hpp>
#include <streamkit/client/session_client.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <string>
#include <string_view>

// The JSON of the session API. It has a file of its own because the JSON library takes seconds to
// compile.
namespace streamkit::client::session_json {

/// Returns `{"mode":"sbs","chunk_seconds":5.0}`, and the object `stereo` if anything is chosen.
[[nodiscard]] std::string create_request(StereoMode mode, const StereoChoice& stereo,
                                         MediaTime chunk_duration);
/// Parses the response to the creation of a session. Errors: CorruptData, naming the field.
Result<CreatedSession> parse_created(std::string_view json);
/// Parses `{"upload":{...}}`. Errors: CorruptData, naming the field.
Result<UploadTarget> parse_renewed(std::string_view json);
/// Returns the message of `{"error":{"code","message"}}`; empty for any other text.
[[nodiscard]] std::string error_message(std::string_view json);

/// What a spool's file about its session holds.
struct SpoolRecord {
  SpooledSession session;
  WallTime created_at = {};
};
/// Returns the text of that file.
[[nodiscard]] std::string write_spool_record(const SpoolRecord& record);
/// The inverse. Errors: CorruptData, naming the field.
Result<SpoolRecord> parse_spool_record(std::string_view json);

}  // namespace streamkit::client::session_json
