#include "server/stream_api.hpp"

#include <algorithm>
#include <streamkit/hls/playlist_builder.hpp>
#include <streamkit/store/chunk_key.hpp>

#include <streamkit/http/conditional_request.hpp>
#include <streamkit/http/file_response.hpp>
#include <streamkit/http/gzip.hpp>

namespace streamkit::server {
namespace {

constexpr std::string_view kPlaylistName = "playlist.m3u8";
constexpr std::string_view kEventsName = "events";
// A player asks again after one target duration, or half of one; who has not for this many is gone.
constexpr int kViewerWindow = 3;
// How many times as long as a live one a complete playlist may be kept by caches.
constexpr int kCompletePlaylistFactor = 60;
// Below this a compressed answer saves no packet.
constexpr std::size_t kLeastGzipBytes = 512;

http::Response preflight() {
  return {204,
          {{"Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"},
           {"Access-Control-Allow-Headers", "Range, If-Range, If-None-Match"},
           {"Access-Control-Max-Age", "86400"}}};
}

http::Response not_found() {
  return http::error_response(404, "not_found", "no such stream or segment");
}

// A complete playlist never changes, but its session may be removed.
std::string caching(std::chrono::seconds max_age) {
  return max_age.count() == 0 ? "no-store" : "public, max-age=" + std::to_string(max_age.count());
}

}  // namespace

void allow_any_origin(http::Response& response) {
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  response.headers.push_back(
      {"Access-Control-Expose-Headers", "Content-Length, Content-Range, Date, ETag, Retry-After"});
}

StreamApi::StreamApi(Parts parts, StreamApiConfig config, Context context)
    : parts_(parts),
      config_(config),
      context_(context),
      live_caching_(caching(config.playlist_max_age)),
      complete_caching_(caching(config.playlist_max_age * kCompletePlaylistFactor)) {}

http::Reply StreamApi::handle(const http::Request& request, std::string_view rest) {
  http::Reply reply = dispatch(request, rest);
  if (auto* response = std::get_if<http::Response>(&reply)) allow_any_origin(*response);
  return reply;
}

http::Reply StreamApi::dispatch(const http::Request& request, std::string_view rest) {
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const auto id = rest.substr(0, rest.find('/'));
  if (!is_valid_session_id(id)) {
    return http::error_response(400, "invalid_session_id",
                                "a session id is 1 to 64 of A-Z, a-z, 0-9, '_' and '-'");
  }
  if (id.size() == rest.size()) return not_found();
  const auto name = rest.substr(id.size() + 1);
  const auto index = parse_segment_file_name(name);
  if (name != kPlaylistName && name != kEventsName && !index) return not_found();
  if (request.method == "OPTIONS") return preflight();
  if (!request.is_read()) {
    return http::method_not_allowed("GET, HEAD, OPTIONS");
  }
  if (index) return segment(request, id, *index);
  if (name == kEventsName) return parts_.status.public_events(id);
  return playlist(request, id);
}

http::Reply StreamApi::playlist(const http::Request& request, std::string_view session_id) {
  const auto found = parts_.playlists.find(session_id);
  if (!found) {
    if (found.error().code == ErrorCode::NotFound) return not_found();
    context_.log(LogLevel::Error, "session store failed",
                 {{"session_id", std::string(session_id)}, {"reason", to_string(found.error())}});
    return http::error_response(503, "unavailable", "the playlist is not available, try again");
  }
  const auto& snapshot = **found;
  const auto waited = std::chrono::steady_clock::now() - request.received_at;
  const bool ready = snapshot.complete() || snapshot.segments() >= config_.start_segments;
  if (!ready && waited < config_.hold && !request.has_query("nowait")) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(config_.hold - waited);
    return http::AskAgain{std::min(left, config_.poll_interval), session_topic(session_id)};
  }
  context_.count("streamkit_playlist_requests_total");
  count_viewer(request, snapshot);
  return playlist_response(request, snapshot);
}

void StreamApi::count_viewer(const http::Request& request, const live::PlaylistSnapshot& snapshot) {
  const auto& session = snapshot.session();
  const auto window = kViewerWindow * hls::target_duration_for(session.chunk_duration);
  parts_.viewers.saw(session.id, parts_.gate.client_of(request).key, request.header("User-Agent"),
                     window);
}

http::Response StreamApi::playlist_response(const http::Request& request,
                                            const live::PlaylistSnapshot& snapshot) const {
  const bool compress = snapshot.text()->size() >= kLeastGzipBytes &&
                        http::accepts_gzip(request.header("Accept-Encoding"));
  const http::SharedText compressed = compress ? snapshot.gzip_text() : nullptr;
  const std::string& tag = compressed ? snapshot.gzip_etag() : snapshot.etag();
  http::Response response{
      200,
      {{"Content-Type", "application/vnd.apple.mpegurl"},
       {"Cache-Control", snapshot.complete() ? complete_caching_ : live_caching_},
       {"ETag", tag},
       {"Vary", "Accept-Encoding"}},
      compressed ? compressed : snapshot.text()};
  if (compressed) response.headers.push_back({"Content-Encoding", "gzip"});
  if (http::matches_etag(request.header("If-None-Match"), tag)) {
    response.status = 304;
    response.body = http::SharedText{};
  }
  return response;
}

http::Response StreamApi::segment(const http::Request& request, std::string_view session_id,
                                  std::uint64_t index) {
  // A stream that is gone has no segments, even those that are not removed yet. While the store
  // fails, what was listed can still be had.
  const auto stream = parts_.playlists.find(session_id);
  if (!stream && stream.error().code == ErrorCode::NotFound) return not_found();
  auto object = parts_.objects.open(to_string(StreamOutputKey{std::string(session_id), index}), {});
  if (!object && object.error().code == ErrorCode::NotFound) return not_found();
  if (!object) {
    context_.log(LogLevel::Error, "segment cannot be read",
                 {{"session_id", std::string(session_id)},
                  {"index", std::to_string(index)},
                  {"reason", to_string(object.error())}});
    return http::error_response(503, "unavailable", "the segment is not available, try again");
  }
  context_.count("streamkit_segment_requests_total");
  const auto modified = (*object)->info().modified;
  auto response = http::file_response(request, *std::move(object), modified, "video/mp4");
  // A segment's key is written once per index, and again only with the same content.
  if (response.status < 400) {
    response.headers.push_back({"Cache-Control", "public, max-age=31536000, immutable"});
  }
  return response;
}

}  // namespace streamkit::server
