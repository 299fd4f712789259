#include "server/live_media_api.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
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

http::Response missing() {
  auto response = error_response(404, "not_found", "no such stream, segment or part");
  response.headers.push_back({"Cache-Control", std::string(kMissingCaching)});
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
  GrowingSegment(std::shared_ptr<const live::LiveTracks> tracks, std::size_t track,
                 std::uint64_t number)
      : tracks_(std::move(tracks)), track_(track), number_(number) {}

  std::optional<std::string> next() {
    if (complete_) return {};
    const auto bytes = tracks_->segment(track_, number_);
    using State = live::LiveBytes::State;
    complete_ = bytes.state != State::Growing;
    std::string more;
    for (; sent_parts_ < bytes.texts.size(); ++sent_parts_) more += *bytes.texts[sent_parts_];
    if (more.empty() && complete_) return {};
    return more;
  }

 private:
  const std::shared_ptr<const live::LiveTracks> tracks_;
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
  const auto row = [this](std::string_view protocol) {
    return http::Route{
        .name = "live_media",
        .pattern = "/" + std::string(protocol) + "/{stream}/{track}/{file}",
        .methods = {"GET", "HEAD", "OPTIONS"},
        .rate_weight = kViewingWeight,
        .cors = true,
        .check = [](const http::PathParameters& path) -> std::optional<http::Response> {
          if (live::parse_live_file_name(path["file"])) return {};
          return missing();
        },
        .admit =
            [this](const http::RequestHead& head, const http::PathParameters& path) {
              return http::respond_to_head(
                  head,
                  [this, &head, stream = path["stream"], track = path["track"],
                   file = live::parse_live_file_name(path["file"]).value_or(live::LiveInitName{})] {
                    return respond(head, stream, track, file);
                  });
            }};
  };
  return {row("hls"), row("dash")};
}

http::Reply LiveMediaApi::respond(const http::RequestHead& head, std::string_view stream_id,
                                  std::string_view track, const live::LiveFileName& file) const {
  const auto tracks = streams_.find(stream_id);
  if (!tracks) return missing();
  const auto index = tracks->state()->find(track);
  if (!index) return missing();
  if (const auto* init = std::get_if<live::LiveInitName>(&file)) {
    const SharedText text = tracks->init(*index, init->run);
    if (!text) return missing();
    auto response = immutable("video/mp4");
    response.body = text;
    return response;
  }
  if (const auto* part = std::get_if<live::LivePartName>(&file)) {
    return respond_with(head, stream_id, track, tracks->part(*index, part->number, part->part), {});
  }
  const std::uint64_t number = std::get<live::LiveSegmentName>(file).number;
  auto growing = std::make_shared<GrowingSegment>(tracks, *index, number);
  return respond_with(head, stream_id, track, tracks->segment(*index, number),
                      {.next = [growing = std::move(growing)] { return growing->next(); },
                       .topic = live_topic(stream_id, track),
                       .interval = kLookAgain});
}

http::Reply LiveMediaApi::respond_with(const http::RequestHead& head, std::string_view stream_id,
                                       std::string_view track, live::LiveBytes bytes,
                                       http::EventStream growing) const {
  using State = live::LiveBytes::State;
  const auto state = streams_.find(stream_id);
  if (bytes.state == State::Expected) {
    const auto targets = state ? state->state()->targets : std::nullopt;
    const MediaTime bound = (targets ? targets->segment : kDefaultTarget) * kHeldTargets;
    if (std::chrono::steady_clock::now() - head.received_at >= bound) return missing();
    return http::AskAgain{kLookAgain, live_topic(stream_id, track)};
  }
  if (bytes.state == State::Unknown) return missing();
  context_.count("streamkit_segment_requests_total");
  if (!bytes.stored_as.empty()) return stored(head, bytes);
  const auto index = state ? state->state()->find(track) : std::nullopt;
  if (!index) return missing();
  auto response = immutable(content_type(state->state()->tracks[*index]->info()));
  if (bytes.state == State::Growing) {
    response.body = std::move(growing);
  } else if (head.header("Range").empty()) {
    response.body = std::move(bytes.texts);
  } else {
    auto reader = std::make_shared<TextsReader>(std::move(bytes.texts));
    const std::uint64_t size = reader->size_bytes();
    return with_range(head, std::move(response), std::move(reader), 0, size);
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
