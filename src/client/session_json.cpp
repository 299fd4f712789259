#include "session_json.hpp"

#include <nlohmann/json.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/store/chunk_key.hpp>

namespace streamkit::client::session_json {
namespace {

using Json = nlohmann::json;

constexpr int kSpoolVersion = 1;

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

Json write_upload(const UploadTarget& target) {
  return {{"access_key_id", target.credentials.access_key_id},
          {"secret_access_key", target.credentials.secret_access_key},
          {"session_token", target.credentials.session_token},
          {"bucket", target.bucket},
          {"region", target.region},
          {"endpoint", target.endpoint},
          {"expires_at", net::format_iso8601(target.expires_at)}};
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

std::string write_spool_record(const SpoolRecord& record) {
  const SpooledSession& spooled = record.session;
  const Json json{{"version", kSpoolVersion},
                  {"server", spooled.server},
                  {"session_id", spooled.session.session_id},
                  {"playlist_url", spooled.session.playlist_url},
                  {"control_token", spooled.session.control_token},
                  {"upload", write_upload(spooled.session.upload)},
                  {"mode", to_string(spooled.mode)},
                  {"chunk_flicks", spooled.chunk_duration.count()},
                  {"note", spooled.note},
                  {"created_at", net::format_iso8601(record.created_at)}};
  // A note that is not UTF-8 must not make the session unusable.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<SpoolRecord> parse_spool_record(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) return Error{ErrorCode::CorruptData, "not a JSON object"};
  if (json->value("version", Json()) != Json(kSpoolVersion)) {
    return Error{ErrorCode::CorruptData, "of another version of this program"};
  }
  SpoolRecord record;
  SpooledSession& spooled = record.session;
  auto session = parse_created(text);
  if (!session) return session.error();
  spooled.session = *std::move(session);
  std::string mode;
  std::string created_at;
  Fields fields(*json, "");
  fields.required("server", spooled.server);
  fields.required("mode", mode);
  fields.required("created_at", created_at);
  fields.optional("note", spooled.note);
  const auto parsed_mode = parse_stereo_mode(mode);
  if (!parsed_mode) fields.fail("mode", "is not a mode");
  const auto created = net::parse_iso8601(created_at);
  if (!created) fields.fail("created_at", "is not a time");
  const auto flicks = json->find("chunk_flicks");
  if (flicks == json->end() || !flicks->is_number_integer()) {
    fields.fail("chunk_flicks", "is not a number");
  }
  if (fields.failure()) return *fields.failure();
  spooled.mode = *parsed_mode;
  spooled.chunk_duration = MediaTime{flicks->get<std::int64_t>()};
  record.created_at = *created;
  return record;
}

}  // namespace streamkit::client::session_json
