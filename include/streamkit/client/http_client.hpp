#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/release_signal.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>

namespace streamkit::client {

/// Zero means no limit of that kind.
struct STREAMKIT_API HttpTimeouts {
  /// Name lookup, connection and TLS handshake.
  std::chrono::milliseconds connect{10'000};
  /// The whole exchange. Raise it for large bodies on slow lines; `stall` still guards them.
  std::chrono::milliseconds total{60'000};
  /// No byte moved in either direction for this long; whole seconds.
  std::chrono::seconds stall{20};
};

struct STREAMKIT_API HttpRequest {
  std::string method = "GET";
  /// http or https.
  std::string url;
  net::HttpHeaders headers = {};
  /// Not copied: the bytes must outlive the call.
  std::span<const std::uint8_t> body = {};
  HttpTimeouts timeouts = {};
  /// A longer response body is rejected. Raising it costs that much memory.
  std::size_t max_response_bytes = 1 << 20;
  /// Called with the number of body bytes that the other end's system has acknowledged, on the
  /// thread of send(), at most some ten times a second. Other systems than Linux do not report it:
  /// there it is the number of bytes that were handed to the system. Must not throw. Empty: not
  /// called.
  std::function<void(std::uint64_t sent_bytes)> on_sent = {};
  /// If set, the last byte of the body is sent only after the release, so that the server cannot
  /// take the request as complete before. Meanwhile `timeouts.stall` does not count; a response
  /// that comes early is returned. Requires a body.
  std::optional<ReleaseSignal> hold_last_byte = {};
};

struct STREAMKIT_API HttpResponse {
  int status = 0;
  net::HttpHeaders headers = {};
  std::string body = {};
};

struct STREAMKIT_API HttpClientOptions {
  /// PEM file of the authorities to trust instead of the system's; empty means the system's.
  std::string ca_file = {};
  std::string user_agent = "libstreamkit";
  /// Connections kept open between requests. More save handshakes when more threads
  /// send concurrently.
  std::size_t max_idle = 4;
};

/// Sends HTTP/1.1 requests and keeps connections for the next ones. Redirects are not followed:
/// they are responses like any other. Proxies are taken from the environment, but never for
/// loopback. Thread-safety: send() may be called from any thread, concurrently.
class STREAMKIT_API HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(HttpClient&&) = delete;
  HttpClient& operator=(HttpClient&&) = delete;

  /// Returns the server's response, whatever its status. Blocks; `stop` ends it immediately.
  /// Errors: InvalidArgument (URL, method, header, CA file); Unavailable (no connection, reset);
  /// Timeout; PermissionDenied (certificate not trusted); ResourceExhausted (response too long);
  /// CorruptData (not HTTP); Cancelled. Messages name the URL without its query.
  Result<HttpResponse> send(const HttpRequest& request, std::stop_token stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace streamkit::client
