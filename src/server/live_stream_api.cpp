#include "server/live_stream_api.hpp"

#include <charconv>
#include <streamkit/core/text.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/url.hpp>
#include <streamkit/store/chunk_key.hpp>

#include "server/base_url.hpp"
#include "server/json_error.hpp"
#include "server/rejection.hpp"
#include "server/route_names.hpp"

namespace streamkit::server {
namespace {

constexpr std::size_t kDefaultPage = 100;
constexpr std::size_t kLargestPage = 1000;

http::Response json_response(std::string json) {
  auto response = http::text_response(200, "application/json", std::move(json));
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

http::Response invalid_argument(std::string_view message) {
  return error_response(400, "invalid_argument", message);
}

http::Response retry_later(http::Response response) {
  response.headers.push_back({"Retry-After", "60"});
  return response;
}

std::optional<http::Response> check_stream_id(const http::PathParameters& path) {
  if (is_valid_session_id(path["stream_id"])) return {};
  return error_response(400, "invalid_stream_id",
                        "a stream id is 1 to 64 of A-Z, a-z, 0-9, '_' and '-'");
}

// Returns nothing for text that is not a number of this range.
std::optional<std::size_t> page_limit(const http::RequestHead& request) {
  const auto text = request.query_value("limit");
  if (!text) return kDefaultPage;
  std::size_t limit = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), limit);
  const bool whole = read.ec == std::errc() && read.ptr == text->data() + text->size();
  if (!whole || limit < 1 || limit > kLargestPage) return {};
  return limit;
}

// The host of a URL that begins with `base`, an IPv6 address in brackets.
std::string host_of(const std::string& base) {
  const auto url = net::parse_url(base);
  if (!url) return {};
  return url->host.find(':') == std::string::npos ? url->host : "[" + url->host + "]";
}

}  // namespace

std::vector<http::Route> LiveStreamApi::routes() {
  using http::PathParameters;
  using http::RequestHead;
  const auto off = [] {
    return error_response(503, "live_streams_off", "live streams are off on this server");
  };
  const auto all = [this, off](const RequestHead& head,
                               const PathParameters&) -> http::AdmissionResult {
    if (streams_ == nullptr) return off();
    if (head.is_read()) return http::respond_to_head(head, [this, &head] { return list(head); });
    return http::respond_to_body(
        kMaxBodyBytes, [this, &head](std::string_view body) { return create(head, body); });
  };
  const auto one = [this, off](const RequestHead& head,
                               const PathParameters& path) -> http::AdmissionResult {
    if (streams_ == nullptr) return off();
    return http::respond_to_head(head, [this, &head, id = path["stream_id"]] {
      return head.is_read() ? status(head, id) : remove(head, id);
    });
  };
  const std::string name(kLiveStreamsRoute);
  return {{.name = name,
           .pattern = "/streams",
           .methods = {"POST", "GET", "HEAD", "OPTIONS"},
           .admit = all},
          {.name = name,
           .pattern = "/streams/{stream_id}",
           .methods = {"GET", "HEAD", "DELETE", "OPTIONS"},
           .check = check_stream_id,
           .admit = one},
          {.name = "time",
           .pattern = "/time",
           .methods = {"GET", "HEAD", "OPTIONS"},
           .rate_weight = kViewingWeight,
           .cors = true,
           .admit = [this](const RequestHead& head, const PathParameters&) {
             return http::respond_to_head(head, [this] { return time(); });
           }}};
}

http::Response LiveStreamApi::create(const http::RequestHead& request, std::string_view body) {
  auto read = read_request(request, body);
  if (auto* rejected = std::get_if<http::Response>(&read)) return std::move(*rejected);
  const auto base = base_url(request, options_.public_url);
  if (!base) return invalid_argument(base.error().message);
  const auto created = streams_->create(std::get<live::LiveStreamRequest>(read));
  if (!created && created.error().code == ErrorCode::ResourceExhausted &&
      created.error().domain.empty()) {
    return retry_later(error_response(429, "too_many_streams", created.error().message));
  }
  if (!created) return failure(created.error(), {});
  return json_response(created_json(*created, urls_of(*base, created->stream.id, created->key)));
}

std::variant<live::LiveStreamRequest, http::Response> LiveStreamApi::read_request(
    const http::RequestHead& request, std::string_view body) {
  if (!options_.streaming_enabled) {
    return error_response(503, "streaming_disabled", "this server accepts no new streams");
  }
  if (options_.has_room && !options_.has_room()) {
    return retry_later(error_response(503, "disk_full",
                                      "the disk of this server is almost full: try again later"));
  }
  auto call = parse_create_live_stream(body);
  if (!call) return invalid_argument(call.error().message);
  if (auto rejected = check_passthrough(*call)) return *std::move(rejected);
  if (auto rejected = check_source(call->source)) return *std::move(rejected);
  call->api_key = access_.api_key_name(request);
  return *std::move(call);
}

// Choices that would have no effect.
std::optional<http::Response> LiveStreamApi::check_passthrough(
    const live::LiveStreamRequest& call) const {
  if (!options_.passthrough_only) return {};
  if (!call.ladder.empty() && call.ladder != "none") {
    return invalid_argument("ladder must be left out or empty: this server does not encode");
  }
  if (call.stereo) return invalid_argument("stereo is not supported for live streams yet");
  if (!call.source.empty()) return invalid_argument("source is not supported yet: push the stream");
  return {};
}

// The server opens the URL with its own rights and from its own network.
std::optional<http::Response> LiveStreamApi::check_source(const std::string& source) const {
  if (source.empty() || options_.sources == LiveSources::All) return {};
  if (options_.sources == LiveSources::None) {
    return error_response(403, "forbidden",
                          "source is not allowed on a server that is open to everybody");
  }
  if (!starts_with_ignoring_case(source, "file:")) return {};
  return error_response(403, "forbidden",
                        "source must not be a file on a server that others can reach");
}

http::Response LiveStreamApi::list(const http::RequestHead& request) {
  if (options_.needs_owner) {
    if (const auto rejected = access_.check_api_key(request)) return to_response(*rejected);
  }
  const auto limit = page_limit(request);
  if (!limit) return invalid_argument("limit must be a whole number from 1 to 1000");
  const auto after = request.query_value("after").value_or("");
  if (!after.empty() && !is_valid_session_id(after)) {
    return invalid_argument("after must be a stream id");
  }
  const auto base = base_url(request, options_.public_url);
  if (!base) return invalid_argument(base.error().message);
  auto streams = streams_->list(after, *limit);
  if (!streams) return failure(streams.error(), {});
  std::vector<LiveStreamView> views;
  for (LiveStream& stream : *streams) views.push_back(view_of(*base, std::move(stream)));
  const bool whole = views.size() < *limit;
  return json_response(to_json(views, whole ? std::string_view() : views.back().stream.id));
}

http::Response LiveStreamApi::status(const http::RequestHead& request, std::string_view id) {
  auto found = find_own(request, id);
  if (auto* rejected = std::get_if<http::Response>(&found)) return std::move(*rejected);
  const auto base = base_url(request, options_.public_url);
  if (!base) return invalid_argument(base.error().message);
  return json_response(to_json(view_of(*base, std::get<LiveStream>(std::move(found)))));
}

http::Response LiveStreamApi::remove(const http::RequestHead& request, std::string_view id) {
  auto found = find_own(request, id);
  if (auto* rejected = std::get_if<http::Response>(&found)) return std::move(*rejected);
  if (const auto revoked = streams_->revoke(id); !revoked) return failure(revoked.error(), id);
  return {204};
}

std::variant<LiveStream, http::Response> LiveStreamApi::find_own(const http::RequestHead& request,
                                                                 std::string_view id) {
  auto stream = streams_->find(id);
  if (!stream) return failure(stream.error(), id);
  const auto rejected = options_.needs_owner
                            ? access_.check_stream_owner(request, stream->key_sha256)
                            : access_.admit_to_session(id);
  if (rejected) return to_response(*rejected);
  return *std::move(stream);
}

// Source: ISO/IEC 23009-1 5.8.4.11, "urn:mpeg:dash:utc:http-iso:2014": the body is an xs:dateTime.
http::Response LiveStreamApi::time() const {
  const auto now = context_.clock_or_system().system_now();
  auto response =
      http::text_response(200, "text/plain; charset=utf-8", net::format_iso8601_milliseconds(now));
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

// With the key, a publish URL can be used as it is; without it, it is what encoders call the
// server.
LiveStreamUrls LiveStreamApi::urls_of(const std::string& base, const std::string& id,
                                      std::string_view key) const {
  LiveStreamUrls urls{.hls = base + "/hls/" + id + "/index.m3u8",
                      .dash = base + "/dash/" + id + "/manifest.mpd"};
  if (options_.watch_page) urls.watch = base + "/watch/" + id;
  const std::string host = host_of(base);
  if (host.empty()) return urls;
  const auto [rtmp, rtmps, srt] = options_.ports ? options_.ports() : LiveIngestPorts{};
  if (rtmp != 0 || rtmps != 0) {
    urls.rtmp = rtmp != 0 ? "rtmp://" + host + ":" + std::to_string(rtmp)
                          : "rtmps://" + host + ":" + std::to_string(rtmps);
    urls.rtmp += "/live";
    if (!key.empty()) urls.rtmp.append("/").append(key);
  }
  if (srt != 0) {
    urls.srt = "srt://" + host + ":" + std::to_string(srt);
    if (!key.empty()) urls.srt.append("?streamid=%23!::r=live/").append(key).append(",m=publish");
  }
  return urls;
}

LiveStreamView LiveStreamApi::view_of(const std::string& base, LiveStream stream) const {
  auto urls = urls_of(base, stream.id, {});
  auto publisher = streams_->publisher_of(stream.id);
  return {std::move(stream), std::move(urls), std::move(publisher)};
}

http::Response LiveStreamApi::failure(const Error& error, std::string_view id) const {
  if (error.code == ErrorCode::NotFound) {
    return error_response(404, "not_found", "no such live stream");
  }
  context_.log(LogLevel::Error, "live stream store failed",
               {{"stream_id", std::string(id)}, {"reason", to_string(error)}});
  return error_response(503, "unavailable", "the stream store is not available, try again");
}

}  // namespace streamkit::server
