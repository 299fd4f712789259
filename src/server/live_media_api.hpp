#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/http/handler.hpp>
#include <streamkit/http/router.hpp>
#include <streamkit/live/live_directory.hpp>
#include <streamkit/live/live_file_name.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::server {

/// Returns the topic of http::Server::wake() for changes of a track of a live stream.
[[nodiscard]] std::string live_topic(std::string_view stream_id, std::string_view track);

/// Serves the media of live streams to players of any origin (CORS): GET and HEAD
/// /hls/{stream}/{track}/{file} and /dash/{stream}/{track}/{file}, which name the same bytes. A
/// segment that grows is sent as it grows; a segment or part that is the next to come is waited
/// for.
/// Thread-safety: every method may be called from any thread, concurrently.
class LiveMediaApi {
 public:
  /// The arguments passed by reference and the targets of `context` must outlive this object.
  LiveMediaApi(const live::LiveDirectory& streams, ObjectStore& objects, Context context)
      : streams_(streams), objects_(objects), context_(std::move(context)) {}

  /// Returns the routes. This object must outlive them.
  [[nodiscard]] std::vector<http::Route> routes();

 private:
  [[nodiscard]] http::Reply respond(const http::RequestHead& head, std::string_view stream_id,
                                    std::string_view track, const live::LiveFileName& file) const;
  [[nodiscard]] http::Reply respond_with(const http::RequestHead& head, std::string_view stream_id,
                                         std::string_view track, live::LiveBytes bytes,
                                         http::EventStream growing) const;
  [[nodiscard]] http::Response stored(const http::RequestHead& head,
                                      const live::LiveBytes& bytes) const;

  const live::LiveDirectory& streams_;
  ObjectStore& objects_;
  const Context context_;
};

}  // namespace streamkit::server
