#include "server/live_entry.hpp"

#include <utility>
#include <vector>

#include "server/live_ingest.hpp"
#include "server/rtmp_ingest.hpp"

namespace streamkit::server {
namespace {

using Listener = std::unique_ptr<http::StreamListener>;

class MediaEntry final : public LiveEntry {
 public:
  MediaEntry(const ServerOptions& options, LiveEntryParts parts, Context context)
      : ingest_(parts.directory, parts.objects,
                {.segment_duration = options.live_media.segment_duration,
                 .part_duration = options.live_media.part_duration,
                 .window = options.live_media.window,
                 .time_url = "../../time",
                 .wake = parts.wake},
                context),
        authorizer_(parts.authorizer),
        streams_(parts.streams),
        context_(std::move(context)) {}
  ~MediaEntry() override { stop(); }

  Result<void> listen(const ServerOptions& options) {
    const LiveMediaOptions& live = options.live_media;
    if (!live.rtmp_listen.empty()) {
      auto listener = start(live.rtmp_listen, {});
      if (!listener) return listener.error().with_context("--rtmp-listen");
      rtmp_ = *std::move(listener);
    }
    if (!live.rtmps_listen.empty()) {
      auto listener = start(live.rtmps_listen, options.http.tls);
      if (!listener) return listener.error().with_context("--rtmps-listen");
      rtmps_ = *std::move(listener);
    }
    return {};
  }

  LiveIngestPorts ports() const noexcept override {
    LiveIngestPorts ports;
    if (rtmp_) ports.rtmp = rtmp_->port();
    if (rtmps_) ports.rtmps = rtmps_->port();
    return ports;
  }
  void end(std::string_view stream_id) override { ingest_.end(stream_id); }
  Result<void> reload_tls() override { return rtmps_ ? rtmps_->reload_tls() : Result<void>(); }
  void stop() override {
    for (Listener* listener : {&rtmp_, &rtmps_}) {
      if (*listener) (*listener)->stop();
    }
  }

 private:
  Result<Listener> start(const std::string& address, std::optional<http::TlsFiles> tls) {
    return start_rtmp_ingest({.listen = address, .tls = std::move(tls)}, authorizer_, streams_,
                             ingest_, context_);
  }

  LiveIngest ingest_;
  live::PublishAuthorizer& authorizer_;
  live::LiveStreams& streams_;
  const Context context_;
  Listener rtmp_;
  Listener rtmps_;
};

}  // namespace

Result<std::unique_ptr<LiveEntry>> open_live_entry(const ServerOptions& options,
                                                   LiveEntryParts parts, Context context) {
  auto entry = std::make_unique<MediaEntry>(options, std::move(parts), std::move(context));
  if (auto listening = entry->listen(options); !listening) return listening.error();
  return std::unique_ptr<LiveEntry>(std::move(entry));
}

}  // namespace streamkit::server
