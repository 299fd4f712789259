#include "server/live_stream_json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/stereo_json.hpp>

namespace streamkit::server {
namespace {

using Json = nlohmann::json;

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

// Returns the field, or null when it is missing or JSON's null.
const Json* field(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

Result<void> read_text(const Json& json, const char* name, std::string& into) {
  const Json* const value = field(json, name);
  if (value == nullptr) return {};
  if (!value->is_string()) return invalid(std::string(name) + " must be a string");
  into = value->get<std::string>();
  return {};
}

Result<void> read_record(const Json& json, live::LiveStreamRequest& request) {
  const Json* const value = field(json, "record");
  if (value == nullptr) return {};
  if (!value->is_boolean()) return invalid("record must be true or false");
  request.record = value->get<bool>();
  return {};
}

// A list of heights is the same as their text.
Result<void> read_ladder(const Json& json, live::LiveStreamRequest& request) {
  const Json* const value = field(json, "ladder");
  if (value == nullptr || !value->is_array()) return read_text(json, "ladder", request.ladder);
  for (const Json& height : *value) {
    if (!height.is_number_integer()) return invalid("ladder must be a list of whole heights");
    request.ladder += (request.ladder.empty() ? "" : ",") + height.dump();
  }
  if (request.ladder.empty()) request.ladder = "none";
  return {};
}

Result<void> read_dvr(const Json& json, live::LiveStreamRequest& request) {
  const Json* const value = field(json, "dvr_seconds");
  if (value == nullptr) return {};
  // What does not fit becomes a value that the check of the range rejects.
  constexpr std::uint64_t kTooLong = 1'000'000'000;
  if (value->is_number_unsigned()) {
    request.dvr = std::chrono::seconds(std::min(value->get<std::uint64_t>(), kTooLong));
  } else {
    request.dvr = std::chrono::seconds(-1);
  }
  return {};
}

Result<void> read_conflict(const Json& json, live::LiveStreamRequest& request) {
  const Json* const value = field(json, "on_conflict");
  if (value == nullptr) return {};
  const auto rule = value->is_string()
                        ? parse_publish_conflict(value->get_ref<const std::string&>())
                        : std::nullopt;
  if (!rule) return invalid("on_conflict must be one of replace_silent, replace, reject");
  request.on_conflict = *rule;
  return {};
}

Result<void> read_stereo(const Json& json, live::LiveStreamRequest& request) {
  const Json* const seconds = field(json, "chunk_seconds");
  const Json* const value = field(json, "stereo");
  if (value == nullptr) {
    if (seconds == nullptr) return {};
    return invalid("chunk_seconds is for streams with stereo: add it, or leave both out");
  }
  const auto stereo = net::parse_stereo_json(value->dump());
  if (!stereo) return stereo.error();
  LiveStereo chosen{.choice = stereo->choice};
  if (stereo->mode) chosen.mode = *stereo->mode;
  if (seconds != nullptr) {
    constexpr double kFarTooLong = 1e6;
    const double length = seconds->is_number() ? seconds->get<double>() : 0;
    chosen.chunk_duration = std::chrono::duration_cast<MediaTime>(
        std::chrono::milliseconds(std::llround(std::clamp(length, 0.0, kFarTooLong) * 1000)));
  }
  request.stereo = chosen;
  return {};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json time_or_null(const std::optional<WallTime>& time) {
  return time ? Json(net::format_iso8601_milliseconds(*time)) : Json(nullptr);
}

Json publish_object(const LiveStreamUrls& urls) {
  return {{"rtmp", text_or_null(urls.rtmp)}, {"srt", text_or_null(urls.srt)}};
}

Json playback_object(const LiveStreamUrls& urls) {
  return {{"hls", urls.hls}, {"dash", urls.dash}, {"watch", text_or_null(urls.watch)}};
}

Json publisher_object(const std::optional<live::PublisherInfo>& publisher) {
  if (!publisher) return nullptr;
  return {{"remote_address", publisher->remote_address},
          {"connected_at", net::format_iso8601_milliseconds(publisher->connected_at)}};
}

Json object_of(const LiveStreamView& view) {
  const LiveStream& stream = view.stream;
  const LiveStreamStatus& status = stream.status;
  Json json = {{"stream_id", stream.id},
               {"name", stream.name},
               {"state", to_string(status.state)},
               {"reason", text_or_null(status.reason)},
               {"created_at", time_or_null(stream.created_at)},
               {"started_at", time_or_null(status.started_at)},
               {"ended_at", time_or_null(status.ended_at)},
               {"deleted_at", time_or_null(stream.revoked_at)},
               {"broadcasts", status.broadcasts},
               {"ladder", text_or_null(stream.ladder)},
               {"dvr_seconds", nullptr},
               {"record", stream.record},
               {"stereo", nullptr},
               {"source", text_or_null(without_secrets(stream.source))},
               {"on_conflict", to_string(stream.on_conflict)},
               {"publisher", publisher_object(view.publisher)},
               {"publish", publish_object(view.urls)},
               {"playback", playback_object(view.urls)}};
  if (stream.dvr) json["dvr_seconds"] = stream.dvr->count();
  if (stream.stereo) {
    json["stereo"] = Json::parse(stereo_json(stream.stereo->mode, stream.stereo->choice));
    json["chunk_seconds"] = to_seconds(stream.stereo->chunk_duration);
  }
  return json;
}

// A name may come from a store that allows more than JSON does.
std::string print(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

Result<live::LiveStreamRequest> parse_create_live_stream(std::string_view text) {
  live::LiveStreamRequest request;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return request;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return invalid("the body is not JSON");
  if (!json.is_object()) return invalid("the body must be a JSON object");
  Result<void> read = read_text(json, "name", request.name);
  if (read) read = read_text(json, "source", request.source);
  if (read) read = read_ladder(json, request);
  if (read) read = read_dvr(json, request);
  if (read) read = read_record(json, request);
  if (read) read = read_conflict(json, request);
  if (read) read = read_stereo(json, request);
  if (read) read = live::check_live_stream_request(request);
  if (!read) return read.error();
  return request;
}

std::string created_json(const live::NewLiveStream& created, const LiveStreamUrls& urls) {
  return print({{"stream_id", created.stream.id},
                {"stream_key", created.key},
                {"publish", publish_object(urls)},
                {"playback", playback_object(urls)},
                {"state", to_string(created.stream.status.state)}});
}

std::string to_json(const LiveStreamView& view) { return print(object_of(view)); }

std::string to_json(const std::vector<LiveStreamView>& views, std::string_view next) {
  Json streams = Json::array();
  for (const LiveStreamView& view : views) streams.push_back(object_of(view));
  return print({{"streams", std::move(streams)}, {"next", text_or_null(std::string(next))}});
}

std::string without_secrets(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const auto authority = scheme + 3;
  const auto path = std::min(url.find('/', authority), url.size());
  const auto at = url.substr(0, path).rfind('@');
  if (at == std::string_view::npos || at < authority) return std::string(url);
  return std::string(url.substr(0, authority)).append(url.substr(at + 1));
}

}  // namespace streamkit::server
