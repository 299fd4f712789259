#include <streamkit/http/stream_listener.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "http/acceptor.hpp"
#include "http/connection_limits.hpp"
#include "http/stream_session.hpp"
#include "http/tls.hpp"

namespace streamkit::http {
namespace {

using boost::system::error_code;

constexpr milliseconds kSweepInterval{250};
constexpr milliseconds kCloseTime{2'000};
constexpr std::size_t kScratchBytes = 64 * 1024;

class AsioStreamListener final : public StreamListener {
 public:
  AsioStreamListener(StreamListenerOptions options, StreamHandlerFactory factory, Context context)
      : options_(std::move(options)),
        factory_(std::move(factory)),
        context_(std::move(context)),
        clients_(options_.max_connections_per_client) {
    for (int i = 0; i < options_.threads; ++i) {
      loops_.push_back(std::make_unique<Loop>(kScratchBytes));
    }
    acceptor_.emplace(loops_.front()->io);
  }

  ~AsioStreamListener() override { stop(); }

  Result<void> listen(const ListenAddress& address) {
    auto listening = listen_on(*acceptor_, address, options_.listen);
    if (!listening) return listening;
    error_code failure;
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

  std::size_t connections() const override {
    std::lock_guard lock(mutex_);
    return connections_;
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
    if (stopping_.exchange(true)) return;
    asio::post(loops_.front()->io, [this] {
      error_code ignored;
      acceptor_->close(ignored);
    });
    for (auto& loop : loops_) {
      asio::post(loop->io, [&loop = *loop] {
        for (auto* connection : loop.connections) connection->close();
      });
    }
    if (!threads_.empty()) wait_until_empty();
    for (auto& loop : loops_) loop->io.stop();
    threads_.clear();
  }

 private:
  Task<void> accept() {
    Timer pause(loops_.front()->io);
    std::size_t turn = 0;
    while (!stopping_) {
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
        context_.log(LogLevel::Warning, "accept failed", {{"reason", failure.message()}});
        pause.expires_after(milliseconds(100));
        co_await pause.async_wait(kAwait);
        continue;
      }
      admit(loop, std::move(socket));
    }
  }

  void admit(Loop& loop, Socket socket) {
    std::string address = client_address(socket);
    if (!clients_.enter(address)) {
      context_.count("streamkit_stream_connections_refused_total");
      return;
    }
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket.native_non_blocking(true, ignored);
    limit_unacknowledged(socket.native_handle());
    {
      std::lock_guard lock(mutex_);
      ++connections_;
    }
    auto connection = std::make_shared<Connection>(loop, std::move(socket), std::move(address));
    asio::co_spawn(loop.io, serve(std::move(connection)), asio::detached);
  }

  // A peer whose machine has vanished acknowledges nothing. Source: tcp(7), TCP_USER_TIMEOUT.
  void limit_unacknowledged(int socket) const noexcept {
    const auto limit = static_cast<unsigned>(2 * options_.write_timeout.count());
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof(limit));
  }

  void remove(Connection& connection) {
    connection.loop.connections.erase(&connection);
    clients_.leave(connection.remote_address);
    std::lock_guard lock(mutex_);
    if (--connections_ == 0) empty_.notify_all();
  }

  Task<void> serve(std::shared_ptr<Connection> connection) {
    // A destructor also runs if the coroutine is destroyed with its loop before it ends.
    struct Leave {
      AsioStreamListener& listener;
      Connection& connection;
      ~Leave() { listener.remove(connection); }
    } leave{*this, *connection};
    connection->loop.connections.insert(connection.get());
    if (stopping_ || !open_transport(*connection) || !co_await shake_hands(*connection)) co_return;
    const auto handle = std::make_shared<WakeHandle>(connection->loop.io, connection);
    struct Detach {
      WakeHandle& handle;
      ~Detach() { handle.detach(); }
    } detach{*handle};
    const auto handler = factory_(handle);
    if (!handler) co_return;
    StreamSession session(options_, stopping_, connection, *handler, *handle);
    const StreamEnd end = co_await session.run();
    handle->detach();
    handler->on_closed(end);
    connection->close();
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
      context_.log(LogLevel::Error, "TLS", {{"reason", to_string(transport.error())}});
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
    connection.allow(options_.handshake_timeout);
    for (;;) {
      const auto result = connection.transport->handshake();
      if (result.kind == IoResult::Kind::Done) co_return true;
      if (result.kind == IoResult::Kind::Closed) co_return false;
      if (stopping_ || !co_await connection.wait_for(result.kind)) co_return false;
    }
  }

  Task<void> sweep(Loop& loop) {
    Timer timer(loop.io);
    for (;;) {
      timer.expires_after(kSweepInterval);
      co_await timer.async_wait(kAwait);
      const auto now = steady_clock::now();
      for (auto* connection : loop.connections) {
        if (connection->deadline <= now) connection->expire();
      }
    }
  }

  void wait_until_empty() {
    std::unique_lock lock(mutex_);
    empty_.wait_for(lock, kCloseTime, [&] { return connections_ == 0; });
  }

  const StreamListenerOptions options_;
  const StreamHandlerFactory factory_;
  const Context context_;
  ConnectionLimits clients_;
  std::atomic<bool> stopping_ = false;
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

Result<void> check(const StreamListenerOptions& options) {
  if (options.threads >= 1 && options.threads <= 256) return {};
  return Error{ErrorCode::InvalidArgument, "the number of threads must be 1 to 256"};
}

}  // namespace

std::string_view to_string(StreamEnd end) noexcept {
  switch (end) {
    case StreamEnd::ClosedByHandler:
      return "closed by this side";
    case StreamEnd::ClosedByPeer:
      return "closed by peer";
    case StreamEnd::Idle:
      return "idle";
    case StreamEnd::NotSetUp:
      return "not set up in time";
    case StreamEnd::TooSlow:
      return "too slow";
    case StreamEnd::Stopped:
      return "stopped";
  }
  return "unknown";
}

Result<std::unique_ptr<StreamListener>> StreamListener::start(StreamListenerOptions options,
                                                              StreamHandlerFactory factory,
                                                              Context context) {
  const auto address = parse_listen_address(options.listen);
  if (!address) return address.error();
  if (auto valid = check(options); !valid) return valid.error();
  auto listener = std::make_unique<AsioStreamListener>(std::move(options), std::move(factory),
                                                       std::move(context));
  if (auto loaded = listener->reload_tls(); !loaded) return loaded.error();
  if (auto listening = listener->listen(*address); !listening) return listening.error();
  listener->run();
  return std::unique_ptr<StreamListener>(std::move(listener));
}

}  // namespace streamkit::http
