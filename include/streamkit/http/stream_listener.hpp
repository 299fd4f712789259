#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

#include <streamkit/http/server.hpp>

namespace streamkit::http {

struct STREAMKIT_API StreamListenerOptions {
  /// "host:port" or "[v6]:port"; port 0 selects a free one.
  std::string listen = "127.0.0.1:1935";
  /// The number of threads; each connection stays with one of them.
  int threads = 1;
  /// The number of open connections. Further clients wait in the kernel's queue.
  std::size_t max_connections = 1024;
  /// The number of connections from one address (IPv6: one /64), loopback excepted. Further ones
  /// are closed immediately. 0: no limit.
  std::size_t max_connections_per_client = 64;
  /// Empty: plain TCP.
  std::optional<TlsFiles> tls = {};
  /// The time limit for a TLS handshake.
  std::chrono::milliseconds handshake_timeout{10'000};
  /// A client whose handler is not StreamHandler::is_set_up() by this time is disconnected, however
  /// many bytes it sends.
  std::chrono::milliseconds setup_timeout{20'000};
  /// A client from which nothing came for this time is disconnected; after half of it
  /// StreamHandler::on_quiet() is called. Times act within a quarter of a second of their value.
  std::chrono::milliseconds idle_timeout{10'000};
  /// A client that takes nothing of what is sent for this time is disconnected.
  std::chrono::milliseconds write_timeout{10'000};
  /// The memory for what a client has not taken yet. A client beyond it is disconnected.
  std::size_t max_queued_bytes = 1024 * 1024;
};

/// The result of a StreamHandler's function.
struct STREAMKIT_API StreamReply {
  enum class Next {
    Read,   ///< Continue to read.
    Pause,  ///< Read nothing until on_wake() wants it. The idle time does not run meanwhile.
    Close   ///< Send all bytes, then close the connection.
  };
  /// To be sent after what is queued already.
  std::vector<std::uint8_t> bytes = {};
  Next next = Next::Read;
};

/// Why a connection has ended.
enum class StreamEnd {
  ClosedByHandler,
  ClosedByPeer,  ///< It disconnected, or broke TLS.
  Idle,          ///< Nothing came within `idle_timeout`.
  NotSetUp,      ///< Not StreamHandler::is_set_up() within `setup_timeout`.
  TooSlow,       ///< It did not take what was sent.
  Stopped        ///< StreamListener::stop() was called.
};

/// Returns the enumerator's name in words, as in "closed by peer".
STREAMKIT_API [[nodiscard]] std::string_view to_string(StreamEnd end) noexcept;

/// The protocol on one connection. Its functions are called by the thread of the connection, one at
/// a time, and must not block.
class STREAMKIT_API StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  /// Takes the next bytes, at most 64 KiB.
  virtual StreamReply on_bytes(std::span<const std::uint8_t> bytes) = 0;
  /// Called soon after StreamConnection::wake(); several calls of that may give one.
  virtual StreamReply on_wake() = 0;
  /// Called when nothing came for half of `idle_timeout`, once per silence: the chance to ask a
  /// silent client for a sign of life.
  virtual StreamReply on_quiet() { return {}; }
  /// Returns whether the client has done what it is here for, such as logging in. Asked before each
  /// wait until it is true; after that the connection may last.
  [[nodiscard]] virtual bool is_set_up() const noexcept { return true; }
  /// The last call. The handler is destroyed after it.
  virtual void on_closed(StreamEnd end) = 0;
};

/// One connection, for the code outside its thread. It may outlive the connection and the listener.
/// Thread-safety: every method may be called from any thread.
class STREAMKIT_API StreamConnection {
 public:
  virtual ~StreamConnection() = default;
  /// The client's IP address as text.
  [[nodiscard]] virtual const std::string& remote_address() const noexcept = 0;
  /// Has the thread of the connection call StreamHandler::on_wake(). Does nothing when the
  /// connection has ended.
  virtual void wake() = 0;
};

/// Creates the handler of a new connection. Called by the thread of the connection. Null closes it.
using StreamHandlerFactory =
    std::function<std::unique_ptr<StreamHandler>(std::shared_ptr<StreamConnection> connection)>;

/// Accepts TCP or TLS connections for a protocol that is not HTTP, such as RTMP, and passes their
/// bytes to handlers.
/// Thread-safety: every method may be called from any thread.
class STREAMKIT_API StreamListener {
 public:
  /// Listens and serves on its own threads until stop(). The targets of `context` must outlive the
  /// listener. Errors: as Server::start().
  static Result<std::unique_ptr<StreamListener>> start(StreamListenerOptions options,
                                                       StreamHandlerFactory factory,
                                                       Context context = {});
  /// Calls stop().
  virtual ~StreamListener() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  [[nodiscard]] virtual std::size_t connections() const = 0;
  /// Reads the TLS files again, for new connections. If they cannot be used, the previous ones stay
  /// in use. Does nothing without TLS. Errors: as start().
  virtual Result<void> reload_tls() = 0;
  /// Closes all connections and joins the threads. Further calls do nothing.
  virtual void stop() = 0;
};

}  // namespace streamkit::http
