#include <streamkit/http/server.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "http/acceptor.hpp"
#include "http/request_runner.hpp"
#include "http/tls.hpp"

namespace streamkit::http {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr milliseconds kSweepInterval{250};
constexpr milliseconds kCloseTime{2'000};
// The scratch memory beyond the largest head. A body is received in parts of at most this size:
// that takes fewer calls, and the bytes to be hashed and copied are still in the core's cache.
constexpr std::size_t kScratchBytes = 256 * 1024;
// The number of waiters that are woken before other connections have their turn.
constexpr std::size_t kWakeBatch = 64;

using ConnectionPtr = std::shared_ptr<Connection>;

class AsioServer final : public Server {
 public:
  AsioServer(ServerOptions options, Handler& handler, Context context)
      : state_(std::move(options), handler, context), options_(state_.options) {
    for (int i = 0; i < options_.threads; ++i) {
      loops_.push_back(std::make_unique<Loop>(options_.max_header_bytes + kScratchBytes));
    }
    acceptor_.emplace(loops_.front()->io);
  }

  ~AsioServer() override { stop(); }

  Result<void> listen(const ListenAddress& address) {
    auto listening = listen_on(*acceptor_, address, options_.listen);
    if (!listening) return listening;
    error_code failure;
    host_ = address.host;
    port_ = acceptor_->local_endpoint(failure).port();
    return {};
  }

  void run() {
    asio::co_spawn(loops_.front()->io, accept(), asio::detached);
    for (auto& loop : loops_) {
      asio::co_spawn(loop->io, sweep(*loop), asio::detached);
      threads_.emplace_back([&io = loop->io] {
        block_broken_pipe_signal();
        io.run();
      });
    }
  }

  std::uint16_t port() const noexcept override { return port_; }

  std::string local_url() const override {
    const std::string host = host_ == "0.0.0.0" ? "127.0.0.1" : host_ == "::" ? "::1" : host_;
    const bool v6 = host.find(':') != std::string::npos;
    const std::string scheme = options_.tls ? "https://" : "http://";
    return scheme + (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port_);
  }

  std::size_t connections() const override {
    std::lock_guard lock(mutex_);
    return connections_;
  }

  void wake(std::string_view topic) override {
    for (auto& loop : loops_) {
      const auto version = loop->topics.wake(topic);
      if (!version) continue;
      asio::post(loop->io, [&loop = *loop, topic = std::string(topic), version = *version] {
        wake_waiters(loop, topic, version);
      });
    }
  }

  Result<void> reload_tls() override {
    if (!options_.tls) return {};
    auto identity = TlsIdentity::load(*options_.tls);
    if (!identity) return identity.error();
    std::lock_guard lock(mutex_);
    identity_ = *std::move(identity);
    return {};
  }

  void stop() override {
    std::lock_guard only_one(stop_mutex_);
    if (state_.stopping.exchange(true)) return;
    asio::post(loops_.front()->io, [this] {
      error_code ignored;
      acceptor_->close(ignored);
    });
    // Held requests and event streams check `stopping` when they are notified.
    for_each_connection([](Connection& connection) {
      if (connection.idle) {
        connection.close();
      } else {
        connection.notify();
      }
    });
    if (!threads_.empty()) {
      wait_until_empty(options_.stop_grace);
      for_each_connection([](Connection& connection) { connection.close(); });
      state_.reading.request_stop();
      wait_until_empty(kCloseTime);
    }
    // Stopped before the loops, because the pools' work refers to the loops' connections.
    state_.receiving.stop();
    state_.blocking.stop();
    for (auto& loop : loops_) loop->io.stop();
    threads_.clear();
  }

 private:
  // --- Connections ---

  Task<void> accept() {
    Timer pause(loops_.front()->io);
    std::size_t turn = 0;
    while (!state_.stopping) {
      if (connections() >= options_.max_connections) {
        pause.expires_after(milliseconds(20));
        co_await pause.async_wait(kAwait);
        continue;
      }
      Loop& loop = *loops_[turn++ % loops_.size()];
      auto [failure, socket] = co_await acceptor_->async_accept(loop.io.get_executor(), kAwait);
      if (failure == asio::error::operation_aborted || !acceptor_->is_open()) co_return;
      if (failure) {
        // Usually the process has no free descriptors, until connections are closed.
        state_.context.log(LogLevel::Warning, "accept failed", {{"reason", failure.message()}});
        pause.expires_after(milliseconds(100));
        co_await pause.async_wait(kAwait);
        continue;
      }
      admit(loop, std::move(socket));
    }
  }

  void admit(Loop& loop, Socket socket) {
    std::string address = client_address(socket);
    if (counts_connections() && !state_.clients.enter(address)) {
      state_.context.count("streamkit_http_connections_refused_total");
      return;
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.native_non_blocking(true, ignored);
    limit_unread(socket.native_handle());
    {
      std::lock_guard lock(mutex_);
      ++connections_;
    }
    auto connection = std::make_shared<Connection>(loop, std::move(socket), std::move(address));
    asio::co_spawn(loop.io, serve(std::move(connection)), asio::detached);
  }

  // The connections of a proxy carry the requests of many clients, so there the requests are
  // counted.
  bool counts_connections() const noexcept { return !options_.trust_proxy; }

  // A client that never reads keeps the end of a response in the kernel's memory, where no timer of
  // this process sees it. Source: tcp(7), TCP_USER_TIMEOUT.
  void limit_unread(int socket) const noexcept {
    const auto limit = static_cast<unsigned>(2 * options_.stall_timeout.count());
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof(limit));
  }

  void remove(Connection& connection) {
    connection.loop.connections.erase(&connection);
    if (counts_connections()) state_.clients.leave(connection.remote_address);
    std::lock_guard lock(mutex_);
    if (--connections_ == 0) empty_.notify_all();
  }

  Task<void> serve(ConnectionPtr connection) {
    // A destructor also runs if the coroutine is destroyed with its loop before it ends.
    struct Leave {
      AsioServer& server;
      Connection& connection;
      ~Leave() { server.remove(connection); }
    } leave{*this, *connection};
    connection->loop.connections.insert(connection.get());
    if (!open_transport(*connection) || !co_await shake_hands(*connection)) co_return;
    for (;;) {
      RequestRunner exchange(state_, *connection);
      if (!co_await exchange.run()) break;
    }
    if (!connection->socket.is_open()) co_return;
    connection->transport->finish_sending();
    error_code ignored;
    connection->socket.shutdown(Socket::shutdown_both, ignored);
  }

  bool open_transport(Connection& connection) {
    const int socket = connection.socket.native_handle();
    const auto identity = tls_identity();
    if (!identity) {
      connection.transport = make_plain_transport(socket);
      return true;
    }
    auto transport = identity->accept(socket);
    if (!transport) {
      state_.context.log(LogLevel::Error, "TLS", {{"reason", to_string(transport.error())}});
      return false;
    }
    connection.transport = *std::move(transport);
    return true;
  }

  std::shared_ptr<const TlsIdentity> tls_identity() const {
    std::lock_guard lock(mutex_);
    return identity_;
  }

  Task<bool> shake_hands(Connection& connection) {
    connection.allow(options_.header_timeout);
    for (;;) {
      const auto result = connection.transport->handshake();
      if (result.kind == IoResult::Kind::Done) co_return true;
      if (result.kind == IoResult::Kind::Closed) co_return false;
      if (state_.stopping || !co_await connection.wait_for(result.kind)) co_return false;
    }
  }

  // --- Operations on all connections ---

  Task<void> sweep(Loop& loop) {
    Timer timer(loop.io);
    for (;;) {
      timer.expires_after(kSweepInterval);
      co_await timer.async_wait(kAwait);
      const auto now = steady_clock::now();
      for (auto* connection : loop.connections) {
        if (connection->deadline <= now) connection->expire();
      }
      if (&loop != loops_.front().get()) continue;
      state_.context.gauge("streamkit_http_connections", static_cast<double>(connections()));
    }
  }

  template <typename Action>
  void for_each_connection(Action action) {
    for (auto& loop : loops_) {
      asio::post(loop->io, [&loop = *loop, action] {
        for (auto* connection : loop.connections) action(*connection);
      });
    }
  }

  void wait_until_empty(milliseconds time) {
    std::unique_lock lock(mutex_);
    empty_.wait_for(lock, time, [&] { return connections_ == 0; });
  }

  static void wake_waiters(Loop& loop, const std::string& topic, Wakeups::Version version) {
    const auto waiters = loop.topics.take(topic, version, kWakeBatch);
    for (auto* waiter : waiters) waiter->notify();
    if (waiters.size() < kWakeBatch) return;
    asio::post(loop.io, [&loop, topic, version] { wake_waiters(loop, topic, version); });
  }

  ServerState state_;
  const ServerOptions& options_;
  std::string host_;
  std::uint16_t port_ = 0;
  std::mutex stop_mutex_;

  mutable std::mutex mutex_;
  std::condition_variable empty_;
  // Guarded by mutex_
  std::size_t connections_ = 0;
  std::shared_ptr<const TlsIdentity> identity_;

  // After the members that the loops' coroutines use, even while they are destroyed.
  std::vector<std::unique_ptr<Loop>> loops_;
  std::optional<Acceptor> acceptor_;
  std::vector<std::jthread> threads_;
};

Result<void> check(const ServerOptions& options) {
  const auto in_range = [](int threads) { return threads >= 1 && threads <= 256; };
  if (in_range(options.threads) && in_range(options.blocking_threads)) return {};
  return Error{ErrorCode::InvalidArgument, "the number of threads must be 1 to 256"};
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler& handler,
                                              Context context) {
  const auto address = parse_listen_address(options.listen);
  if (!address) return address.error();
  if (auto valid = check(options); !valid) return valid.error();
  auto server = std::make_unique<AsioServer>(std::move(options), handler, context);
  if (auto loaded = server->reload_tls(); !loaded) return loaded.error();
  if (auto listening = server->listen(*address); !listening) return listening.error();
  server->run();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace streamkit::http
