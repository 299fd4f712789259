#include "server/session_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/stereo_json.hpp>

namespace streamkit::server {
namespace {

using Json = nlohmann::json;

constexpr double kMinChunkSeconds = 0.5;
constexpr double kMaxChunkSeconds = 60;

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

Result<Json> parse_object(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return invalid("the body is not JSON");
  if (!json.is_object()) return invalid("the body must be a JSON object");
  return json;
}

// Reads the mode, which can be given at the top or in the object `stereo`, and that object.
Result<void> read_stereo(const Json& json, CreateSessionCall& call) {
  const auto mode = json.find("mode");
  if (mode != json.end()) {
    const auto parsed =
        mode->is_string() ? parse_stereo_mode(mode->get_ref<const std::string&>()) : std::nullopt;
    if (!parsed) return invalid("mode must be one of " + std::string(stereo_mode_names()));
    call.mode = *parsed;
  }
  const auto stereo = json.find("stereo");
  if (stereo == json.end()) return {};
  const auto request = net::parse_stereo_json(stereo->dump());
  if (!request) return request.error();
  call.stereo = request->choice;
  if (!request->mode) return {};
  if (mode != json.end() && call.mode != *request->mode) {
    return invalid("mode and stereo.mode differ: give one of them, or the same twice");
  }
  call.mode = *request->mode;
  return {};
}

Json upload_object(const UploadGrant& upload) {
  return {{"access_key_id", upload.credentials.access_key_id},
          {"secret_access_key", upload.credentials.secret_access_key},
          {"session_token", upload.credentials.session_token},
          {"bucket", upload.bucket},
          {"region", upload.region},
          {"expires_at", net::format_iso8601(upload.credentials.expires_at)},
          {"endpoint", upload.endpoint}};
}

}  // namespace

Result<CreateSessionCall> parse_create_session(std::string_view text) {
  CreateSessionCall call;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return call;
  const auto json = parse_object(text);
  if (!json) return json.error();

  if (auto read = read_stereo(*json, call); !read) return read.error();
  if (const auto seconds = json->find("chunk_seconds"); seconds != json->end()) {
    const double value = seconds->is_number() ? seconds->get<double>() : 0;
    if (!(value >= kMinChunkSeconds && value <= kMaxChunkSeconds)) {
      return invalid("chunk_seconds must be a number from 0.5 to 60");
    }
    call.chunk_duration = std::chrono::duration_cast<MediaTime>(
        std::chrono::milliseconds(std::llround(value * 1000)));
  }
  return call;
}

Result<void> parse_end_patch(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) return json.error();
  if (json->contains("stereo") || json->contains("mode")) {
    return invalid("mode and stereo cannot be changed: create another session");
  }
  const auto ended = json->find("ended");
  if (ended == json->end() || !ended->is_boolean() || !ended->get<bool>()) {
    return invalid("the only valid change is {\"ended\":true}");
  }
  return {};
}

std::string to_json(const CreatedAnswer& answer) {
  Json json = {{"session_id", answer.session_id},
               {"playlist_url", answer.playlist_url},
               {"control_token", answer.control_token},
               {"upload", upload_object(answer.upload)}};
  if (!answer.watch_url.empty()) json["watch_url"] = answer.watch_url;
  return json.dump() + '\n';
}

std::string to_json(const UploadGrant& upload) {
  return Json{{"upload", upload_object(upload)}}.dump() + '\n';
}

}  // namespace streamkit::server
