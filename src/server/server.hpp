#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>

#include <streamkit/http/server.hpp>
#include <streamkit/live/retention.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>
#include "server/access_control.hpp"
#include "server/health_api.hpp"
#include "server/stream_api.hpp"

namespace streamkit::server {

/// Who may create sessions.
struct AccessConfig {
  /// Whoever reaches the server.
  bool open = false;
  /// Who has a key of this file (see ApiKeys). Empty: whoever is on this machine; beyond loopback
  /// the server needs the one or the other.
  std::filesystem::path api_keys = {};
};

/// How playlists name segments.
enum class SegmentUrlKind {
  Relative,  ///< Beside the playlist: this server sends them.
  Presigned  ///< Signed URLs of the S3 endpoint under the public URL.
};

struct ServerConfig {
  /// Address, threads, bounds and times of the HTTP server.
  http::HttpServerConfig http = {};
  /// Base of the URLs in answers, as in "https://video.example.org"; empty: scheme and host of the
  /// request.
  std::string public_url = {};
  AccessConfig access = {};
  /// Limits on rates. Its metrics_need_key is the server's to decide.
  GateConfig gate = {};
  live::RetentionConfig retention = {};
  /// False: no new sessions.
  bool streaming_enabled = true;
  /// Names under which uploads and events know the store. 3 to 63 of [a-z0-9.-].
  std::string bucket = "streamkit-input";
  std::string region = "us-east-1";
  std::uint64_t max_chunk_bytes = 64 * 1024 * 1024;
  /// When a playlist is handed out.
  StreamApiConfig stream = {};
  /// Presigned needs a public URL, an operator key, and streams that are kept for seven days at
  /// most.
  SegmentUrlKind segment_urls = SegmentUrlKind::Relative;
  /// May read, list and delete through the S3 endpoint; empty: nobody may.
  std::optional<net::Credentials> operator_key = {};
  HealthConfig health = {};
  /// The folder whose disk must have room for GET /healthz to succeed, usually that of the objects;
  /// empty: no disk is looked at.
  std::filesystem::path data_dir = {};
  /// The watch page's folder; empty: no watch page.
  std::filesystem::path web_dir = {};
};

/// What the server serves from. Lent: must outlive it.
struct ServerStores {
  ObjectStore& objects;
  SessionStore& sessions;
  StreamRecords& records;
  SessionMaintenance& maintenance;
  JobQueue& jobs;
};

/// The HTTP API, the S3 endpoint for uploads, playlists, segments and the watch page, in one
/// process: the embedded form. Handlers read and write the stores on the HTTP server's threads.
/// Thread-safety: every method from any thread.
class Server {
 public:
  /// Serves on its own threads until stop(). `metrics` is what GET /metrics prints, usually the
  /// same as `context.metrics`; null: 404.
  /// Errors: InvalidArgument (names the setting and what it should be, an address beyond loopback
  /// that nobody guards too); NotFound (web_dir, api_keys); PermissionDenied (api_keys that
  /// everybody may read); Unavailable (the port is taken).
  static Result<std::unique_ptr<Server>> start(const ServerConfig& config,
                                               const ServerStores& stores, Context context = {},
                                               telemetry::PrometheusMetrics* metrics = nullptr);
  /// Stops.
  virtual ~Server() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /// Where clients on this machine reach it, as in "http://127.0.0.1:8000".
  [[nodiscard]] virtual std::string local_url() const = 0;
  /// The public URL, or else local_url().
  [[nodiscard]] virtual std::string public_url() const = 0;
  /// Reads API keys and TLS files again. What cannot be read stays as it was. Errors: those of
  /// ApiKeys::open() and HttpServer::reload_tls().
  virtual Result<void> reload() = 0;
  /// As HttpServer::stop().
  virtual void stop() = 0;
};

}  // namespace streamkit::server
