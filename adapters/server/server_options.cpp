#include "server/server_options.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <streamkit/core/text.hpp>

#include <streamkit/telemetry/json_logger.hpp>
#include "server/operator_key_file.hpp"

namespace streamkit::server_tool {
namespace {

using common::Arguments;
using common::Flag;
using std::chrono::milliseconds;

constexpr std::int64_t kKibibyte = 1024;
constexpr std::int64_t kMebibyte = 1024 * 1024;

// Formats a default value, which is a whole number.
std::string text_of(double value) { return std::to_string(static_cast<std::int64_t>(value)); }

Result<void> read_limits(const Arguments& arguments, server::ServerOptions& server) {
  const auto threads = arguments.integer("threads", 1, 256);
  const auto connections = arguments.integer("max-connections", 1, 1'000'000);
  const auto blocking_threads = arguments.integer("blocking-threads", 1, 256);
  const auto per_client = arguments.integer("max-connections-per-client", 0, 1'000'000);
  const auto bodies_mib = arguments.integer("max-bodies-mib", 1, 1'048'576);
  const auto chunk_mib = arguments.integer("max-chunk-mib", 1, 4096);
  for (const auto* number :
       {&threads, &connections, &blocking_threads, &per_client, &bodies_mib, &chunk_mib}) {
    if (!*number) return number->error();
  }
  server.http.threads = static_cast<int>(*threads);
  server.http.max_connections = static_cast<std::size_t>(*connections);
  server.http.blocking_threads = static_cast<int>(*blocking_threads);
  server.http.max_connections_per_client = static_cast<std::size_t>(*per_client);
  server.http.max_body_bytes_in_flight = static_cast<std::uint64_t>(*bodies_mib * kMebibyte);
  server.max_chunk_bytes = static_cast<std::uint64_t>(*chunk_mib * kMebibyte);
  // No client and no session takes more than a quarter of the memory.
  server.http.max_body_bytes_per_client = server.http.max_body_bytes_in_flight / 4;
  server.http.max_body_bytes_per_sender = server.http.max_body_bytes_in_flight / 4;
  return {};
}

Result<void> read_shares(const Arguments& arguments, http::ServerOptions& http) {
  constexpr std::int64_t kMost = 1'000'000;
  const auto uploads = arguments.integer("max-uploads", 0, kMost);
  const auto of_client = arguments.integer("max-uploads-per-client", 0, kMost);
  const auto of_session = arguments.integer("max-uploads-per-session", 0, kMost);
  const auto rate_kib = arguments.integer("min-rate-kib", 0, kMost);
  for (const auto* number : {&uploads, &of_client, &of_session, &rate_kib}) {
    if (!*number) return number->error();
  }
  http.max_bodies = static_cast<std::size_t>(*uploads);
  http.max_bodies_per_client = static_cast<std::size_t>(*of_client);
  http.max_bodies_per_sender = static_cast<std::size_t>(*of_session);
  http.min_bytes_per_second = static_cast<std::uint64_t>(*rate_kib * kKibibyte);
  return {};
}

Result<void> read_quotas(const Arguments& arguments, server::QuotaOptions& quotas) {
  constexpr std::int64_t kMost = 1'000'000'000;
  const auto session_mib = arguments.integer("max-session-mib", 0, kMost);
  const auto chunks = arguments.integer("max-chunks", 0, kMost);
  const auto sessions = arguments.integer("max-sessions", 0, kMost);
  const auto reserve_mib = arguments.integer("disk-reserve-mib", 0, kMost);
  for (const auto* number : {&session_mib, &chunks, &sessions, &reserve_mib}) {
    if (!*number) return number->error();
  }
  quotas.max_session_bytes = static_cast<std::uint64_t>(*session_mib * kMebibyte);
  quotas.max_chunks = static_cast<std::uint64_t>(*chunks);
  quotas.max_sessions = static_cast<std::uint64_t>(*sessions);
  quotas.disk_reserve_bytes = static_cast<std::uint64_t>(*reserve_mib * kMebibyte);
  return {};
}

Result<std::optional<milliseconds>> read_hold(const Arguments& arguments) {
  if (arguments.text("hold-seconds").empty()) return std::optional<milliseconds>();
  const auto seconds = arguments.number("hold-seconds", 0, 600);
  if (!seconds) return seconds.error();
  return std::optional(milliseconds(static_cast<std::int64_t>(*seconds * 1000)));
}

Result<void> read_playlists(const Arguments& arguments, server::ServerOptions& server) {
  constexpr std::array<std::string_view, 2> kSegmentUrls = {"relative", "presigned"};
  const auto start_segments = arguments.integer("start-segments", 1, 100);
  const auto hold = read_hold(arguments);
  const auto max_age = arguments.integer("playlist-max-age", 0, 60);
  const auto urls = arguments.choice("segment-urls", kSegmentUrls);
  if (!start_segments) return start_segments.error();
  if (!hold) return hold.error();
  if (!max_age) return max_age.error();
  if (!urls) return urls.error();
  server.stream.start_segments = static_cast<std::uint64_t>(*start_segments);
  server.stream.hold = *hold;
  server.stream.playlist_max_age = std::chrono::seconds(*max_age);
  server.segment_urls =
      *urls == "presigned" ? server::SegmentUrlKind::Presigned : server::SegmentUrlKind::Relative;
  return {};
}

Result<void> read_live(const Arguments& arguments, server::LiveMediaOptions& live) {
  live.rtmp_listen = arguments.text("rtmp-listen");
  live.rtmps_listen = arguments.text("rtmps-listen");
  for (const auto* flag : {"rtmp-listen", "rtmps-listen"}) {
    const std::string address = arguments.text(flag);
    if (address.empty()) continue;
    if (const auto parsed = http::parse_listen_address(address); !parsed) {
      return parsed.error().with_context("--" + std::string(flag));
    }
  }
  const auto segment = arguments.number("segment-seconds", 0.5, 10);
  const auto part = arguments.number("part-seconds", 0.1, 2);
  const auto window = arguments.number("dvr-seconds", 10, 7 * 24 * 3600);
  for (const auto* number : {&segment, &part, &window}) {
    if (!*number) return number->error();
  }
  if (*part > *segment)
    return arguments.wrong("part-seconds", "a part is not longer than a segment");
  live.segment_duration = from_seconds(*segment);
  live.part_duration = from_seconds(*part);
  live.window = from_seconds(*window);
  return {};
}

// Splits at commas; blanks around an origin are ignored.
std::vector<std::string> read_origins(const Arguments& arguments) {
  std::vector<std::string> origins;
  const std::string list = arguments.text("cors-origins");
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const auto origin = trimmed(std::string_view(list).substr(at, end - at));
    if (!origin.empty()) origins.emplace_back(origin);
    at = end + 1;
  }
  return origins;
}

Result<void> read_rates(const Arguments& arguments, server::AccessControlOptions& access) {
  const auto client = arguments.number("client-rate", 0, 1e6);
  const auto session = arguments.number("session-rate", 0, 1e6);
  const auto create = arguments.number("create-rate", 0, 1e6);
  for (const auto* number : {&client, &session, &create}) {
    if (!*number) return number->error();
  }
  access.client_rate = *client;
  access.session_rate = *session;
  access.create_rate = *create;
  access.trust_proxy = arguments.given("trust-proxy");
  return {};
}

Result<void> read_retention(const Arguments& arguments, live::RetentionOptions& retention) {
  constexpr double kMostHours = 24 * 365 * 100;
  const auto idle = arguments.number("idle-timeout-seconds", 1, 30 * 24 * 3600);
  const auto input = arguments.number("keep-input-hours", 0, kMostHours);
  const auto streams = arguments.number("keep-streams-hours", 0, kMostHours);
  for (const auto* number : {&idle, &input, &streams}) {
    if (!*number) return number->error();
  }
  const auto seconds = [](double hours) {
    return std::chrono::seconds(std::llround(hours * 3600));
  };
  retention.idle_timeout = std::chrono::seconds(std::llround(*idle));
  retention.keep_input = seconds(*input);
  retention.keep_streams = seconds(*streams);
  if (*streams > 0 && *input > *streams) {
    return arguments.wrong("keep-input-hours", "chunks cannot be kept longer than their stream");
  }
  return {};
}

Result<void> read_tls(const Arguments& arguments, http::ServerOptions& http) {
  const std::string certificate = arguments.text("tls-cert");
  const std::string key = arguments.text("tls-key");
  if (certificate.empty() != key.empty()) {
    const auto* missing = certificate.empty() ? "tls-cert" : "tls-key";
    return arguments.wrong(missing, "TLS needs both a certificate and a key");
  }
  if (!certificate.empty()) http.tls = http::TlsFiles{certificate, key};
  return {};
}

// Returns an empty path for --no-watch-page, and in builds without a watch page.
std::filesystem::path web_dir(const Arguments& arguments) {
  if (arguments.given("no-watch-page")) return {};
  const std::string given = arguments.text("web-dir");
  return given.empty() ? server::default_web_dir() : std::filesystem::path(given);
}

// Flags for the address of the server, and for who may use it and how much.
std::vector<Flag> access_flags(const server::ServerOptions& defaults) {
  return {
      {"listen,l", "HOST:PORT",
       "address to listen on; port 0 selects a free one, which is printed; beyond loopback "
       "--api-keys or --open is required",
       defaults.http.listen},
      {"public-url", "URL",
       "base of the URLs in responses, if clients reach the server under another name"},
      {"api-keys", "FILE",
       "only holders of one of these keys may create streams; lines of NAME sha256:HEX, as "
       "'streamkit-server new-api-key NAME' prints them; read again on SIGHUP"},
      {"open", "", "let everybody who reaches the server create streams"},
      {"cors-origins", "LIST",
       "origins whose pages may upload from a browser, as in https://app.example.com, separated by "
       "commas; *: all; if not given: pages of this machine"},
      {"trust-proxy", "",
       "take the client's address from the last entry of X-Forwarded-For; only behind a proxy "
       "that writes it"},
      {"client-rate", "N",
       "requests per second and client; a playlist or segment counts as a tenth; a burst may "
       "have four times as many; 0: no limit",
       text_of(defaults.access_control.client_rate)},
      {"session-rate", "N", "control and upload calls per second and session; 0: no limit",
       text_of(defaults.access_control.session_rate)},
      {"create-rate", "N", "new sessions per minute and client; 0: no limit",
       text_of(defaults.access_control.create_rate)},
      {"tls-cert", "FILE",
       "serve HTTPS with this certificate and those that signed it, in PEM form; needs --tls-key; "
       "read again on SIGHUP"},
      {"tls-key", "FILE", "the certificate's private key, in PEM form"},
      {"max-connections", "N", "number of open connections; further clients wait",
       std::to_string(defaults.http.max_connections)},
      {"max-connections-per-client", "N",
       "open connections from one address (IPv6: one /64), loopback excepted; further ones are "
       "closed; with --trust-proxy: requests in progress; 0: no limit",
       std::to_string(defaults.http.max_connections_per_client)},
      {"max-bodies-mib", "N",
       "memory for the bodies of all requests in progress, a quarter of it for one client or "
       "session; a request beyond it is rejected and can be retried; whole objects take none, "
       "since they go to the disk as they arrive",
       std::to_string(defaults.http.max_body_bytes_in_flight / kMebibyte)},
      {"max-uploads", "N", "uploads in progress; one beyond them can be retried; 0: no limit",
       std::to_string(defaults.http.max_bodies)},
      {"max-uploads-per-client", "N",
       "the same from one address (IPv6: one /64), loopback excepted; 0: no limit",
       std::to_string(defaults.http.max_bodies_per_client)},
      {"max-uploads-per-session", "N", "the same of one session; 0: no limit",
       std::to_string(defaults.http.max_bodies_per_sender)},
      {"min-rate-kib", "N",
       "least KiB per second at which a client must send a body or read a response; a slower one "
       "is disconnected; 0: no least rate",
       std::to_string(defaults.http.min_bytes_per_second / kKibibyte)},
      {"threads", "N", "threads that serve, and as many that receive uploads",
       std::to_string(defaults.http.threads)},
      {"blocking-threads", "N", "threads that sync uploads to the disk",
       std::to_string(defaults.http.blocking_threads)},
  };
}

// Flags for what is stored, and for how long.
std::vector<Flag> store_flags(const server::ServerOptions& defaults) {
  return {
      {"data-dir,d", "DIR", "folder of objects, sessions and jobs; created if missing",
       "streamkit-data"},
      {"input-bucket",
       "NAME",
       "name of the bucket that uploads and events use",
       defaults.bucket,
       {"INPUT_BUCKET_NAME"}},
      {"region", "NAME", "region of upload signatures", defaults.region, {"AWS_REGION", "REGION"}},
      {"operator-key-file", "FILE",
       "file with ACCESS_KEY_ID:SECRET, mode 0600: requests signed with it may read, list and "
       "delete through the S3 endpoint"},
      {"streaming", "BOOL", "accept new streams: true or false", "true", {"STREAMING_ENABLED"}},
      {"max-chunk-mib", "N", "largest accepted chunk",
       std::to_string(defaults.max_chunk_bytes / kMebibyte)},
      {"max-session-mib", "N",
       "total size of the chunks of one session; 0: no limit, since it follows from a stream's "
       "length and bit rate",
       std::to_string(defaults.quotas.max_session_bytes / kMebibyte)},
      {"max-chunks", "N", "number of chunks of one session; 0: no limit",
       std::to_string(defaults.quotas.max_chunks)},
      {"max-sessions", "N", "number of sessions that have not ended; 0: no limit",
       std::to_string(defaults.quotas.max_sessions)},
      {"disk-reserve-mib", "N",
       "free space that uploads leave for segments and the database; below it, uploads are "
       "rejected and can be retried; 0: none",
       std::to_string(defaults.quotas.disk_reserve_bytes / kMebibyte)},
      {"idle-timeout-seconds", "S", "end a session without a new chunk for this time",
       std::to_string(defaults.retention.idle_timeout.count())},
      {"keep-input-hours", "H",
       "remove a session's chunks this time after its end; 0: with the stream", "0"},
      {"keep-streams-hours", "H", "remove a stream this time after its end; 0: never", "0"},
  };
}

// Flags for what viewers receive.
std::vector<Flag> playlist_flags(const server::ServerOptions& defaults) {
  return {
      {"start-segments", "N",
       "hold a playlist back until it has this number of segments; 3 suits every player, 1 many; a "
       "player asks for another number with ?start=N",
       std::to_string(defaults.stream.start_segments)},
      {"hold-seconds", "S",
       "hold a playlist back for at most this time, 0 to 600; if not given: the chunk length times "
       "the segments waited for, plus 10"},
      {"playlist-max-age", "S",
       "time for which caches in front may keep a live playlist; sixty times as long for a "
       "complete one; 0: no caching",
       std::to_string(defaults.stream.playlist_max_age.count())},
      {"segment-urls", "KIND",
       "segment URLs in playlists: relative, served by this server, or presigned, signed URLs of "
       "the S3 endpoint",
       "relative"},
      {"web-dir", "DIR", "folder of the watch page, if it is not the installed one"},
      {"no-watch-page", "", "do not serve the watch page"},
  };
}

// Flags for live streams.
std::vector<Flag> live_flags() {
  return {
      {"rtmp-listen", "HOST:PORT",
       "take live streams in by RTMP, as from OBS or FFmpeg: rtmp://HOST:PORT/live/KEY; usually "
       "port 1935"},
      {"rtmps-listen", "HOST:PORT", "the same by RTMP over TLS; needs --tls-cert"},
      {"segment-seconds", "S", "length of a live stream's segments", "2"},
      {"part-seconds", "S", "length of their parts, for players that know low latency", "0.5"},
      {"dvr-seconds", "S", "how much of a live stream is listed while it is live", "60"},
  };
}

}  // namespace

common::CommandLine server_command_line() {
  const server::ServerOptions defaults;
  std::vector<Flag> flags = access_flags(defaults);
  for (const auto& more : {live_flags(), store_flags(defaults), playlist_flags(defaults)}) {
    flags.insert(flags.end(), more.begin(), more.end());
  }
  flags.push_back({"log-level", "LEVEL",
                   "least level of the log lines: debug, info, warning or error", "info"});
  return {"streamkit-server [options]",
          "Serves sessions, uploads (S3), playlists, segments and the watch page from one data "
          "directory.\nStop it with Ctrl-C or SIGTERM: requests in flight are finished.\n"
          "'streamkit-server new-api-key NAME' creates a key for --api-keys.",
          std::move(flags)};
}

Result<ProgramOptions> read_server_options(const Arguments& arguments) {
  ProgramOptions options;
  auto& server = options.server;
  server.http.listen = arguments.text("listen");
  if (const auto address = http::parse_listen_address(server.http.listen); !address) {
    return address.error().with_context("--listen");
  }
  const auto data_dir = arguments.required("data-dir");
  if (!data_dir) return data_dir.error();
  options.data_dir = *data_dir;
  server.public_url = arguments.text("public-url");
  server.access = {arguments.given("open"), arguments.text("api-keys")};
  server.bucket = arguments.text("input-bucket");
  server.cors_origins = read_origins(arguments);
  server.region = arguments.text("region");
  server.web_dir = web_dir(arguments);
  const auto streaming = arguments.boolean("streaming");
  if (!streaming) return streaming.error();
  server.streaming_enabled = *streaming;
  if (auto limits = read_limits(arguments, server); !limits) return limits.error();
  if (auto shares = read_shares(arguments, server.http); !shares) return shares.error();
  if (auto quotas = read_quotas(arguments, server.quotas); !quotas) return quotas.error();
  if (auto playlists = read_playlists(arguments, server); !playlists) return playlists.error();
  if (auto rates = read_rates(arguments, server.access_control); !rates) return rates.error();
  if (auto kept = read_retention(arguments, server.retention); !kept) return kept.error();
  if (auto tls = read_tls(arguments, server.http); !tls) return tls.error();
  if (auto live = read_live(arguments, server.live_media); !live) return live.error();
  if (!server.live_media.rtmps_listen.empty() && !server.http.tls) {
    return arguments.wrong("rtmps-listen", "RTMPS needs --tls-cert and --tls-key");
  }
  if (const auto file = arguments.text("operator-key-file"); !file.empty()) {
    auto key = read_operator_key(file);
    if (!key) return arguments.wrong("operator-key-file", key.error().message);
    server.operator_key = *std::move(key);
  }
  const auto level = telemetry::parse_log_level(arguments.text("log-level"));
  if (!level) return arguments.wrong("log-level", "expected debug, info, warning or error");
  options.log_level = *level;
  return options;
}

}  // namespace streamkit::server_tool
