#pragma once

#include <cstdint>
#include <functional>
#include <streamkit/core/context.hpp>
#include <streamkit/live/live_streams.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <streamkit/http/router.hpp>
#include <streamkit/server/access_control.hpp>
#include <streamkit/server/server.hpp>
#include "server/live_stream_json.hpp"

namespace streamkit::server {

/// The kinds of URLs from which callers may let the server fetch a stream.
enum class LiveSources {
  None,     ///< Anybody may call: no URL.
  Network,  ///< Callers have a key: no files of this machine.
  All       ///< Callers are programs on this machine.
};

struct LiveStreamApiOptions {
  /// The base of every URL in a response; empty: the scheme and host of the request.
  std::string public_url = {};
  /// Returns the ports at which publishers arrive. Empty: at none.
  std::function<LiveIngestPorts()> ports = {};
  /// True when reading and deleting a stream needs an API key or the stream's key, and listing
  /// streams an API key.
  bool needs_owner = false;
  LiveSources sources = LiveSources::None;
  /// If false, no new streams are created (503).
  bool streaming_enabled = true;
  /// Returns whether the disk has room for new streams; if not, none is created (503). Empty: it
  /// always has.
  std::function<bool()> has_room = {};
  /// True when streams are passed through only: a ladder, a 3D view and a source are rejected.
  bool passthrough_only = false;
  /// True when responses contain the URL of the watch page.
  bool watch_page = false;
};

/// Serves POST and GET /streams, GET and DELETE /streams/{stream_id}, and GET /time, the clock that
/// DASH players follow.
/// Thread-safety: every method may be called from any thread, concurrently.
class LiveStreamApi {
 public:
  /// The largest body of these calls.
  static constexpr std::uint64_t kMaxBodyBytes = 64 * 1024;

  /// `streams` null: all calls but GET /time respond with 503. It and all references must outlive
  /// this object.
  LiveStreamApi(live::LiveStreams* streams, AccessControl& access, LiveStreamApiOptions options,
                Context context)
      : streams_(streams), access_(access), options_(std::move(options)), context_(context) {}

  /// Returns the routes. This object must outlive them.
  [[nodiscard]] std::vector<http::Route> routes();

 private:
  [[nodiscard]] http::Response create(const http::RequestHead& request, std::string_view body);
  [[nodiscard]] http::Response list(const http::RequestHead& request);
  [[nodiscard]] http::Response status(const http::RequestHead& request, std::string_view id);
  [[nodiscard]] http::Response remove(const http::RequestHead& request, std::string_view id);
  [[nodiscard]] http::Response time() const;
  /// Returns the reason for which no stream can be created, or a valid request.
  [[nodiscard]] std::variant<live::LiveStreamRequest, http::Response> read_request(
      const http::RequestHead& request, std::string_view body);
  [[nodiscard]] std::optional<http::Response> check_passthrough(
      const live::LiveStreamRequest& call) const;
  [[nodiscard]] std::optional<http::Response> check_source(const std::string& source) const;
  [[nodiscard]] std::variant<LiveStream, http::Response> find_own(const http::RequestHead& request,
                                                                  std::string_view id);
  [[nodiscard]] LiveStreamUrls urls_of(const std::string& base, const std::string& id,
                                       std::string_view key) const;
  [[nodiscard]] LiveStreamView view_of(const std::string& base, LiveStream stream) const;
  [[nodiscard]] http::Response failure(const Error& error, std::string_view id) const;

  live::LiveStreams* const streams_;
  AccessControl& access_;
  const LiveStreamApiOptions options_;
  const Context context_;
};

}  // namespace streamkit::server
