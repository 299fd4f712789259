#pragma once

#include <functional>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_name.hpp>
#include <streamkit/http/handler.hpp>
#include <streamkit/http/router.hpp>
#include <streamkit/live/live_output.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::server {

/// Returns the topic of http::Server::wake() for changes of a track of a live stream; without a
/// track: for changes of any.
[[nodiscard]] std::string live_topic(std::string_view stream_id, std::string_view track);

/// Serves live streams to players of any origin (CORS), with GET and HEAD:
///   /hls/{stream}/index.m3u8                  the multivariant playlist
///   /hls/{stream}/{track}/index.m3u8          a media playlist, with blocking reload
///   /hls/{stream}/{track}/iframes.m3u8
///   /dash/{stream}/manifest.mpd               the manifest for low latency
///   /dash/{stream}/timeline.mpd               the manifest with exact times
///   /hls|dash/{stream}/{track}/{file}         media, the same bytes for both protocols
/// A segment that grows is sent as it grows; what is the next to come is waited for.
/// Thread-safety: every method may be called from any thread, concurrently.
class LiveMediaApi {
 public:
  /// Returns whether media of a stream are to come, so that requests wait for its playlists. Must
  /// not block for longer than a database read takes.
  using Expects = std::function<bool(std::string_view stream_id)>;

  /// The arguments passed by reference and the targets of `context` must outlive this object.
  LiveMediaApi(const live::LiveDirectory& streams, ObjectStore& objects, Expects expects,
               Context context)
      : streams_(streams),
        objects_(objects),
        expects_(std::move(expects)),
        context_(std::move(context)) {}

  /// Returns the routes. This object must outlive them.
  [[nodiscard]] std::vector<http::Route> routes();

 private:
  using Respond = std::function<http::Reply(const http::RequestHead&, std::string_view stream,
                                            live::LiveOutput&, std::size_t track)>;

  [[nodiscard]] http::Route route(std::string pattern, Respond respond) const;
  [[nodiscard]] http::Reply started(const http::RequestHead& head, std::string_view stream,
                                    std::string_view type, const SharedText& text) const;
  [[nodiscard]] http::Reply playlist(const http::RequestHead& head, std::string_view stream,
                                     live::LiveOutput& output, std::size_t track) const;
  [[nodiscard]] http::Reply media(const http::RequestHead& head, std::string_view stream,
                                  std::string_view track,
                                  const std::optional<LiveFileName>& file) const;
  [[nodiscard]] http::Reply bytes_reply(const http::RequestHead& head, std::string_view stream,
                                        live::LiveOutput& output, std::size_t track,
                                        live::LiveBytes bytes, http::EventStream growing) const;
  [[nodiscard]] http::Response stored(const http::RequestHead& head,
                                      const live::LiveBytes& bytes) const;
  [[nodiscard]] http::Response text_reply(const http::RequestHead& head, std::string_view type,
                                          const SharedText& text, std::string_view caching) const;

  const live::LiveDirectory& streams_;
  ObjectStore& objects_;
  const Expects expects_;
  const Context context_;
};

}  // namespace streamkit::server
