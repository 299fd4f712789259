#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include <streamkit/http/handler.hpp>

namespace streamkit::http {

/// The PEM files of a TLS server.
struct STREAMKIT_API TlsFiles {
  /// The server's certificate, followed by those that signed it.
  std::filesystem::path certificate_file;
  std::filesystem::path key_file;
};

struct STREAMKIT_API ServerOptions {
  /// "host:port" or "[v6]:port"; port 0 selects a free one.
  std::string listen = "127.0.0.1:8000";
  /// The number of threads for connections and for exchanges that do not block; each connection
  /// runs on one of them. The same number of further threads receives bodies for exchanges that
  /// block.
  int threads = 2;
  /// The number of threads for the responses of exchanges that block. More threads sync more
  /// uploads to the disk concurrently.
  int blocking_threads = 8;
  /// The number of requests that may wait for one of those threads; further ones are rejected with
  /// 503.
  std::size_t max_blocking_queue = 1024;
  /// The number of open connections. Further clients wait in the kernel's queue. One idle
  /// connection costs about 3 kB, TLS more.
  std::size_t max_connections = 20'000;
  /// The number of connections from one address (IPv6: one /64). Further ones are closed
  /// immediately. Loopback is excepted, because a proxy may use it. 0: no limit. With `trust_proxy`
  /// it limits the requests in progress of each client instead; further ones are rejected with 429.
  std::size_t max_connections_per_client = 1024;
  /// Identifies clients by X-Forwarded-For, which a proxy in front must write.
  bool trust_proxy = false;
  /// Larger heads are rejected with 431.
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_headers = 100;
  /// The number of request bodies that arrive at a time. Each may need a file descriptor besides
  /// that of its connection. A request beyond it is rejected with 503. 0, here and in the
  /// following limits: no limit.
  std::size_t max_bodies = 4096;
  /// The same for one client, loopback excepted. A request beyond it is rejected with 429. A larger
  /// value helps many senders behind one address.
  std::size_t max_bodies_per_client = 128;
  /// The same for one sender; see Admission::sender.
  std::size_t max_bodies_per_sender = 32;
  /// The memory that request bodies take; see Exchange::held_bytes(). A body that would exceed it
  /// is rejected with 503. A larger value allows more bodies that are collected in memory.
  std::uint64_t max_body_bytes_in_flight = 512ULL * 1024 * 1024;
  /// The same for one client, loopback excepted, and for one sender. A body that would exceed it is
  /// rejected with 429. It should not be less than the largest body.
  std::uint64_t max_body_bytes_per_client = 128ULL * 1024 * 1024;
  std::uint64_t max_body_bytes_per_sender = 128ULL * 1024 * 1024;
  /// Empty: plain HTTP.
  std::optional<TlsFiles> tls = {};
  /// The maximum idle time of a kept-alive connection between requests.
  std::chrono::milliseconds idle_timeout{60'000};
  /// The time limit for the whole head of a request, and for a TLS handshake. It also applies to a
  /// client that sends byte by byte.
  std::chrono::milliseconds header_timeout{10'000};
  /// The time limit for each further part of a body or a response. A body that exceeds it is
  /// rejected with 408.
  std::chrono::milliseconds stall_timeout{20'000};
  /// The least rate of bodies and responses: in each stall_timeout, the bytes of that time must
  /// move. A slower body is rejected with 408, and a client that reads slower is disconnected. Less
  /// than any stream needs, so that it affects only clients that are slow on purpose. 0: no least
  /// rate.
  std::uint64_t min_bytes_per_second = 4096;
  /// The time limit for the whole body of a request, and for a whole response; event streams are
  /// excepted.
  std::chrono::milliseconds transfer_timeout{600'000};
  /// The time for which stop() lets responses in progress finish.
  std::chrono::milliseconds stop_grace{10'000};
};

/// An HTTP/1.1 server: keep-alive, HEAD, file bodies by sendfile(2), held requests, event streams,
/// TLS 1.2 and newer; with limits on connections, sizes of heads and bodies, and times. Timeouts
/// act within a quarter of a second of their value.
/// Thread-safety: every method may be called from any thread.
class STREAMKIT_API Server {
 public:
  /// Listens and serves on its own threads until stop(). `handler` and the targets of `context`
  /// must outlive the server.
  /// Errors: InvalidArgument (address, threads, an invalid certificate or key, or ones that do not
  /// match); NotFound (a TLS file); Unavailable (the port is taken or not allowed).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler& handler,
                                               Context context = {});
  /// Calls stop().
  virtual ~Server() = default;

  /// Returns the port in use.
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /// Returns the URL for clients on this machine, as in "http://127.0.0.1:8000".
  [[nodiscard]] virtual std::string local_url() const = 0;
  [[nodiscard]] virtual std::size_t connections() const = 0;
  /// Wakes every held request and event stream of this topic: each is called again immediately.
  virtual void wake(std::string_view topic) = 0;
  /// Reads the TLS files again, for new connections. If they cannot be used, the previous ones stay
  /// in use. Does nothing without TLS. Errors: as start().
  virtual Result<void> reload_tls() = 0;
  /// Stops accepting connections, lets requests in progress finish for up to `stop_grace`, closes
  /// the rest and joins the threads. The response to held requests is an immediate 503, and event
  /// streams end. Further calls do nothing.
  virtual void stop() = 0;
};

/// The parts of "host:port".
struct STREAMKIT_API ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  /// True when only this machine can reach the address.
  bool loopback = false;
};

/// Parses an IPv4 address, an IPv6 address in brackets, or "localhost", with a port.
/// Errors: InvalidArgument.
STREAMKIT_API Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace streamkit::http
