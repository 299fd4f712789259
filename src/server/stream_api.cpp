#include "server/stream_api.hpp"
#include <streamkit/live/playlist_manifest.hpp>

#include <algorithm>
#include <charconv>
#include <streamkit/hls/playlist_builder.hpp>
#include <streamkit/store/chunk_key.hpp>

#include <streamkit/http/conditional_request.hpp>
#include <streamkit/http/gzip.hpp>
#include "server/growing_playlist.hpp"
#include "server/json_error.hpp"
#include "server/route_names.hpp"

namespace streamkit::server {
namespace {

// A player requests the playlist again after one target duration, or half of one. After this number
// of target durations without a request, it is not counted as a viewer any more.
constexpr int kViewerWindow = 3;
// The factor by which caches may keep a complete playlist longer than a live one.
constexpr int kCompletePlaylistFactor = 60;
// Compressing a smaller response would not save a packet.
constexpr std::size_t kLeastGzipBytes = 512;
constexpr std::string_view kPlaylistType = "application/vnd.apple.mpegurl";

// The time that a sender and a worker have beyond the length of the chunks.
constexpr std::chrono::seconds kHoldMargin(10);
constexpr std::chrono::milliseconds kLongestHold = std::chrono::minutes(10);
// How long before and after the time when the next segment is due a request is held for it: so
// short that hardly one takes a second. Shaka Player gives up after 5 s without a byte.
constexpr std::chrono::milliseconds kEarliestAwaitNext{750};
constexpr std::chrono::milliseconds kLatestAwaitNext{2000};
constexpr std::uint64_t kMostStartSegments = 100;

// Returns the number of segments that the request wants to start with; no value if it is invalid.
std::optional<std::uint64_t> start_segments_of(const http::RequestHead& request,
                                               std::uint64_t fallback) {
  const auto text = request.query_value("start");
  if (!text) return fallback;
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  const bool whole = failure == std::errc() && end == text->data() + text->size();
  if (!whole || number < 1 || number > kMostStartSegments) return {};
  return number;
}

std::chrono::milliseconds hold_bound(const StreamOptions& options, const Session& session,
                                     std::uint64_t start_segments) {
  if (options.hold) return *options.hold;
  const auto chunks = session.chunk_duration * static_cast<std::int64_t>(start_segments);
  return std::min(kLongestHold, std::chrono::ceil<std::chrono::milliseconds>(chunks + kHoldMargin));
}

// A repeated request is held again, so it may come soon.
http::Response not_started() {
  auto response =
      error_response(503, "not_started", "the stream has no segment to play yet, try again");
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

http::Response not_found() { return error_response(404, "not_found", "no such stream or segment"); }

std::optional<http::Response> check_segment(const http::PathParameters& path) {
  if (auto invalid = check_session_id(path)) return invalid;
  if (parse_segment_file_name(path["segment"])) return {};
  return not_found();
}

// Caches may not keep a complete playlist forever: it never changes, but its session may be
// removed.
std::string caching(std::chrono::seconds max_age) {
  return max_age.count() == 0 ? "no-store" : "public, max-age=" + std::to_string(max_age.count());
}

// The compressed text has a tag of its own, because a tag identifies one sequence of bytes.
std::string gzip_tag(std::string tag) { return tag.insert(tag.size() - 1, "-gz"); }

}  // namespace

StreamApi::StreamApi(Parts parts, StreamOptions options, Context context)
    : parts_(parts),
      options_(options),
      context_(context),
      live_caching_(caching(options.playlist_max_age)),
      complete_caching_(caching(options.playlist_max_age * kCompletePlaylistFactor)) {}

std::vector<http::Route> StreamApi::routes() {
  using http::PathParameters;
  using http::RequestHead;
  const std::vector<std::string> methods = {"GET", "HEAD", "OPTIONS"};
  return {
      {.name = "playlist",
       .pattern = "/stream/{session}/playlist.m3u8",
       .methods = methods,
       .rate_weight = kViewingWeight,
       .cors = true,
       .check = check_session_id,
       .admit =
           [this](const RequestHead& head, const PathParameters& path) {
             return http::respond_to_head(
                 head, [this, &head, id = path["session"]] { return playlist(head, id); });
           }},
      {.name = "events",
       .pattern = "/stream/{session}/events",
       .methods = methods,
       .cors = true,
       .check = check_session_id,
       .admit =
           [this](const RequestHead& head, const PathParameters& path) {
             return http::respond_to_head(
                 head, [this, id = path["session"]] { return parts_.status.public_events(id); });
           }},
      {.name = "segment",
       .pattern = "/stream/{session}/{segment}",
       .methods = methods,
       .rate_weight = kViewingWeight,
       .cors = true,
       .check = check_segment,
       .admit = [this](const RequestHead& head,
                       const PathParameters& path) -> http::AdmissionResult {
         auto respond = [this, &head, id = path["session"],
                         index = parse_segment_file_name(path["segment"]).value_or(0)] {
           return http::Reply(segment(head, id, index));
         };
         if (parts_.objects.opens_immediately()) return http::respond_to_head(head, respond);
         return http::Admission{std::make_unique<http::HeadExchange<decltype(respond)>>(respond),
                                http::kMaxIgnoredBodyBytes, true};
       }},
      {.name = "segment",
       .pattern = "/stream/{rest...}",
       .rate_weight = kViewingWeight,
       .cors = true,
       .admit =
           [](const RequestHead& head, const PathParameters& path) {
             const auto rest = path["rest"];
             const bool valid = is_valid_session_id(rest.substr(0, rest.find('/')));
             return http::respond_to_head(
                 head, [valid] { return valid ? not_found() : invalid_session_id(); });
           }},
  };
}

void StreamApi::playlist_changed(std::string_view session_id) {
  if (!compressed_.contains(session_id)) return;
  const auto found = parts_.playlists.find(session_id, live::kMediaPlaylistName);
  if (found) {
    (void)compressed_.get(session_id, (*found)->text());
  } else if (found.error().code == ErrorCode::NotFound) {
    compressed_.forget(session_id);
  }
}

http::Reply StreamApi::playlist(const http::RequestHead& request, std::string_view session_id) {
  const auto found = parts_.playlists.find(session_id, live::kMediaPlaylistName);
  if (!found) {
    if (found.error().code == ErrorCode::NotFound) return not_found();
    context_.log(LogLevel::Error, "session store failed",
                 {{"session_id", std::string(session_id)}, {"reason", to_string(found.error())}});
    return error_response(503, "unavailable", "the playlist is not available, try again");
  }
  const auto& snapshot = **found;
  const auto start_segments = start_segments_of(request, options_.start_segments);
  if (!start_segments) {
    return error_response(400, "invalid_argument", "start must be a whole number from 1 to 100");
  }
  if (auto held = hold(request, snapshot, *start_segments)) return *std::move(held);
  context_.count("streamkit_playlist_requests_total");
  count_viewer(request, snapshot);
  return playlist_response(request, snapshot);
}

// Returns no value if the playlist can be sent now.
std::optional<http::Reply> StreamApi::hold(const http::RequestHead& request,
                                           const live::ManifestSnapshot& snapshot,
                                           std::uint64_t start_segments) const {
  const bool ended = snapshot.session().final_chunk_count.has_value();
  const bool over = ended || snapshot.complete();
  if (over || request.has_query("nowait")) return {};
  if (snapshot.segments() >= start_segments) return await_next(request, snapshot);
  const auto bound = hold_bound(options_, snapshot.session(), start_segments);
  const auto waited = std::chrono::steady_clock::now() - request.received_at;
  if (waited >= bound && snapshot.segments() > 0) return {};
  if (waited >= bound) {
    context_.count("streamkit_playlists_not_started_total");
    return not_started();
  }
  if (snapshot.segments() > 0) {
    return growing_response(request, snapshot, start_segments, request.received_at + bound);
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(bound - waited);
  return http::AskAgain{std::min(left, options_.poll_interval),
                        session_topic(snapshot.session().id)};
}

// Holds a request that comes just before the next segment: without it, a player would ask again
// half a target duration later, and run out of video, or stay that much further behind. Returns no
// value if the next segment is not due, or overdue.
std::optional<http::Reply> StreamApi::await_next(const http::RequestHead& request,
                                                 const live::ManifestSnapshot& snapshot) const {
  if (!snapshot.grew_at()) return {};
  using std::chrono::milliseconds;
  const auto chunk = std::chrono::duration_cast<milliseconds>(snapshot.session().chunk_duration);
  const auto due_from = std::max(chunk * 3 / 4, chunk - kEarliestAwaitNext);
  const auto due_until = std::min(chunk * 3 / 2, chunk + kLatestAwaitNext);
  const auto age = context_.clock_or_system().steady_now() - *snapshot.grew_at();
  const auto waited = std::chrono::steady_clock::now() - request.received_at;
  const auto bound = options_.hold.value_or(kEarliestAwaitNext + kLatestAwaitNext);
  if (age < due_from || age >= due_until || waited >= bound) return {};
  const auto left = std::chrono::ceil<milliseconds>(
      std::min<std::chrono::steady_clock::duration>(due_until - age, bound - waited));
  return http::AskAgain{std::min(left, options_.poll_interval),
                        session_topic(snapshot.session().id)};
}

// From the first segment on the status is known to be 200, so the response begins.
http::Response StreamApi::growing_response(const http::RequestHead& request,
                                           const live::ManifestSnapshot& snapshot,
                                           std::uint64_t start_segments,
                                           std::chrono::steady_clock::time_point until) const {
  context_.count("streamkit_playlist_requests_total");
  count_viewer(request, snapshot);
  auto playlist = std::make_shared<GrowingPlaylist>(parts_.playlists, snapshot.session().id,
                                                    start_segments, until);
  return {200,
          {{"Content-Type", std::string(kPlaylistType)},
           {"Cache-Control", live_caching_},
           // Without this header, nginx would delay the lines until the response is complete.
           {"X-Accel-Buffering", "no"}},
          GrowingPlaylist::body(std::move(playlist))};
}

void StreamApi::count_viewer(const http::RequestHead& request,
                             const live::ManifestSnapshot& snapshot) const {
  const auto& session = snapshot.session();
  const auto window = kViewerWindow * hls::target_duration_for(session.chunk_duration);
  parts_.viewers.saw(session.id, parts_.access.client_of(request).key, request.header("User-Agent"),
                     window);
}

http::Response StreamApi::playlist_response(const http::RequestHead& request,
                                            const live::ManifestSnapshot& snapshot) {
  const bool compress = snapshot.text()->size() >= kLeastGzipBytes &&
                        http::accepts_gzip(request.header("Accept-Encoding"));
  const SharedText compressed =
      compress ? compressed_.get(snapshot.session().id, snapshot.text()) : nullptr;
  const std::string tag = compressed ? gzip_tag(snapshot.etag()) : snapshot.etag();
  http::Response response{
      200,
      {{"Content-Type", std::string(kPlaylistType)},
       {"Cache-Control", snapshot.complete() ? complete_caching_ : live_caching_},
       {"ETag", tag},
       {"Vary", "Accept-Encoding"}},
      compressed ? compressed : snapshot.text()};
  if (compressed) response.headers.push_back({"Content-Encoding", "gzip"});
  if (http::matches_etag(request.header("If-None-Match"), tag)) {
    response.status = 304;
    response.body = SharedText{};
  }
  return response;
}

http::Response StreamApi::segment(const http::RequestHead& request, std::string_view session_id,
                                  std::uint64_t index) {
  // A removed stream has no segments, even if some have not been deleted yet. While the store
  // fails, listed segments are still served.
  const auto stream = parts_.playlists.find(session_id, live::kMediaPlaylistName);
  if (!stream && stream.error().code == ErrorCode::NotFound) return not_found();
  auto object = parts_.objects.open(to_string(StreamOutputKey{std::string(session_id), index}), {});
  if (!object && object.error().code == ErrorCode::NotFound) return not_found();
  if (!object) {
    context_.log(LogLevel::Error, "segment cannot be read",
                 {{"session_id", std::string(session_id)},
                  {"index", std::to_string(index)},
                  {"reason", to_string(object.error())}});
    return error_response(503, "unavailable", "the segment is not available, try again");
  }
  context_.count("streamkit_segment_requests_total");
  const auto modified = (*object)->info().modified;
  auto response = worded_file_response(request, *std::move(object), modified, "video/mp4");
  // The object of a segment is written once, and any later write has the same content.
  if (response.status < 400) {
    response.headers.push_back({"Cache-Control", "public, max-age=31536000, immutable"});
  }
  return response;
}

}  // namespace streamkit::server
