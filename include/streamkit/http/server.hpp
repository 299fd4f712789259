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

/// PEM files.
struct STREAMKIT_API TlsFiles {
  /// The server's certificate, then those that signed it.
  std::filesystem::path certificate_file;
  std::filesystem::path key_file;
};

struct STREAMKIT_API ServerOptions {
  /// "host:port" or "[v6]:port"; port 0 takes a free one.
  std::string listen = "127.0.0.1:8000";
  /// Connections and exchanges that do not block run on these, each connection on one of them. As
  /// many more take bodies for exchanges that block.
  int threads = 2;
  /// Exchanges that block respond on these: more let more uploads be synced to the disk at a time.
  int blocking_threads = 8;
  /// Requests that wait for one of those; further ones are refused with 503.
  std::size_t max_blocking_queue = 1024;
  /// Further clients wait in the kernel's queue. One idle connection costs about 3 kB, TLS more.
  std::size_t max_connections = 20'000;
  /// For one address (IPv6: one /64), loopback excepted, since a proxy may be there. Further ones
  /// are closed at once. 0: no bound.
  std::size_t max_connections_per_client = 1024;
  /// Larger heads are refused with 431.
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_headers = 100;
  /// Bodies of all requests together, as announced or received so far. A request beyond them is
  /// refused with 503. Raising it lets more uploads come at once, and costs that much memory.
  std::uint64_t max_body_bytes_in_flight = 512ULL * 1024 * 1024;
  /// Nothing: plain HTTP.
  std::optional<TlsFiles> tls = {};
  /// How long a kept-alive connection may be silent between requests.
  std::chrono::milliseconds idle_timeout{60'000};
  /// For the whole head of a request, and for a TLS handshake; bounds a client that sends it byte
  /// by byte.
  std::chrono::milliseconds header_timeout{10'000};
  /// For each further piece of a body or an answer.
  std::chrono::milliseconds stall_timeout{20'000};
  /// For all of a request's body or of an answer, event streams excepted.
  std::chrono::milliseconds transfer_timeout{600'000};
  /// How long stop() lets answers in flight finish.
  std::chrono::milliseconds stop_grace{10'000};
};

/// An HTTP/1.1 server: keep-alive, HEAD, file bodies by sendfile(2), held requests, event streams,
/// TLS 1.2 and newer; bounded in connections, sizes of heads and bodies, and times. Timeouts act
/// within a quarter of a second of their value.
/// Thread-safety: every method from any thread.
class STREAMKIT_API Server {
 public:
  /// Listens and serves on its own threads until stop(). `handler` and what `context` points to
  /// must outlive the server.
  /// Errors: InvalidArgument (address, threads, a certificate or key that is none or does not
  /// match); NotFound (a TLS file); Unavailable (the port is taken or not allowed).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler& handler,
                                               Context context = {});
  /// Stops.
  virtual ~Server() = default;

  /// The port in use.
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  [[nodiscard]] virtual std::size_t connections() const = 0;
  /// Has every held request and event stream of this topic asked again at once.
  virtual void wake(std::string_view topic) = 0;
  /// Reads the TLS files again, for connections from now on. When they cannot be used those that
  /// were read before stay. Does nothing without TLS. Errors: as start().
  virtual Result<void> reload_tls() = 0;
  /// Accepts nobody new, lets requests in flight finish for up to `stop_grace` (held ones are
  /// answered 503 at once, event streams end), closes the rest and joins the threads. Further calls
  /// do nothing.
  virtual void stop() = 0;
};

/// "host:port" taken apart.
struct STREAMKIT_API ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  /// Only this machine can reach it.
  bool loopback = false;
};

/// Accepts an IPv4 address, an IPv6 address in brackets, or "localhost", with a port.
/// Errors: InvalidArgument.
STREAMKIT_API Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace streamkit::http
