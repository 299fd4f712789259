#include "server/server.hpp"

#include <streamkit/live/manifest_service.hpp>
#include <streamkit/live/manifest_watcher.hpp>
#include <streamkit/live/recovery.hpp>
#include <streamkit/live/retention_sweeper.hpp>
#include "server/metrics_api.hpp"
#include "server/object_access.hpp"
#include "server/options_check.hpp"
#include "server/router.hpp"
#include "server/status_api.hpp"

namespace streamkit::server {
namespace {

std::function<bool(const Session&, WallTime)> expiry(const ServerConfig& config) {
  return [keep = config.retention.keep_streams](const Session& session, WallTime now) {
    return live::is_expired(session, keep, now);
  };
}

SessionApiConfig session_config(const ServerConfig& config, const http::ListenAddress& address) {
  return {.public_url = config.public_url,
          .bucket = config.bucket,
          .region = config.region,
          // On loopback plain calls work; beyond it a viewer must not end a stream.
          .end_needs_control_token =
              is_beyond_loopback(config, address) || !config.access.api_keys.empty(),
          .streaming_enabled = config.streaming_enabled,
          .watch_page = !config.web_dir.empty(),
          .is_expired = expiry(config)};
}

GateConfig gate_config(const ServerConfig& config, const http::ListenAddress& address) {
  GateConfig gate = config.gate;
  const bool beyond_loopback = is_beyond_loopback(config, address);
  gate.metrics_need_key = beyond_loopback && !config.access.open;
  gate.local_callers_only =
      !beyond_loopback && !config.access.open && config.access.api_keys.empty();
  return gate;
}

live::PlaylistServiceConfig playlist_config(const ServerConfig& config,
                                            const live::SegmentUrls& urls) {
  return {.segment_urls = &urls, .is_expired = expiry(config)};
}

// What is opened before anything is served.
struct Opened {
  http::ListenAddress address;
  std::unique_ptr<ApiKeys> keys;
  std::unique_ptr<live::SegmentUrls> segment_urls;
  std::unique_ptr<WatchPage> watch_page;
};

class EmbeddedServer final : public Server {
 public:
  EmbeddedServer(const ServerConfig& config, Opened opened, const ServerStores& stores,
                 Context context, const telemetry::PrometheusMetrics* metrics)
      : config_(config),
        stores_(stores),
        context_(context),
        opened_(std::move(opened)),
        gate_(gate_config(config, opened_.address), opened_.keys.get(), context),
        viewers_(context.clock_or_system()),
        playlists_(stores.sessions, stores.records, playlist_config(config, *opened_.segment_urls),
                   context),
        status_(playlists_, viewers_, gate_, config.public_url, context),
        sessions_(stores.sessions, gate_, status_, session_config(config, opened_.address),
                  context),
        streams_({playlists_, stores.objects, status_, viewers_, gate_}, config.stream, context),
        health_(stores.sessions, stores.jobs, config.data_dir, config.health, context),
        ingest_(stores.objects, stores.records, stores.jobs, config.bucket, context),
        object_access_(stores.sessions, ingest_, object_access_options(config), context),
        s3_(
            stores.objects, object_access_,
            [this](const ObjectInfo& object, std::string_view principal) {
              return object_access_.commit(object, principal);
            },
            s3_options(config), context),
        router_({gate_, sessions_, streams_, health_, s3_, opened_.watch_page.get(), stores.jobs,
                 viewers_, playlists_, metrics},
                context) {}

  Result<void> listen() {
    auto http = http::HttpServer::start(config_.http, router_, context_);
    if (!http) return http.error();
    http_ = *std::move(http);
    playlists_.on_change(
        [this](std::string_view session_id) { http_->wake(session_topic(session_id)); });
    watcher_ = std::make_unique<live::PlaylistWatcher>(playlists_, context_);
    sweeper_ = std::make_unique<live::SessionSweeper>(stores_.objects, stores_.maintenance,
                                                      config_.retention, sweeper_hooks(), context_);
    sweeper_->start();
    return {};
  }

  std::uint16_t port() const noexcept override { return http_->port(); }

  std::string local_url() const override {
    const auto& address = opened_.address.host;
    const bool any_v4 = address == "0.0.0.0";
    const bool any_v6 = address == "::";
    const std::string host = any_v4 ? "127.0.0.1" : any_v6 ? "::1" : address;
    const bool v6 = host.find(':') != std::string::npos;
    const std::string scheme = config_.http.tls ? "https://" : "http://";
    return scheme + (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port());
  }

  std::string public_url() const override {
    return config_.public_url.empty() ? local_url() : config_.public_url;
  }

  Result<void> reload() override {
    // Each is read even if the other cannot be.
    auto tls = http_->reload_tls();
    if (opened_.keys) {
      if (auto read = opened_.keys->reload(); !read) {
        return tls ? read : read.error().with_context(tls.error().message);
      }
      context_.log(LogLevel::Info, "API keys read again",
                   {{"keys", std::to_string(opened_.keys->size())}});
    }
    return tls;
  }

  void stop() override { http_->stop(); }

 private:
  ObjectAccessOptions object_access_options(const ServerConfig& config) {
    return {.bucket = config.bucket,
            .operator_key = config.operator_key,
            .sessions = {.may_call = [this](std::string_view session_id) {
              return !gate_.admit_to_session(session_id);
            }}};
  }

  s3::EndpointOptions s3_options(const ServerConfig& config) {
    return {.bucket = config.bucket,
            .region = config.region,
            .max_object_bytes = config.max_chunk_bytes,
            .upload_group = upload_group,
            .reserved_path = [](std::string_view path) { return route_of(path) != Route::Other; },
            .on_bad_signature = [this](const http::Request& head) { gate_.note_failure(head); }};
  }

  live::SweeperHooks sweeper_hooks() {
    return {.expired = [this](std::string_view session_id) { playlists_.forget(session_id); },
            .remove_unfinished_uploads = [this](WallTime before) -> Result<void> {
              const auto removed = s3_.remove_stale_uploads(before, {});
              return removed ? Result<void>() : removed.error();
            }};
  }

  const ServerConfig config_;
  const ServerStores stores_;
  const Context context_;
  const Opened opened_;
  Gate gate_;
  live::ViewerCounts viewers_;
  live::PlaylistService playlists_;
  StatusApi status_;
  SessionApi sessions_;
  StreamApi streams_;
  HealthApi health_;
  live::ChunkIngest ingest_;
  ObjectAccess object_access_;
  s3::Endpoint s3_;
  Router router_;
  // Its threads use all of the above.
  std::unique_ptr<http::HttpServer> http_;
  // Both wake the HTTP server's clients.
  std::unique_ptr<live::PlaylistWatcher> watcher_;
  std::unique_ptr<live::SessionSweeper> sweeper_;
};

Result<std::unique_ptr<live::SegmentUrls>> open_segment_urls(const ServerConfig& config) {
  if (config.segment_urls == SegmentUrlKind::Relative) {
    return std::unique_ptr<live::SegmentUrls>(std::make_unique<live::RelativeSegmentUrls>());
  }
  auto urls = live::PresignedSegmentUrls::create(
      {config.public_url, config.bucket, config.region, *config.operator_key});
  if (!urls) return urls.error();
  return std::unique_ptr<live::SegmentUrls>(*std::move(urls));
}

Result<Opened> open(const ServerConfig& config, const ServerStores& stores,
                    const http::ListenAddress& address) {
  Opened opened;
  opened.address = address;
  if (!config.access.api_keys.empty()) {
    auto keys = ApiKeys::open(config.access.api_keys);
    if (!keys) return keys.error();
    opened.keys = *std::move(keys);
  }
  auto urls = open_segment_urls(config);
  if (!urls) return urls.error();
  opened.segment_urls = *std::move(urls);
  if (!config.web_dir.empty()) {
    auto page = WatchPage::open(config.web_dir, stores.sessions);
    if (!page) return page.error();
    opened.watch_page = *std::move(page);
  }
  return opened;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerConfig& given, const ServerStores& stores,
                                              Context context,
                                              telemetry::PrometheusMetrics* metrics) {
  ServerConfig config = given;
  const auto address = http::parse_listen_address(config.http.listen);
  if (!address) return address.error();
  auto public_url = check_public_url(config.public_url);
  if (!public_url) return public_url.error();
  config.public_url = *std::move(public_url);
  if (auto checked = check_config(config, *address); !checked) return checked.error();
  auto opened = open(config, stores, *address);
  if (!opened) return opened.error();
  if (metrics != nullptr) describe_server_metrics(*metrics);

  auto server =
      std::make_unique<EmbeddedServer>(config, *std::move(opened), stores, context, metrics);
  const auto reconciled = live::reconcile(stores.objects, stores.maintenance, stores.records,
                                          stores.jobs, {.bucket = config.bucket}, context, {});
  if (!reconciled) return reconciled.error();
  if (auto listening = server->listen(); !listening) return listening.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace streamkit::server
