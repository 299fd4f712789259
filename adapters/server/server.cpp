#include "server/server.hpp"

#include <algorithm>
#include <array>
#include <streamkit/net/url.hpp>

#include "server/playlist_service.hpp"
#include "server/router.hpp"

namespace streamkit::server {
namespace {

// First path segments that are taken.
constexpr std::array<std::string_view, 5> kReservedNames = {"stream", "stream_sessions", "watch",
                                                            "healthz", "metrics"};

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

// Source: Amazon S3 User Guide, "General purpose bucket naming rules".
Result<void> check_bucket(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool valid = name.size() >= 3 && name.size() <= 63 && is_letter(name.front()) &&
                     is_letter(name.back()) && std::all_of(name.begin(), name.end(), [&](char c) {
                       return is_letter(c) || c == '-' || c == '.';
                     });
  if (!valid) {
    return invalid("the bucket name '" + std::string(name) +
                   "' must be 3 to 63 of a-z, 0-9, '-' and '.'");
  }
  if (std::find(kReservedNames.begin(), kReservedNames.end(), name) != kReservedNames.end()) {
    return invalid("the bucket name '" + std::string(name) + "' is a path of the server's own");
  }
  return {};
}

// Empty stays empty; a trailing slash goes.
Result<std::string> check_public_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (url.empty()) return url;
  const auto parsed = net::parse_url(url);
  if (!parsed) return parsed.error().with_context("public URL");
  if (!parsed->query.empty()) return invalid("the public URL must not have a query");
  return url;
}

// Whether others than this machine's users are meant to reach the server.
bool is_beyond_loopback(const ServerConfig& config, const ListenAddress& address) {
  const auto url = net::parse_url(config.public_url);
  return !address.loopback || (url && !net::is_loopback(*url));
}

Result<void> check_reach(const ServerConfig& config, bool beyond_loopback) {
  if (config.open || !beyond_loopback) return {};
  return invalid(
      "listening on " + config.http.listen +
      (config.public_url.empty() ? "" : " with a public URL") +
      " lets whoever reaches the server create streams: listen on 127.0.0.1, or say that "
      "this is meant with --open");
}

SessionApiConfig session_config(const ServerConfig& config, const std::string& public_url,
                                const ListenAddress& address) {
  return {.public_url = public_url,
          .bucket = config.bucket,
          .region = config.region,
          // On loopback plain calls work; beyond it a viewer must not end a stream.
          .end_needs_control_token = is_beyond_loopback(config, address),
          .streaming_enabled = config.streaming_enabled,
          .watch_page = !config.web_dir.empty()};
}

OpenObject opener(const local::DiskObjectStore& objects) {
  return [&objects](std::string_view key) -> Result<std::shared_ptr<const OpenFile>> {
    const auto path = objects.path_of(key);
    if (!path) return path.error();
    return OpenFile::open(*path);
  };
}

class EmbeddedServer final : public Server {
 public:
  EmbeddedServer(const ServerConfig& config, std::string public_url, ListenAddress address,
                 const ServerStores& stores, Context context,
                 const common::PrometheusMetrics* metrics, std::unique_ptr<WatchPage> watch_page)
      : public_url_(std::move(public_url)),
        address_(std::move(address)),
        watch_page_(std::move(watch_page)),
        playlists_(stores.sessions, {}, context),
        sessions_(stores.sessions, session_config(config, public_url_, address_), context),
        streams_(playlists_, stores.objects, config.stream, context),
        s3_(stores.sessions, stores.jobs, stores.objects, opener(stores.objects),
            {config.bucket, config.region, config.max_chunk_bytes, config.operator_key}, context),
        router_({sessions_, streams_, s3_, watch_page_.get(), stores.jobs, metrics}, context) {}

  Result<void> listen(const HttpServerConfig& config, Context context) {
    auto http = HttpServer::start(config, router_, context);
    if (!http) return http.error();
    http_ = *std::move(http);
    return {};
  }

  std::uint16_t port() const noexcept override { return http_->port(); }

  std::string local_url() const override {
    const bool any_v4 = address_.host == "0.0.0.0";
    const bool any_v6 = address_.host == "::";
    const std::string host = any_v4 ? "127.0.0.1" : any_v6 ? "::1" : address_.host;
    const bool v6 = host.find(':') != std::string::npos;
    return "http://" + (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port());
  }

  std::string public_url() const override {
    return public_url_.empty() ? local_url() : public_url_;
  }

  void stop() override { http_->stop(); }

 private:
  const std::string public_url_;
  const ListenAddress address_;
  const std::unique_ptr<WatchPage> watch_page_;
  PlaylistService playlists_;
  SessionApi sessions_;
  StreamApi streams_;
  S3Api s3_;
  Router router_;
  // Last: its threads use all of the above.
  std::unique_ptr<HttpServer> http_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerConfig& config,
                                              const ServerStores& stores, Context context,
                                              const common::PrometheusMetrics* metrics) {
  const auto address = parse_listen_address(config.http.listen);
  if (!address) return address.error();
  const auto public_url = check_public_url(config.public_url);
  if (!public_url) return public_url.error();
  if (auto bucket = check_bucket(config.bucket); !bucket) return bucket.error();
  if (config.region.empty()) return invalid("the region must not be empty");
  if (auto reach = check_reach(config, is_beyond_loopback(config, *address)); !reach) {
    return reach.error();
  }

  std::unique_ptr<WatchPage> watch_page;
  if (!config.web_dir.empty()) {
    auto opened = WatchPage::open(config.web_dir, stores.sessions);
    if (!opened) return opened.error();
    watch_page = *std::move(opened);
  }
  auto server = std::make_unique<EmbeddedServer>(config, *public_url, *address, stores, context,
                                                 metrics, std::move(watch_page));
  if (auto listening = server->listen(config.http, context); !listening) return listening.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace streamkit::server
