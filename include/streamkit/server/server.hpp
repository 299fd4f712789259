#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/live_stream_store.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>
#include <vector>

#include <streamkit/http/router.hpp>
#include <streamkit/http/server.hpp>
#include <streamkit/live/live_streams.hpp>
#include <streamkit/live/retention.hpp>
#include <streamkit/server/access_control.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>

namespace streamkit::server {

/// Permissions to create sessions.
struct STREAMKIT_API AccessOptions {
  /// Everybody who can reach the server may create sessions.
  bool open = false;
  /// Holders of a key in this file may create sessions (see ApiKeys). Empty: everybody on this
  /// machine. Beyond loopback the server needs either this or `open`.
  std::filesystem::path api_keys = {};
};

/// The kind of segment URLs in playlists.
enum class SegmentUrlKind {
  Relative,  ///< Next to the playlist: this server sends them.
  Presigned  ///< Signed URLs of the S3 endpoint under the public URL.
};

/// Delays of playlists, and their lifetime in caches.
struct STREAMKIT_API StreamOptions {
  /// A playlist is held back until it has this number of segments. With fewer, some players do not
  /// start, and never try again. 3 suits every player; 1 suits many players and starts sooner. A
  /// request overrides it with "?start=N".
  std::uint64_t start_segments = 3;
  /// The maximum time for which a playlist is held back. Empty: the nominal length of the chunks
  /// times the number of segments waited for, plus 10 s; at most 10 minutes. A request with
  /// "?nowait=1" gets its response immediately.
  std::optional<std::chrono::milliseconds> hold = {};
  /// The interval at which a held request is checked when no change is reported.
  std::chrono::milliseconds poll_interval{5000};
  /// The time for which caches in front may keep a live playlist. They may keep a complete one
  /// sixty times as long.
  /// 0: no caching. 1 lets a CDN respond for this server, and delays each segment by up to 1 s.
  std::chrono::seconds playlist_max_age{0};
};

/// Conditions for the server to report that it is ready.
struct STREAMKIT_API HealthOptions {
  /// The server is not ready when the disk of the objects has less free space than this.
  std::uint64_t min_free_bytes = 64ULL * 1024 * 1024;
};

/// Limits on what clients may store.
struct STREAMKIT_API QuotaOptions {
  /// The total size of the chunks of one session; further ones are rejected with S3's code
  /// QuotaExceeded. 0: no limit, since a stream's size follows from its length and bit rate. Set it
  /// where strangers may send: it keeps one session from taking the disk.
  std::uint64_t max_session_bytes = 0;
  /// The number of chunks of one session, that is, of indexes from 0. 0: no limit. Each costs about
  /// 100 bytes of the playlist, which is kept in memory and sent whole. The default is enough for
  /// two weeks of chunks of 5 s.
  std::uint64_t max_chunks = 250'000;
  /// The number of sessions that have not ended; further ones are rejected with 429. 0: no limit.
  std::uint64_t max_sessions = 10'000;
  /// The free space that uploads leave for work in progress: the segments of accepted chunks, and
  /// the database. Uploads that would take from it are rejected with S3's code SlowDown, which
  /// clients retry, and sessions are not created. 0: no reserve.
  std::uint64_t disk_reserve_bytes = 512ULL * 1024 * 1024;
  /// Returns the free space for objects in bytes; no value if it is unknown, and the reserve then
  /// has no effect. Called ten times a second at most, from any thread. Empty: the free space of
  /// ServerOptions::data_dir, if there is one.
  std::function<std::optional<std::uint64_t>()> free_bytes = {};
};

/// Where publishers of live streams connect, and how their media are cut.
struct STREAMKIT_API LiveMediaOptions {
  /// "host:port" for RTMP publishers; port 0 selects a free one. Empty: none.
  std::string rtmp_listen = {};
  /// The same for RTMP over TLS, with the files of ServerOptions::http.
  std::string rtmps_listen = {};
  /// Segments begin at the first keyframe at or after each multiple of it.
  MediaTime segment_duration = std::chrono::seconds(2);
  /// Players that know low latency stay three parts behind.
  MediaTime part_duration = std::chrono::milliseconds(500);
  /// How much of a stream is listed while it is live, unless the stream has a choice of its own.
  MediaTime window = std::chrono::seconds(60);
};

/// The ports at which publishers of live streams arrive, for the URLs in responses. 0: none.
struct STREAMKIT_API LiveIngestPorts {
  std::uint16_t rtmp = 0;
  std::uint16_t rtmps = 0;
  std::uint16_t srt = 0;
};

struct STREAMKIT_API ServerOptions {
  /// Address, threads, limits and timeouts of the HTTP server. The server takes trust_proxy from
  /// `access_control`, and lets each client and each session have the memory of one chunk at least.
  http::ServerOptions http = {};
  /// Base of the URLs in responses, as in "https://video.example.org"; empty: scheme and host of
  /// the request.
  std::string public_url = {};
  AccessOptions access = {};
  /// Rate limits. The server sets metrics_need_key and local_callers_only itself.
  AccessControlOptions access_control = {};
  QuotaOptions quotas = {};
  live::RetentionOptions retention = {};
  /// Grace times and limits of live streams; see Stores::live_streams.
  live::LiveStreamsOptions live = {};
  LiveIngestPorts live_ports = {};
  LiveMediaOptions live_media = {};
  /// False: no new sessions.
  bool streaming_enabled = true;
  /// The name of the bucket in uploads and events: 3 to 63 characters of [a-z0-9.-].
  std::string bucket = "streamkit-input";
  std::string region = "us-east-1";
  std::uint64_t max_chunk_bytes = 64 * 1024 * 1024;
  /// The origins whose pages may upload from a browser, as in "https://app.example.com"; "*": all.
  /// Empty: pages of this machine (localhost). The server's own pages always may.
  std::vector<std::string> cors_origins = {};
  StreamOptions stream = {};
  /// Presigned needs a public URL, an operator key, and a retention of streams of at most seven
  /// days.
  SegmentUrlKind segment_urls = SegmentUrlKind::Relative;
  /// The key that may read, list and delete through the S3 endpoint; empty: no such key.
  std::optional<net::Credentials> operator_key = {};
  HealthOptions health = {};
  /// The folder whose disk must have free space for GET /healthz to succeed, usually that of the
  /// objects; empty: no disk is checked.
  std::filesystem::path data_dir = {};
  /// The watch page's folder; empty: no watch page.
  std::filesystem::path web_dir = {};
  /// The metrics that GET /metrics returns, usually the same object as Context::metrics; null: 404.
  /// Must outlive the server.
  telemetry::PrometheusMetrics* metrics = nullptr;
};

/// Returns the folder of the installed watch page, `../share/streamkit/web` relative to the running
/// program's folder. Empty when it does not exist.
STREAMKIT_API [[nodiscard]] std::filesystem::path default_web_dir();

/// The stores of a server. All must outlive it.
struct STREAMKIT_API Stores {
  ObjectStore& objects;
  SessionStore& sessions;
  StreamRecords& records;
  SessionMaintenance& maintenance;
  JobQueue& jobs;
  /// Null: the server takes no live streams, and /streams responds with 503.
  LiveStreamStore* live_streams = nullptr;
};

/// The complete service in one object: the HTTP API, the S3 endpoint for uploads, playlists,
/// segments, feeds and the watch page. Applications that need only parts of it use the rooms http,
/// s3 and live.
/// Thread-safety: every method from any thread.
class STREAMKIT_API Server {
 public:
  /// Serves on its own threads until stop(). `extra` are additional routes of the application. They
  /// cannot replace the server's own paths, and every request is subject to the rate limit by its
  /// route's weight. The targets of `context` must outlive the server.
  /// What an earlier run left unfinished is recovered beside the first requests: see
  /// is_recovered().
  /// Errors: InvalidArgument (names the setting and what it should be; also an address beyond
  /// loopback without access options); NotFound (web_dir, api_keys); PermissionDenied (api_keys
  /// readable by everybody); Unavailable (the port is taken).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, const Stores& stores,
                                               Context context = {},
                                               std::vector<http::Route> extra = {});
  /// Calls stop().
  virtual ~Server() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /// Returns the URL for clients on this machine, as in "http://127.0.0.1:8000".
  [[nodiscard]] virtual std::string local_url() const = 0;
  /// Returns the public URL, or local_url() when there is none.
  [[nodiscard]] virtual std::string public_url() const = 0;
  /// Returns whether every chunk that an earlier run stored but did not record has been sent to the
  /// workers. Until then /healthz/ready returns 503, and retention removes nothing. A failure is
  /// logged and tried again.
  [[nodiscard]] virtual bool is_recovered() const noexcept = 0;
  /// Returns the live streams, for whatever takes publishers in; null when they are off. Valid
  /// until the server is destroyed, as publications must be.
  [[nodiscard]] virtual live::LiveStreams* live_streams() noexcept = 0;
  /// Returns the ports at which publishers connect; ServerOptions::live_ports where an application
  /// takes them in itself.
  [[nodiscard]] virtual LiveIngestPorts live_ports() const noexcept = 0;
  /// Reads API keys and TLS files again. A file that cannot be read leaves the previous state
  /// unchanged. Errors: those of ApiKeys::open() and http::Server::reload_tls().
  virtual Result<void> reload() = 0;
  /// As http::Server::stop().
  virtual void stop() = 0;
};

}  // namespace streamkit::server
