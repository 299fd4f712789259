#include "server/server_options.hpp"

#include "common/json_logger.hpp"
#include "server/s3_operator_key.hpp"
#include "server/watch_page.hpp"

namespace streamkit::server {
namespace {

using common::Arguments;
using std::chrono::milliseconds;

constexpr std::int64_t kMebibyte = 1024 * 1024;

Result<void> read_limits(const Arguments& arguments, ServerConfig& server) {
  const auto threads = arguments.integer("threads", 1, 256);
  const auto connections = arguments.integer("max-connections", 1, 1'000'000);
  const auto blocking_threads = arguments.integer("blocking-threads", 1, 256);
  const auto per_client = arguments.integer("max-connections-per-client", 0, 1'000'000);
  const auto bodies_mib = arguments.integer("max-bodies-mib", 1, 1'048'576);
  const auto chunk_mib = arguments.integer("max-chunk-mib", 1, 4096);
  const auto start_segments = arguments.integer("start-segments", 1, 100);
  const auto hold = arguments.number("hold-seconds", 0, 60);
  for (const auto* number : {&threads, &connections, &blocking_threads, &per_client, &bodies_mib,
                             &chunk_mib, &start_segments}) {
    if (!*number) return number->error();
  }
  if (!hold) return hold.error();
  server.http.threads = static_cast<int>(*threads);
  server.http.max_connections = static_cast<std::size_t>(*connections);
  server.http.blocking_threads = static_cast<int>(*blocking_threads);
  server.http.max_connections_per_client = static_cast<std::size_t>(*per_client);
  server.http.max_body_bytes_in_flight = static_cast<std::uint64_t>(*bodies_mib * kMebibyte);
  server.max_chunk_bytes = static_cast<std::uint64_t>(*chunk_mib * kMebibyte);
  server.stream.start_segments = static_cast<std::uint64_t>(*start_segments);
  server.stream.hold = milliseconds(static_cast<std::int64_t>(*hold * 1000));
  return {};
}

Result<void> read_tls(const Arguments& arguments, HttpServerConfig& http) {
  const std::string certificate = arguments.text("tls-cert");
  const std::string key = arguments.text("tls-key");
  if (certificate.empty() != key.empty()) {
    const auto* missing = certificate.empty() ? "tls-cert" : "tls-key";
    return arguments.wrong(missing, "TLS needs both a certificate and a key");
  }
  if (!certificate.empty()) http.tls = TlsFiles{certificate, key};
  return {};
}

// Empty for --no-watch-page, and for builds that have none.
std::filesystem::path web_dir(const Arguments& arguments) {
  if (arguments.given("no-watch-page")) return {};
  const std::string given = arguments.text("web-dir");
  return given.empty() ? default_web_dir() : std::filesystem::path(given);
}

}  // namespace

common::CommandLine server_command_line() {
  const ServerConfig defaults;
  return {
      "streamkit-server [options]",
      "Serves sessions, uploads (S3), playlists, segments and the watch page from one data "
      "directory.\nStop it with Ctrl-C or SIGTERM: requests in flight are finished.",
      {
          {"listen", "HOST:PORT",
           "address to listen on; port 0 takes a free one, which is printed; beyond loopback "
           "--open is needed",
           defaults.http.listen},
          {"data-dir", "DIR", "where objects, sessions and jobs are kept; made when missing",
           "streamkit-data"},
          {"public-url", "URL",
           "base of the URLs in answers, when clients reach the server under another name"},
          {"open", "", "let whoever reaches the server create streams"},
          {"input-bucket",
           "NAME",
           "name of the bucket that uploads and events use",
           defaults.bucket,
           {"INPUT_BUCKET_NAME"}},
          {"region",
           "NAME",
           "region that upload signatures are made for",
           defaults.region,
           {"AWS_REGION", "REGION"}},
          {"operator-key-file", "FILE",
           "file with ACCESS_KEY_ID:SECRET, mode 0600: who signs with it may read, list and delete "
           "through the S3 endpoint"},
          {"streaming", "BOOL", "take new streams: true or false", "true", {"STREAMING_ENABLED"}},
          {"start-segments", "N",
           "hold a playlist back until it has this many segments; 3 suits every player, 1 most",
           std::to_string(defaults.stream.start_segments)},
          {"hold-seconds", "S", "hold a playlist back for this long at most",
           std::to_string(defaults.stream.hold.count() / 1000)},
          {"max-chunk-mib", "N", "largest chunk that is taken",
           std::to_string(defaults.max_chunk_bytes / kMebibyte)},
          {"max-connections", "N", "connections at a time; further clients wait",
           std::to_string(defaults.http.max_connections)},
          {"max-connections-per-client", "N",
           "connections at a time from one address (IPv6: one /64), loopback excepted; further "
           "ones "
           "are closed; 0: no bound",
           std::to_string(defaults.http.max_connections_per_client)},
          {"max-bodies-mib", "N",
           "bytes of all uploads on their way together; an upload beyond them is told to try again",
           std::to_string(defaults.http.max_body_bytes_in_flight / kMebibyte)},
          {"threads", "N", "threads that serve requests", std::to_string(defaults.http.threads)},
          {"blocking-threads", "N", "threads that sync uploads to the disk",
           std::to_string(defaults.http.blocking_threads)},
          {"tls-cert", "FILE",
           "serve HTTPS with this certificate and those that signed it, in PEM form; --tls-key "
           "too"},
          {"tls-key", "FILE", "the certificate's private key, in PEM form"},
          {"web-dir", "DIR", "folder of the watch page, when it is not the installed one"},
          {"no-watch-page", "", "serve no watch page"},
          {"log-level", "LEVEL", "least level of the log lines: debug, info, warning or error",
           "info"},
      }};
}

Result<ServerOptions> read_server_options(const Arguments& arguments) {
  ServerOptions options;
  auto& server = options.server;
  server.http.listen = arguments.text("listen");
  if (const auto address = parse_listen_address(server.http.listen); !address) {
    return address.error().with_context("--listen");
  }
  const auto data_dir = arguments.required("data-dir");
  if (!data_dir) return data_dir.error();
  options.data_dir = *data_dir;
  server.public_url = arguments.text("public-url");
  server.open = arguments.given("open");
  server.bucket = arguments.text("input-bucket");
  server.region = arguments.text("region");
  server.web_dir = web_dir(arguments);
  const auto streaming = arguments.boolean("streaming");
  if (!streaming) return streaming.error();
  server.streaming_enabled = *streaming;
  if (auto limits = read_limits(arguments, server); !limits) return limits.error();
  if (auto tls = read_tls(arguments, server.http); !tls) return tls.error();
  if (const auto file = arguments.text("operator-key-file"); !file.empty()) {
    auto key = read_operator_key(file);
    if (!key) return arguments.wrong("operator-key-file", key.error().message);
    server.operator_key = *std::move(key);
  }
  const auto level = common::parse_log_level(arguments.text("log-level"));
  if (!level) return arguments.wrong("log-level", "expected debug, info, warning or error");
  options.log_level = *level;
  return options;
}

}  // namespace streamkit::server
