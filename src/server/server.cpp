#include <streamkit/server/server.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <stop_token>
#include <thread>

#include <streamkit/core/retry.hpp>
#include <streamkit/live/chunk_ingest.hpp>
#include <streamkit/live/manifest_service.hpp>
#include <streamkit/live/playlist_manifest.hpp>
#include <streamkit/live/recovery.hpp>
#include <streamkit/live/retention_sweeper.hpp>
#include <streamkit/s3/endpoint.hpp>
#include "server/cors_origins.hpp"
#include "server/disk_reserve.hpp"
#include "server/front_page.hpp"
#include "server/health_api.hpp"
#include "server/json_error.hpp"
#include "server/live_entry.hpp"
#include "server/live_media_api.hpp"
#include "server/live_stream_api.hpp"
#include "server/metrics_api.hpp"
#include "server/object_access.hpp"
#include "server/options_check.hpp"
#include "server/rejection.hpp"
#include "server/reserving_object_store.hpp"
#include "server/route_names.hpp"
#include "server/session_api.hpp"
#include "server/session_quota.hpp"
#include "server/status_api.hpp"
#include "server/stream_api.hpp"
#include "server/watch_page.hpp"

namespace streamkit::server {
namespace {

std::function<bool(const Session&, WallTime)> expiry(const ServerOptions& options) {
  return [keep = options.retention.keep_streams](const Session& session, WallTime now) {
    return live::is_expired(session, keep, now);
  };
}

live::SessionOptions live_session_options(const ServerOptions& options,
                                          SessionMaintenance& maintenance) {
  return {.is_expired = expiry(options),
          .max_live = options.quotas.max_sessions,
          .count_live = [&maintenance]() -> Result<std::uint64_t> {
            const auto counts = maintenance.count(WallTime::min());
            return counts ? Result<std::uint64_t>(counts->live) : counts.error();
          }};
}

DiskReserve::FreeBytes free_bytes(const ServerOptions& options) {
  return options.quotas.free_bytes ? options.quotas.free_bytes : free_bytes_of(options.data_dir);
}

// Without room for uploads, the server is not ready for new streams.
HealthOptions health_options(const ServerOptions& options) {
  return {.min_free_bytes =
              std::max(options.health.min_free_bytes, options.quotas.disk_reserve_bytes)};
}

// The HTTP options that follow from others.
void complete(ServerOptions& options) {
  options.http.trust_proxy = options.access_control.trust_proxy;
  for (auto* share :
       {&options.http.max_body_bytes_per_client, &options.http.max_body_bytes_per_sender}) {
    if (*share > 0) *share = std::max(*share, options.max_chunk_bytes);
  }
}

SessionApiOptions session_options(const ServerOptions& options, const http::ListenAddress& address,
                                  DiskReserve& disk) {
  return {.public_url = options.public_url,
          .bucket = options.bucket,
          .region = options.region,
          // On loopback, a session can be ended without a token. Beyond loopback, a viewer must not
          // be able to end a stream.
          .end_needs_control_token =
              is_beyond_loopback(options, address) || !options.access.api_keys.empty(),
          .streaming_enabled = options.streaming_enabled,
          .has_room = [&disk] { return disk.has_room(0); },
          .watch_page = !options.web_dir.empty()};
}

LiveSources live_sources(const ServerOptions& options, const http::ListenAddress& address) {
  if (!options.access.api_keys.empty()) return LiveSources::Network;
  const bool local = !options.access.open && !is_beyond_loopback(options, address);
  return local ? LiveSources::All : LiveSources::None;
}

LiveStreamApiOptions live_api_options(const ServerOptions& options,
                                      const http::ListenAddress& address, DiskReserve& disk,
                                      std::function<LiveIngestPorts()> ports) {
  return {.public_url = options.public_url,
          .ports = std::move(ports),
          .needs_owner = is_beyond_loopback(options, address) || !options.access.api_keys.empty(),
          .sources = live_sources(options, address),
          .streaming_enabled = options.streaming_enabled,
          .has_room = [&disk] { return disk.has_room(0); },
          .passthrough_only = true,
          // The watch page does not play live streams yet.
          .watch_page = false};
}

std::unique_ptr<live::LiveStreams> make_live_streams(
    live::LiveStreamsOptions options, LiveStreamStore* store,
    std::function<void(const LiveStream&)> on_change, Context context) {
  if (store == nullptr) return nullptr;
  options.on_change = [first = std::move(on_change),
                       second = std::move(options.on_change)](const LiveStream& stream) {
    first(stream);
    if (second) second(stream);
  };
  return std::make_unique<live::LiveStreams>(*store, std::move(options), context);
}

bool takes_publishers(const LiveMediaOptions& live) {
  return !live.rtmp_listen.empty() || !live.rtmps_listen.empty();
}

AccessControlOptions access_control_options(const ServerOptions& options,
                                            const http::ListenAddress& address) {
  AccessControlOptions access = options.access_control;
  const bool beyond_loopback = is_beyond_loopback(options, address);
  access.metrics_need_key = beyond_loopback && !options.access.open;
  access.local_callers_only =
      !beyond_loopback && !options.access.open && options.access.api_keys.empty();
  return access;
}

constexpr RetryPolicy kRecoveryRetry{.initial_delay = std::chrono::milliseconds(500),
                                     .max_delay = std::chrono::milliseconds(10'000)};

constexpr std::chrono::milliseconds kLiveSweepInterval{250};

// What is opened before the server accepts connections.
struct Opened {
  http::ListenAddress address;
  std::unique_ptr<ApiKeys> keys;
  std::unique_ptr<live::SegmentUrls> segment_urls;
  std::unique_ptr<WatchPage> watch_page;
  CorsOrigins cors_origins;
};

class EmbeddedServer final : public Server {
 public:
  EmbeddedServer(const ServerOptions& options, Opened opened, const Stores& stores, Context context,
                 std::vector<http::Route> extra)
      : options_(options),
        stores_(stores),
        context_(context),
        opened_(std::move(opened)),
        access_(access_control_options(options, opened_.address), opened_.keys.get(), context),
        viewers_(context.clock_or_system()),
        playlists_(stores.sessions, stores.records,
                   live::media_playlist_only(opened_.segment_urls.get()),
                   {.is_expired = expiry(options),
                    .on_change = [this](std::string_view id) { session_changed(id); }},
                   context),
        status_(playlists_, viewers_, access_, options.public_url, context),
        disk_(free_bytes(options), options.quotas.disk_reserve_bytes, context),
        upload_objects_(stores.objects, disk_),
        quota_(stores.objects, {options.quotas.max_session_bytes, options.quotas.max_chunks},
               context),
        live_sessions_(stores.sessions, live_session_options(options, stores.maintenance), context),
        sessions_(live_sessions_, access_, status_,
                  session_options(options, opened_.address, disk_), context),
        live_streams_(make_live_streams(
            options.live, stores.live_streams,
            [this](const LiveStream& stream) { live_stream_changed(stream); }, context)),
        live_api_(
            live_streams_.get(), access_,
            live_api_options(options, opened_.address, disk_, [this] { return live_ports(); }),
            context),
        live_media_(
            live_outputs_, stores.objects,
            [this](std::string_view stream_id) { return expects_media(stream_id); }, context),
        streams_({playlists_, stores.objects, status_, viewers_, access_}, options.stream, context),
        health_(stores.sessions, stores.jobs, options.data_dir, health_options(options), context),
        ingest_(stores.objects, stores.records, stores.jobs, options.bucket, context),
        object_access_(stores.sessions, ingest_, object_access_options(options), context),
        s3_(
            upload_objects_, object_access_,
            [this](const ObjectInfo& object, std::string_view principal) {
              return object_access_.commit(object, principal);
            },
            s3_options(options), context),
        metrics_({options.metrics, stores.jobs, health_, viewers_, playlists_}, context),
        router_(routes(std::move(extra)), word_error, context) {
    router_.claim(std::string(kS3Route), [this](const http::RequestHead& head) -> http::Handler* {
      return s3_.claims(head) ? &s3_ : nullptr;
    });
    router_.guard([this](const http::RequestHead& head, const http::Route& route) {
      return guard(head, route);
    });
  }

  // Stopped while the HTTP server still exists, because the thread of playlists_ wakes it.
  ~EmbeddedServer() override { playlists_.stop(); }

  Result<void> listen() {
    if (live_streams_) {
      const auto now = context_.clock_or_system().steady_now();
      if (auto waiting = live_streams_->recover(now); !waiting) return waiting;
    }
    if (auto taking = take_publishers(); !taking) return taking;
    auto http = http::Server::start(options_.http, router_, context_);
    if (!http) return http.error();
    http_ = *std::move(http);
    waker_ = http_.get();
    playlists_.start();
    sweeper_ = std::make_unique<live::SessionSweeper>(
        stores_.objects, stores_.maintenance, options_.retention, sweeper_hooks(), context_);
    recovery_ = std::jthread([this](std::stop_token stop) { recover(std::move(stop)); });
    if (live_streams_) {
      live_sweep_ = std::jthread([this](const std::stop_token& stop) { sweep_live_streams(stop); });
    }
    return {};
  }

  std::uint16_t port() const noexcept override { return http_->port(); }

  std::string local_url() const override { return http_->local_url(); }

  std::string public_url() const override {
    return options_.public_url.empty() ? local_url() : options_.public_url;
  }

  bool is_recovered() const noexcept override { return health_.is_recovered(); }

  live::LiveStreams* live_streams() noexcept override { return live_streams_.get(); }

  LiveIngestPorts live_ports() const noexcept override {
    return live_entry_ ? live_entry_->ports() : options_.live_ports;
  }

  Result<void> reload() override {
    // Each file is read even if the other one is invalid.
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

  void stop() override {
    recovery_.request_stop();
    live_sweep_.request_stop();
    if (live_entry_) live_entry_->stop();
    http_->stop();
  }

 private:
  // Runs beside the first requests. What it has to find was never acknowledged, so that no client
  // relies on it; only the retention waits, because it removes what has no record.
  void recover(std::stop_token stop) {
    Clock& clock = context_.clock_or_system();
    constexpr double kNoJitter = 0;
    for (int attempt = 1;; ++attempt) {
      const auto recovered =
          live::reconcile(stores_.objects, stores_.maintenance, stores_.records, stores_.jobs,
                          {.bucket = options_.bucket}, context_, stop);
      if (recovered) break;
      if (stop.stop_requested()) return;
      context_.log(LogLevel::Error, "not ready: the recovery failed and will be tried again",
                   {{"error", to_string(recovered.error())}});
      const auto next = clock.steady_now() + kRecoveryRetry.delay_after(attempt, kNoJitter);
      if (!clock.wait_until(next, stop)) return;
    }
    health_.set_recovered();
    sweeper_->start();
  }

  void sweep_live_streams(const std::stop_token& stop) {
    Clock& clock = context_.clock_or_system();
    do {
      live_streams_->sweep(clock.steady_now());
    } while (clock.wait_until(clock.steady_now() + kLiveSweepInterval, stop));
  }

  Result<void> take_publishers() {
    if (!takes_publishers(options_.live_media)) return {};
    if (!live_streams_) {
      return Error{ErrorCode::InvalidArgument, "--rtmp-listen needs a store of live streams"};
    }
    publishers_ = std::make_unique<live::StreamKeyAuthorizer>(
        *live_streams_,
        live::StreamKeyAuthorizerOptions{.open_on_loopback = opened_.keys == nullptr}, context_);
    auto entry = open_live_entry(options_,
                                 {live_outputs_, upload_objects_, *publishers_, *live_streams_,
                                  [this](std::string_view topic) {
                                    if (auto* http = waker_.load()) http->wake(topic);
                                  }},
                                 context_);
    if (!entry) return entry.error();
    live_entry_ = *std::move(entry);
    return {};
  }

  [[nodiscard]] bool expects_media(std::string_view stream_id) {
    if (!live_streams_) return false;
    const auto stream = live_streams_->find(stream_id);
    if (!stream || stream->revoked_at) return false;
    const auto state = stream->status.state;
    return state == LiveStreamState::PendingIngest || state == LiveStreamState::Active;
  }

  void live_stream_changed(const LiveStream& stream) {
    if (!live_entry_) return;
    const auto state = stream.status.state;
    const bool is_over =
        state == LiveStreamState::EndedGracefully || state == LiveStreamState::Error;
    if (is_over) live_entry_->end(stream.id);
  }

  void session_changed(std::string_view session_id) {
    streams_.playlist_changed(session_id);
    http_->wake(session_topic(session_id));
  }

  std::vector<http::Route> routes(std::vector<http::Route> extra) {
    auto routes = sessions_.routes();
    const auto add = [&routes](std::vector<http::Route> more) {
      std::move(more.begin(), more.end(), std::back_inserter(routes));
    };
    add(streams_.routes());
    add(live_api_.routes());
    add(live_media_.routes());
    add(opened_.watch_page ? opened_.watch_page->routes() : std::vector{no_watch_page()});
    add(health_.routes());
    routes.push_back(metrics_.route());
    routes.push_back(front_page_route({.base_url = options_.public_url,
                                       .needs_key = opened_.keys != nullptr,
                                       .streaming_enabled = options_.streaming_enabled,
                                       .watch_page = opened_.watch_page != nullptr}));
    add(std::move(extra));
    return routes;
  }

  std::optional<http::Response> guard(const http::RequestHead& head, const http::Route& route) {
    const auto rejection = access_.admit(head, route);
    if (!rejection) return {};
    if (route.name != kS3Route) return to_response(*rejection);
    auto response = s3_.error(head, rejection->status, rejection->message);
    response.headers.push_back({"Retry-After", std::to_string(rejection->retry_after.count())});
    return response;
  }

  ObjectAccessOptions object_access_options(const ServerOptions& options) {
    return {.bucket = options.bucket,
            .operator_key = options.operator_key,
            .sessions = {.may_call =
                             [this](std::string_view session_id) {
                               return !access_.admit_to_session(session_id);
                             }},
            .quota = &quota_,
            .disk = &disk_};
  }

  s3::EndpointOptions s3_options(const ServerOptions& options) {
    return {
        .bucket = options.bucket,
        .region = options.region,
        .max_object_bytes = options.max_chunk_bytes,
        .upload_group = upload_group,
        .reserved_path =
            [this](std::string_view path) { return path != "/" && router_.matches(path); },
        .allows_origin =
            [this](std::string_view origin) { return opened_.cors_origins.allows(origin); },
        .on_bad_signature = [this](const http::RequestHead& head) { access_.note_failure(head); }};
  }

  live::SweeperHooks sweeper_hooks() {
    return {.ended = [this](std::string_view session_id) { quota_.forget(session_id); },
            .expired =
                [this](std::string_view session_id) {
                  playlists_.forget(session_id);
                  quota_.forget(session_id);
                },
            .remove_unfinished_uploads = [this](WallTime before) -> Result<void> {
              const auto removed = s3_.remove_stale_uploads(before, {});
              return removed ? Result<void>() : removed.error();
            }};
  }

  const ServerOptions options_;
  const Stores stores_;
  const Context context_;
  const Opened opened_;
  AccessControl access_;
  live::ViewerCounts viewers_;
  live::ManifestService playlists_;
  StatusApi status_;
  DiskReserve disk_;
  ReservingObjectStore upload_objects_;
  SessionQuota quota_;
  live::Sessions live_sessions_;
  SessionApi sessions_;
  live::LiveDirectory live_outputs_;
  const std::unique_ptr<live::LiveStreams> live_streams_;
  LiveStreamApi live_api_;
  LiveMediaApi live_media_;
  std::unique_ptr<live::PublishAuthorizer> publishers_;
  StreamApi streams_;
  HealthApi health_;
  live::ChunkIngest ingest_;
  ObjectAccess object_access_;
  s3::Endpoint s3_;
  MetricsApi metrics_;
  http::Router router_;
  // After everything that its threads use.
  std::unique_ptr<http::Server> http_;
  // The same, once requests are served.
  std::atomic<http::Server*> waker_ = nullptr;
  // After the HTTP server, because it wakes the server's clients, as the thread of playlists_ does.
  std::unique_ptr<live::SessionSweeper> sweeper_;
  // After the sweeper, which it starts.
  std::jthread recovery_;
  // After the HTTP server, which it wakes.
  std::unique_ptr<LiveEntry> live_entry_;
  std::jthread live_sweep_;
};

Result<std::unique_ptr<live::SegmentUrls>> open_segment_urls(const ServerOptions& options) {
  if (options.segment_urls == SegmentUrlKind::Relative) {
    return std::unique_ptr<live::SegmentUrls>(std::make_unique<live::RelativeSegmentUrls>());
  }
  auto urls = live::PresignedSegmentUrls::create(
      {options.public_url, options.bucket, options.region, *options.operator_key});
  if (!urls) return urls.error();
  return std::unique_ptr<live::SegmentUrls>(*std::move(urls));
}

Result<Opened> open(const ServerOptions& options, const Stores& stores,
                    const http::ListenAddress& address) {
  Opened opened;
  opened.address = address;
  auto origins = CorsOrigins::create(options.cors_origins, options.public_url);
  if (!origins) return origins.error();
  opened.cors_origins = *std::move(origins);
  if (!options.access.api_keys.empty()) {
    auto keys = ApiKeys::open(options.access.api_keys);
    if (!keys) return keys.error();
    opened.keys = *std::move(keys);
  }
  auto urls = open_segment_urls(options);
  if (!urls) return urls.error();
  opened.segment_urls = *std::move(urls);
  if (!options.web_dir.empty()) {
    auto page = WatchPage::open(options.web_dir, stores.sessions);
    if (!page) return page.error();
    opened.watch_page = *std::move(page);
  }
  return opened;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, const Stores& stores,
                                              Context context, std::vector<http::Route> extra) {
  const auto address = http::parse_listen_address(options.http.listen);
  if (!address) return address.error();
  auto public_url = check_public_url(options.public_url);
  if (!public_url) return public_url.error();
  options.public_url = *std::move(public_url);
  complete(options);
  if (auto checked = check_options(options, *address); !checked) return checked.error();
  if (auto checked = check_routes(extra, options.bucket); !checked) return checked.error();
  auto opened = open(options, stores, *address);
  if (!opened) return opened.error();
  if (options.metrics != nullptr) {
    describe_server_metrics(*options.metrics);
    context.gauge("streamkit_disk_reserve_bytes",
                  static_cast<double>(options.quotas.disk_reserve_bytes));
  }

  auto server = std::make_unique<EmbeddedServer>(options, *std::move(opened), stores, context,
                                                 std::move(extra));
  if (auto listening = server->listen(); !listening) return listening.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace streamkit::server
