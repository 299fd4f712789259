#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>
#include <vector>

#include <streamkit/http/router.hpp>
#include <streamkit/http/server.hpp>
#include <streamkit/live/retention.hpp>
#include <streamkit/server/access_control.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>

namespace streamkit::server {

/// Who may create sessions.
struct STREAMKIT_API AccessOptions {
  /// Everybody who reaches the server may.
  bool open = false;
  /// Holders of a key in this file may (see ApiKeys). Empty: everybody on this machine; beyond
  /// loopback the server needs either this or `open`.
  std::filesystem::path api_keys = {};
};

/// How playlists name segments.
enum class SegmentUrlKind {
  Relative,  ///< Beside the playlist: this server sends them.
  Presigned  ///< Signed URLs of the S3 endpoint under the public URL.
};

/// When playlists are sent, and how long they may be cached.
struct STREAMKIT_API StreamOptions {
  /// A playlist is held back until it has this many segments: players take an empty one for a
  /// broken stream. 3 suits every player; 1 suits most, and starts sooner.
  std::uint64_t start_segments = 1;
  /// How long a playlist is held back at most; "?nowait=1" is responded to immediately.
  std::chrono::milliseconds hold{8000};
  /// How often a held request is looked at even when no change is reported.
  std::chrono::milliseconds poll_interval{1000};
  /// How long caches in front may keep a live playlist; a complete one sixty times as long.
  /// 0: not at all; 1 lets a CDN respond for this server, and shows each segment up to 1 s later.
  std::chrono::seconds playlist_max_age{0};
};

/// When the server reports that it is ready.
struct STREAMKIT_API HealthOptions {
  /// With less free space on the disk of the objects than this, the server is not ready.
  std::uint64_t min_free_bytes = 64ULL * 1024 * 1024;
};

struct STREAMKIT_API ServerOptions {
  /// Address, threads, bounds and times of the HTTP server.
  http::ServerOptions http = {};
  /// Base of the URLs in responses, as in "https://video.example.org"; empty: scheme and host of
  /// the request.
  std::string public_url = {};
  AccessOptions access = {};
  /// Rate limits. The server sets metrics_need_key and local_callers_only itself.
  AccessControlOptions access_control = {};
  live::RetentionOptions retention = {};
  /// False: no new sessions.
  bool streaming_enabled = true;
  /// Names under which uploads and events know the store. 3 to 63 of [a-z0-9.-].
  std::string bucket = "streamkit-input";
  std::string region = "us-east-1";
  std::uint64_t max_chunk_bytes = 64 * 1024 * 1024;
  StreamOptions stream = {};
  /// Presigned needs a public URL, an operator key, and streams that are kept for seven days at
  /// most.
  SegmentUrlKind segment_urls = SegmentUrlKind::Relative;
  /// May read, list and delete through the S3 endpoint; empty: nobody may.
  std::optional<net::Credentials> operator_key = {};
  HealthOptions health = {};
  /// The folder whose disk must have room for GET /healthz to succeed, usually that of the objects;
  /// empty: no disk is looked at.
  std::filesystem::path data_dir = {};
  /// The watch page's folder; empty: no watch page.
  std::filesystem::path web_dir = {};
  /// What GET /metrics prints, usually the same object as Context::metrics; null: 404. Must outlive
  /// the server.
  telemetry::PrometheusMetrics* metrics = nullptr;
};

/// `../share/streamkit/web` beside the running program's folder: where the watch page is installed.
/// Empty when there is none.
STREAMKIT_API [[nodiscard]] std::filesystem::path default_web_dir();

/// What the server serves from. All must outlive it.
struct STREAMKIT_API Stores {
  ObjectStore& objects;
  SessionStore& sessions;
  StreamRecords& records;
  SessionMaintenance& maintenance;
  JobQueue& jobs;
};

/// The whole service in one object: the HTTP API, the S3 endpoint for uploads, playlists, segments,
/// feeds and the watch page. Applications that want parts of it use the rooms http, s3 and live.
/// Thread-safety: every method from any thread.
class STREAMKIT_API Server {
 public:
  /// Serves on its own threads until stop(). `extra` are routes of the application's own: paths
  /// that the server has itself cannot be replaced, and every request is subject to the rate limit
  /// by its route's weight. What `context` points to must outlive the server.
  /// Errors: InvalidArgument (names the setting and what it should be; also an address beyond
  /// loopback without access options); NotFound (web_dir, api_keys); PermissionDenied (api_keys
  /// that everybody may read); Unavailable (the port is taken).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, const Stores& stores,
                                               Context context = {},
                                               std::vector<http::Route> extra = {});
  /// Stops.
  virtual ~Server() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /// Where clients on this machine reach it, as in "http://127.0.0.1:8000".
  [[nodiscard]] virtual std::string local_url() const = 0;
  /// The public URL, or else local_url().
  [[nodiscard]] virtual std::string public_url() const = 0;
  /// Reads API keys and TLS files again. What cannot be read stays as it was. Errors: those of
  /// ApiKeys::open() and http::Server::reload_tls().
  virtual Result<void> reload() = 0;
  /// As http::Server::stop().
  virtual void stop() = 0;
};

}  // namespace streamkit::server
