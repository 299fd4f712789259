#pragma once

#include <functional>
#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/http/server.hpp>
#include <streamkit/live/live_output.hpp>
#include <streamkit/live/live_streams.hpp>
#include <streamkit/live/publish_authorizer.hpp>
#include <streamkit/server/server.hpp>
#include <streamkit/store/object_store.hpp>
#include <string_view>

namespace streamkit::server {

/// Where publishers of live streams connect, and the way of their media into the outputs.
/// Thread-safety: every method may be called from any thread.
class LiveEntry {
 public:
  virtual ~LiveEntry() = default;
  [[nodiscard]] virtual LiveIngestPorts ports() const noexcept = 0;
  /// The broadcast is over: its playlists end.
  virtual void end(std::string_view stream_id) = 0;
  /// Reads the TLS files again.
  virtual Result<void> reload_tls() = 0;
  /// Disconnects all publishers.
  virtual void stop() = 0;
};

struct LiveEntryParts {
  live::LiveDirectory& directory;
  ObjectStore& objects;
  live::PublishAuthorizer& authorizer;
  live::LiveStreams& streams;
  /// Wakes the requests that wait for a topic. May be called before requests are served.
  std::function<void(std::string_view topic)> wake;
};

/// Listens at the addresses of the options. The targets of `parts` and `context` must outlive the
/// entry. Errors: those of http::StreamListener::start(); Unsupported (a build without the rooms
/// media and rtmp).
[[nodiscard]] Result<std::unique_ptr<LiveEntry>> open_live_entry(const ServerOptions& options,
                                                                 LiveEntryParts parts,
                                                                 Context context);

}  // namespace streamkit::server
