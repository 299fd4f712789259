#include "session_json.hpp"

#include <nlohmann/json.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/store/chunk_key.hpp>

namespace streamkit::client::session_json {
namespace {

using Json = nlohmann::json;

Error corrupt(std::string_view reason) {
  return {ErrorCode::CorruptData, "the server's response: " + std::string(reason)};
}

// Reads the string fields of one object, and keeps the first failure.
class Fields {
 public:
  Fields(const Json& object, std::string prefix) : object_(object), prefix_(std::move(prefix)) {}

  void required(std::string_view name, std::string& value) {
    optional(name, value);
    if (value.empty()) fail(name, "is missing");
  }
  void optional(std::string_view name, std::string& value) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return;
    if (const auto* text = found->get_ptr<const Json::string_t*>()) {
      value = *text;
    } else {
      fail(name, "is not a string");
    }
  }
  void fail(std::string_view name, std::string_view reason) {
    if (!failure_) failure_ = corrupt(prefix_ + std::string(name) + " " + std::string(reason));
  }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  const Json& object_;
  const std::string prefix_;
  std::optional<Error> failure_;
};

Result<UploadTarget> read_upload(const Json& answer) {
  const auto upload = answer.find("upload");
  if (upload == answer.end() || !upload->is_object()) return corrupt("upload is missing");
  UploadTarget target;
  std::string expires_at;
  Fields fields(*upload, "upload.");
  fields.required("access_key_id", target.credentials.access_key_id);
  fields.required("secret_access_key", target.credentials.secret_access_key);
  fields.required("session_token", target.credentials.session_token);
  fields.required("bucket", target.bucket);
  fields.required("region", target.region);
  fields.required("expires_at", expires_at);
  fields.optional("endpoint", target.endpoint);
  const auto time = net::parse_iso8601(expires_at);
  if (!time) fields.fail("expires_at", "is not a UTC time of the form 2026-11-21T10:00:00Z");
  if (fields.failure()) return *fields.failure();
  target.expires_at = *time;
  return target;
}

Result<Json> parse_object(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return corrupt("is not a JSON object");
  return json;
}

}  // namespace

std::string create_request(StereoMode mode, const StereoChoice& stereo, MediaTime chunk_duration) {
  Json json{{"mode", to_string(mode)}, {"chunk_seconds", to_seconds(chunk_duration)}};
  if (stereo != StereoChoice{}) json["stereo"] = Json::parse(stereo_json(mode, stereo));
  return json.dump();
}

Result<CreatedSession> parse_created(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) return json.error();
  CreatedSession session;
  Fields fields(*json, "");
  fields.required("session_id", session.session_id);
  fields.required("playlist_url", session.playlist_url);
  fields.optional("control_token", session.control_token);
  if (!is_valid_session_id(session.session_id)) fields.fail("session_id", "is not valid");
  if (fields.failure()) return *fields.failure();
  auto upload = read_upload(*json);
  if (!upload) return upload.error();
  session.upload = *std::move(upload);
  return session;
}

Result<UploadTarget> parse_renewed(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) return json.error();
  return read_upload(*json);
}

std::string error_message(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) return {};
  const auto error = json->find("error");
  if (error == json->end() || !error->is_object()) return {};
  std::string message;
  Fields(*error, "").optional("message", message);
  return message;
}

}  // namespace streamkit::client::session_json
