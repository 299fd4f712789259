#include "server/live_media_api.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <streamkit/hls/reload_request.hpp>
#include <streamkit/http/conditional_request.hpp>
#include <utility>

#include "server/json_error.hpp"
#include "server/route_names.hpp"

namespace streamkit::server {
namespace {

constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";
constexpr std::string_view kMissingCaching = "public, max-age=1";
// How long the next segment or part is waited for, in target durations. Clause 6.2.5.2 of
// draft-pantos-hls-rfc8216bis.
constexpr int kHeldTargets = 3;
constexpr MediaTime kDefaultTarget = std::chrono::seconds(2);
// If a wake-up is lost, a held request looks again after this time.
constexpr std::chrono::milliseconds kLookAgain{1000};
// How long the first media are waited for.
constexpr std::chrono::seconds kStartWait{10};
constexpr std::string_view kPlaylistType = "application/vnd.apple.mpegurl";
constexpr std::string_view kMpdType = "application/dash+xml";
constexpr std::string_view kLiveCaching = "public, max-age=1";

bool has_media(const live::LiveTracksState& state) {
  return std::any_of(state.tracks.begin(), state.tracks.end(),
                     [](const auto& track) { return track && !track->segments.empty(); });
}

bool has_segment(const live::LiveTracksState& state, std::size_t track) {
  const auto& segments = state.tracks[track]->segments;
  return state.ended || (!segments.empty() && segments.front()->complete);
}

std::chrono::steady_clock::duration waited(const http::RequestHead& head) {
  return std::chrono::steady_clock::now() - head.received_at;
}

http::Response missing() {
  auto response = error_response(404, "not_found", "no such stream, segment or part");
  for (auto& [name, value] : response.headers) {
    if (name == "Cache-Control") value = kMissingCaching;
  }
  return response;
}

std::string_view content_type(const LiveTrackInfo& info) {
  return info.kind == TrackKind::Audio ? "audio/mp4" : "video/mp4";
}

std::uint64_t size_of(const http::SharedTexts& texts) {
  std::uint64_t bytes = 0;
  for (const SharedText& text : texts) bytes += text->size();
  return bytes;
}

// The bytes of texts, for ranges of them.
class TextsReader final : public ByteReader {
 public:
  explicit TextsReader(http::SharedTexts texts)
      : texts_(std::move(texts)), size_bytes_(size_of(texts_)) {}

  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into,
                           std::stop_token) const override {
    std::size_t filled = 0;
    for (const SharedText& text : texts_) {
      if (offset >= text->size()) {
        offset -= text->size();
        continue;
      }
      const std::size_t size = std::min<std::size_t>(text->size() - offset, into.size() - filled);
      std::copy_n(text->data() + offset, size, into.data() + filled);
      filled += size;
      offset = 0;
      if (filled == into.size()) break;
    }
    return filled;
  }

 private:
  const http::SharedTexts texts_;
  const std::uint64_t size_bytes_;
};

http::Response immutable(std::string_view type) {
  return {200,
          {{"Content-Type", std::string(type)},
           {"Cache-Control", std::string(kImmutable)},
           {"Accept-Ranges", "bytes"}}};
}

// Media never change under their URL, so no validator is needed for ranges.
http::Response with_range(const http::RequestHead& head, http::Response response,
                          std::shared_ptr<const ByteReader> bytes, std::uint64_t offset,
                          std::uint64_t size) {
  const auto selection = http::select_response(head.headers, {"\"live\"", {}, size});
  response.status = selection.status;
  if (selection.status == 416 || selection.status == 206) {
    response.headers.push_back({"Content-Range", http::content_range(selection, size)});
  }
  if (selection.status != 200 && selection.status != 206) return response;
  response.body = http::FileSlice{std::move(bytes), offset + selection.offset, selection.length};
  return response;
}

// A segment while it grows: each call returns the parts that came since.
class GrowingSegment {
 public:
  GrowingSegment(std::shared_ptr<live::LiveOutput> output, std::size_t track, std::uint64_t number)
      : output_(std::move(output)), track_(track), number_(number) {}

  std::optional<std::string> next() {
    if (complete_) return {};
    const auto bytes = output_->tracks().segment(track_, number_);
    using State = live::LiveBytes::State;
    complete_ = bytes.state != State::Growing;
    std::string more;
    for (; sent_parts_ < bytes.texts.size(); ++sent_parts_) more += *bytes.texts[sent_parts_];
    if (more.empty() && complete_) return {};
    return more;
  }

 private:
  const std::shared_ptr<live::LiveOutput> output_;
  const std::size_t track_;
  const std::uint64_t number_;
  std::size_t sent_parts_ = 0;
  bool complete_ = false;
};

}  // namespace

std::string live_topic(std::string_view stream_id, std::string_view track) {
  return std::string("live/").append(stream_id).append("/").append(track);
}

std::vector<http::Route> LiveMediaApi::routes() {
  const auto mpd = [this](live::MpdKind kind) -> Respond {
    return [this, kind](const http::RequestHead& head, std::string_view stream,
                        live::LiveOutput& output, std::size_t) {
      return started(head, stream, kMpdType, output.manifests().mpd(kind));
    };
  };
  std::vector<http::Route> routes = {
      route("/hls/{stream}/index.m3u8",
            [this](const http::RequestHead& head, std::string_view stream, live::LiveOutput& output,
                   std::size_t) {
              return started(head, stream, kPlaylistType, output.manifests().multivariant());
            }),
      route("/hls/{stream}/{track}/index.m3u8",
            [this](const http::RequestHead& head, std::string_view stream, live::LiveOutput& output,
                   std::size_t track) { return playlist(head, stream, output, track); }),
      route("/hls/{stream}/{track}/iframes.m3u8",
            [this](const http::RequestHead& head, std::string_view stream, live::LiveOutput& output,
                   std::size_t track) {
              return started(head, stream, kPlaylistType,
                             output.manifests().i_frame_playlist(track));
            }),
      route("/dash/{stream}/manifest.mpd", mpd(live::MpdKind::Number)),
      route("/dash/{stream}/timeline.mpd", mpd(live::MpdKind::Timeline))};
  for (const auto* protocol : {"hls", "dash"}) {
    routes.push_back(
        {.name = "live_media",
         .pattern = "/" + std::string(protocol) + "/{stream}/{track}/{file}",
         .methods = {"GET", "HEAD", "OPTIONS"},
         .rate_weight = kViewingWeight,
         .cors = true,
         .admit = [this](const http::RequestHead& head, const http::PathParameters& path) {
           return http::respond_to_head(
               head, [this, &head, stream = path["stream"], track = path["track"],
                      file = parse_live_file_name(path["file"])] {
                 return media(head, stream, track, file);
               });
         }});
  }
  return routes;
}

http::Route LiveMediaApi::route(std::string pattern, Respond respond) const {
  auto find = [this, respond = std::move(respond)](const http::RequestHead& head,
                                                   std::string_view stream,
                                                   std::string_view track) -> http::Reply {
    const auto output = streams_.find(stream);
    if (!output) return expects_(stream) ? started(head, stream, {}, nullptr) : missing();
    const auto state = output->tracks().state();
    const auto index = track.empty() ? 0 : state->find(track);
    const bool is_over = state->ended && !has_media(*state);
    if (is_over) return missing();
    if (!index) return state->targets ? missing() : started(head, stream, {}, nullptr);
    return respond(head, stream, *output, *index);
  };
  return {.name = "live_playlist",
          .pattern = std::move(pattern),
          .methods = {"GET", "HEAD", "OPTIONS"},
          .rate_weight = kViewingWeight,
          .cors = true,
          .admit = [find = std::move(find)](const http::RequestHead& head,
                                            const http::PathParameters& path) {
            return http::respond_to_head(
                head, [&find, &head, stream = path["stream"], track = path["track"]] {
                  return find(head, stream, track);
                });
          }};
}

// The text, or a response that waits until the stream has one.
http::Reply LiveMediaApi::started(const http::RequestHead& head, std::string_view stream,
                                  std::string_view type, const SharedText& text) const {
  if (text) return text_reply(head, type, text, kLiveCaching);
  if (waited(head) < kStartWait) return http::AskAgain{kLookAgain, live_topic(stream, {})};
  auto response = error_response(503, "not_started", "the stream has no media yet, try again");
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

http::Reply LiveMediaApi::playlist(const http::RequestHead& head, std::string_view stream,
                                   live::LiveOutput& output, std::size_t track) const {
  const auto request = hls::parse_reload_request(head.query);
  if (!request) return error_response(400, "invalid_argument", request.error().message);
  // Players without low latency give up when a playlist has no segment.
  if (!request->msn && !has_segment(*output.tracks().state(), track)) {
    return started(head, stream, kPlaylistType, nullptr);
  }
  const auto reply = output.manifests().playlist(track, *request);
  if (reply.action == hls::ReloadAction::Reject) {
    return error_response(400, "invalid_argument", reply.reason);
  }
  if (reply.action == hls::ReloadAction::Respond) {
    return text_reply(head, kPlaylistType, reply.text, reply.immutable ? kImmutable : kLiveCaching);
  }
  const auto state = output.tracks().state();
  if (!state->targets) return started(head, stream, kPlaylistType, nullptr);
  const auto target = std::chrono::ceil<std::chrono::seconds>(state->targets->segment);
  if (waited(head) < hls::longest_reload_wait(target)) {
    return http::AskAgain{kLookAgain, live_topic(stream, state->tracks[track]->info().name)};
  }
  return error_response(503, "unavailable", "the stream has no new media, try again");
}

http::Reply LiveMediaApi::media(const http::RequestHead& head, std::string_view stream,
                                std::string_view track,
                                const std::optional<LiveFileName>& file) const {
  const auto output = streams_.find(stream);
  if (!output || !file) return missing();
  const auto index = output->tracks().state()->find(track);
  if (!index) return missing();
  if (const auto* init = std::get_if<LiveInitName>(&*file)) {
    const SharedText text = output->tracks().init(*index, init->run);
    if (!text) return missing();
    return text_reply(head, "video/mp4", text, kImmutable);
  }
  if (const auto* part = std::get_if<LivePartName>(&*file)) {
    return bytes_reply(head, stream, *output, *index,
                       output->tracks().part(*index, part->number, part->part), {});
  }
  const std::uint64_t number = std::get<LiveSegmentName>(*file).number;
  auto growing = std::make_shared<GrowingSegment>(output, *index, number);
  return bytes_reply(head, stream, *output, *index, output->tracks().segment(*index, number),
                     {.next = [growing = std::move(growing)] { return growing->next(); },
                      .topic = live_topic(stream, track),
                      .interval = kLookAgain});
}

http::Reply LiveMediaApi::bytes_reply(const http::RequestHead& head, std::string_view stream,
                                      live::LiveOutput& output, std::size_t track,
                                      live::LiveBytes bytes, http::EventStream growing) const {
  using State = live::LiveBytes::State;
  const auto state = output.tracks().state();
  const LiveTrackInfo& info = state->tracks[track]->info();
  if (bytes.state == State::Expected) {
    const MediaTime target = state->targets ? state->targets->segment : kDefaultTarget;
    if (waited(head) >= target * kHeldTargets) return missing();
    return http::AskAgain{kLookAgain, live_topic(stream, info.name)};
  }
  if (bytes.state == State::Unknown) return missing();
  context_.count("streamkit_segment_requests_total");
  if (!bytes.stored_as.empty()) return stored(head, bytes);
  auto response = immutable(content_type(info));
  if (bytes.state == State::Growing) {
    response.body = std::move(growing);
    return response;
  }
  if (head.header("Range").empty()) {
    response.body = std::move(bytes.texts);
    return response;
  }
  auto reader = std::make_shared<TextsReader>(std::move(bytes.texts));
  const std::uint64_t size = reader->size_bytes();
  return with_range(head, std::move(response), std::move(reader), 0, size);
}

http::Response LiveMediaApi::text_reply(const http::RequestHead& head, std::string_view type,
                                        const SharedText& text, std::string_view caching) const {
  http::Response response{
      200, {{"Content-Type", std::string(type)}, {"Cache-Control", std::string(caching)}}, text};
  const std::string tag = '"' + std::to_string(std::hash<std::string_view>{}(*text)) + '"';
  response.headers.push_back({"ETag", tag});
  if (http::matches_etag(head.header("If-None-Match"), tag)) {
    response.status = 304;
    response.body = SharedText{};
  }
  return response;
}

http::Response LiveMediaApi::stored(const http::RequestHead& head,
                                    const live::LiveBytes& bytes) const {
  auto object = objects_.open(bytes.stored_as, {});
  if (!object && object.error().code == ErrorCode::NotFound) return missing();
  if (!object) {
    context_.log(LogLevel::Error, "live segment cannot be read",
                 {{"key", bytes.stored_as}, {"reason", to_string(object.error())}});
    return error_response(503, "unavailable", "the segment is not available, try again");
  }
  return with_range(head, immutable("video/mp4"), *std::move(object), bytes.offset_bytes,
                    bytes.size_bytes);
}

}  // namespace streamkit::server
