#pragma once

#include <optional>
#include <streamkit/core/result.hpp>
#include <streamkit/live/live_streams.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::server {

/// Parses the body of POST /streams. An empty body means all defaults, as does a field that is null
/// or missing; unknown fields are ignored, but not those of the object `stereo`.
/// Errors: InvalidArgument, naming the field.
Result<live::LiveStreamRequest> parse_create_live_stream(std::string_view json);

/// The URLs of a live stream. Empty ones are null in a response.
struct LiveStreamUrls {
  std::string rtmp = {};
  std::string srt = {};
  std::string hls = {};
  std::string dash = {};
  std::string watch = {};
};

/// Returns the response to POST /streams, the only one that contains the key.
[[nodiscard]] std::string created_json(const live::NewLiveStream& created,
                                       const LiveStreamUrls& urls);

/// A live stream as its owner sees it.
struct LiveStreamView {
  LiveStream stream;
  LiveStreamUrls urls;
  std::optional<live::PublisherInfo> publisher;
};
[[nodiscard]] std::string to_json(const LiveStreamView& view);
/// Returns `{"streams":[...],"next":"ID"}`; an empty `next` is null.
[[nodiscard]] std::string to_json(const std::vector<LiveStreamView>& views, std::string_view next);

/// Returns the URL without user, password and query.
[[nodiscard]] std::string without_secrets(std::string_view url);

}  // namespace streamkit::server
