#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "server/http_message.hpp"

namespace streamkit::server {

struct HttpServerConfig {
  /// "host:port" or "[v6]:port"; port 0 takes a free one.
  std::string listen = "127.0.0.1:8000";
  /// Connections and handlers run on these. Handlers may block on the disk, so two keep one slow
  /// request from stopping all others; more help when many do.
  int threads = 2;
  /// Further clients wait in the kernel's queue. One idle connection costs about 7 kB.
  std::size_t max_connections = 20'000;
  std::size_t max_header_bytes = 16 * 1024;
  /// How long a kept-alive connection may be silent between requests.
  std::chrono::milliseconds idle_timeout{60'000};
  /// For the whole head of a request; bounds a client that sends it byte by byte.
  std::chrono::milliseconds header_timeout{10'000};
  /// For each further piece of a body or an answer.
  std::chrono::milliseconds stall_timeout{20'000};
  /// For all of a request's body or of an answer.
  std::chrono::milliseconds transfer_timeout{600'000};
  /// How long stop() lets answers in flight finish.
  std::chrono::milliseconds stop_grace{10'000};
};

/// An HTTP/1.1 server: keep-alive, HEAD, file bodies by sendfile(2), bounded in connections, header
/// and body sizes and times. Timeouts act within a quarter of a second of their value.
/// Thread-safety: every method from any thread.
class HttpServer {
 public:
  /// Listens and serves on its own threads until stop(). `handler` and what `context` points to
  /// must outlive the server.
  /// Errors: InvalidArgument (address, threads); Unavailable (the port is taken or not allowed).
  static Result<std::unique_ptr<HttpServer>> start(HttpServerConfig config, RequestHandler& handler,
                                                   Context context = {});
  /// Stops.
  virtual ~HttpServer() = default;

  /// The port in use.
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  [[nodiscard]] virtual std::size_t connections() const = 0;
  /// Has every held request and event stream of this topic asked again at once.
  virtual void wake(std::string_view topic) = 0;
  /// Accepts nobody new, lets requests in flight finish for up to `stop_grace` (held ones are
  /// answered 503 at once), closes the rest and joins the threads. Further calls do nothing.
  virtual void stop() = 0;
};

/// "host:port" taken apart.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  /// Only this machine can reach it.
  bool loopback = false;
};

/// Accepts an IPv4 address, an IPv6 address in brackets, or "localhost", with a port.
/// Errors: InvalidArgument.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace streamkit::server
