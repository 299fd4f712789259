#include "capture/ui_json.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/net/url.hpp>

namespace streamkit::capture_tool {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostText = 4096;
constexpr std::size_t kMostAudio = 16;
constexpr int kMostSidePx = 8192;
constexpr double kMostRate = 240;
constexpr double kMostLevel = 4;

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

std::string text_of(const Json& json) {
  // Titles of windows may be any bytes.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Reads the fields of an object once each, and keeps the first failure.
class Fields {
 public:
  explicit Fields(std::string_view body)
      : json_(Json::parse(body, nullptr, /*allow_exceptions=*/false)) {
    if (!json_.is_object()) fail("send a JSON object");
  }

  std::string text(const char* name) {
    const Json value = take(name);
    if (value.is_null()) return {};
    if (!value.is_string()) return fail(std::string(name) + " must be text"), std::string();
    auto text = value.get<std::string>();
    const bool printable = text.find_first_of(std::string_view("\0\n\r", 3)) == std::string::npos;
    if (text.size() > kMostText || !printable) fail(std::string(name) + " is not valid text");
    return text;
  }
  double number(const char* name, double least, double most, double missing = 0) {
    const Json value = take(name);
    if (value.is_null()) return missing;
    const double number = value.is_number() ? value.get<double>() : std::nan("");
    if (number >= least && number <= most) return number;
    fail(std::string(name) + " must be a number from " + short_text(least) + " to " +
         short_text(most));
    return missing;
  }
  bool boolean(const char* name) {
    const Json value = take(name);
    if (!value.is_boolean()) return fail(std::string(name) + " must be true or false"), false;
    return value.get<bool>();
  }
  std::vector<std::string> texts(const char* name, std::size_t most) {
    const Json value = take(name);
    std::vector<std::string> found;
    if (value.is_null()) return found;
    const bool valid = value.is_array() && value.size() <= most;
    if (!valid) fail(std::string(name) + " must be a list of at most " + std::to_string(most));
    for (std::size_t i = 0; valid && i < value.size(); ++i) {
      if (!value[i].is_string() || value[i].get_ref<const std::string&>().size() > kMostText) {
        fail(std::string(name) + " must be a list of texts");
        break;
      }
      found.push_back(value[i].get<std::string>());
    }
    return found;
  }
  std::string object(const char* name) {
    const Json value = take(name);
    if (value.is_null()) return {};
    if (!value.is_object()) fail(std::string(name) + " must be an object");
    return text_of(value);
  }
  void fail(std::string message) {
    if (!failure_) failure_ = invalid(std::move(message));
  }
  /// The first failure. What nobody has read is unknown.
  std::optional<Error> finish() {
    if (!failure_ && !json_.empty()) fail("unknown field '" + json_.begin().key() + "'");
    return failure_;
  }

 private:
  static std::string short_text(double number) { return text_of(Json(number)); }
  Json take(const char* name) {
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(name);
    if (found == json_.end()) return nullptr;
    Json value = std::move(*found);
    json_.erase(found);
    return value;
  }

  Json json_;
  std::optional<Error> failure_;
};

bool is_file_name(const std::string& name) {
  return name.size() <= 128 && name.front() != '.' && name.find('/') == std::string::npos;
}

std::string checked_side(Fields& fields, const char* name, int& side_px) {
  const double number = fields.number(name, 0, kMostSidePx);
  side_px = static_cast<int>(number);
  const bool valid = side_px == 0 || (number == side_px && side_px >= 16);
  return valid ? "" : std::string(name) + " must be a whole number of at least 16";
}

void check_start(Fields& fields, const CaptureRequest& request) {
  if (request.source.empty()) fields.fail("choose a source");
  if (!request.server.empty() && !net::parse_url(request.server)) {
    fields.fail("the server's address must be a URL such as http://localhost:8000");
  }
  if (request.chunk_seconds != 0 && request.chunk_seconds < 0.5) {
    fields.fail("chunk_seconds must be at least 0.5");
  }
  if (!request.recording.empty() && !is_file_name(request.recording)) {
    fields.fail("the recording needs a plain file name, without a folder");
  }
  if ((request.width_px == 0) != (request.height_px == 0)) {
    fields.fail("width and height belong together");
  }
}

Json to_json(const CaptureRequest& request) {
  const Json stereo = Json::parse(request.stereo_json, nullptr, /*allow_exceptions=*/false);
  return {{"source", request.source},         {"audio", request.audio},
          {"width", request.width_px},        {"height", request.height_px},
          {"fps", request.frames_per_second}, {"chunk_seconds", request.chunk_seconds},
          {"encoder", request.encoder},       {"codec", request.codec},
          {"server", request.server},         {"stereo", stereo.is_object() ? stereo : Json()}};
}

}  // namespace

Result<CaptureRequest> parse_start(std::string_view body) {
  Fields fields(body);
  CaptureRequest request;
  request.source = fields.text("source");
  request.audio = fields.texts("audio", kMostAudio);
  for (const auto& reason : {checked_side(fields, "width", request.width_px),
                             checked_side(fields, "height", request.height_px)}) {
    if (!reason.empty()) fields.fail(reason);
  }
  request.frames_per_second = static_cast<int>(fields.number("fps", 0, kMostRate));
  request.chunk_seconds = fields.number("chunk_seconds", 0, 60);
  request.encoder = fields.text("encoder");
  request.codec = fields.text("codec");
  request.stereo_json = fields.object("stereo");
  request.server = fields.text("server");
  request.recording = fields.text("recording");
  check_start(fields, request);
  if (auto failure = fields.finish()) return *failure;
  return request;
}

Result<AudioSetting> parse_audio_setting(std::string_view body) {
  Fields fields(body);
  AudioSetting setting;
  setting.id = fields.text("id");
  setting.level = fields.number("level", 0, kMostLevel, 1);
  setting.muted = fields.boolean("muted");
  if (auto failure = fields.finish()) return *failure;
  return setting;
}

Result<bool> parse_paused(std::string_view body) {
  Fields fields(body);
  const bool paused = fields.boolean("paused");
  if (auto failure = fields.finish()) return *failure;
  return paused;
}

std::string_view to_string(CaptureState state) noexcept {
  constexpr std::array<std::string_view, 7> kNames = {"idle",    "starting", "streaming", "paused",
                                                      "stopped", "ended",    "failed"};
  const auto index = static_cast<std::size_t>(state);
  return index < kNames.size() ? kNames[index] : "failed";
}

std::string status_json(const CaptureStatus& status) {
  Json audio = Json::array();
  for (const auto& meter : status.audio) {
    audio.push_back({{"id", meter.id},
                     {"name", meter.name},
                     {"peak", meter.peak},
                     {"level", meter.level},
                     {"muted", meter.muted},
                     {"silent", meter.silent}});
  }
  Json problems = Json::array();
  for (const auto& problem : status.problems) {
    problems.push_back({{"code", problem.code}, {"message", problem.message}});
  }
  return text_of({{"state", to_string(status.state)},
                  {"session_id", status.session_id},
                  {"playlist_url", status.playlist_url},
                  {"watch_url", status.watch_url},
                  {"encoder", status.encoder},
                  {"chunks_cut", status.chunks_cut},
                  {"chunks_stored", status.chunks_stored},
                  {"chunk_progress", status.chunk_progress},
                  {"upload_lag_seconds", status.upload_lag_seconds},
                  {"captured_seconds", status.captured_seconds},
                  {"fps", status.frames_per_second},
                  {"dropped_frames", status.dropped_frames},
                  {"bits_per_second", status.bits_per_second},
                  {"recording", status.recording},
                  {"audio", std::move(audio)},
                  {"problems", std::move(problems)}});
}

std::string sources_json(std::span<const SourceInfo> sources) {
  Json list = Json::array();
  for (const auto& source : sources) {
    list.push_back({{"id", source.id},
                    {"kind", streamkit::to_string(source.kind)},
                    {"name", source.name},
                    {"application", source.application},
                    {"width", source.width_px},
                    {"height", source.height_px},
                    {"default", source.is_default}});
  }
  return text_of({{"sources", std::move(list)}});
}

std::string encoders_json(std::span<const EncoderChoice> encoders) {
  Json list = Json::array();
  for (const auto& encoder : encoders) {
    list.push_back({{"name", encoder.name}, {"summary", encoder.summary}});
  }
  return text_of({{"encoders", std::move(list)}});
}

std::string choices_json(const ControlPageOptions& options, const CaptureRequest& current) {
  Json modes = Json::array();
  for (const auto& mode : stereo_modes()) {
    modes.push_back({{"name", mode.name}, {"summary", mode.summary}});
  }
  return text_of({{"modes", std::move(modes)},
                  {"current", to_json(current)},
                  {"defaults", to_json(options.defaults)},
                  {"recordings_dir", options.recordings_dir.string()}});
}

}  // namespace streamkit::capture_tool
