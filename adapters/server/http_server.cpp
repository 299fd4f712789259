#include "server/http_server.hpp"

#include <sys/sendfile.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "server/http_connection.hpp"
#include "server/http_head.hpp"

namespace streamkit::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Failures as values: an exception per closed connection would cost more than the request.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds kSweepInterval{250};
constexpr milliseconds kLingerTimeout{2000};

using ConnectionPtr = std::shared_ptr<Connection>;

class BeastServer final : public HttpServer {
 public:
  BeastServer(HttpServerConfig config, RequestHandler& handler, Context context)
      : config_(std::move(config)),
        handler_(handler),
        context_(context),
        io_(config_.threads),
        acceptor_(asio::make_strand(io_)) {}

  ~BeastServer() override { stop(); }

  Result<void> listen(const ListenAddress& address) {
    const tcp::endpoint endpoint(asio::ip::make_address(address.host), address.port);
    error_code failure;
    acceptor_.open(endpoint.protocol(), failure);
    if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor_.bind(endpoint, failure);
    if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) {
      return Error{ErrorCode::Unavailable, "listen on " + config_.listen + ": " + failure.message(),
                   "errno", failure.value()};
    }
    port_ = acceptor_.local_endpoint(failure).port();
    return {};
  }

  void run() {
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    asio::co_spawn(asio::make_strand(io_), sweep(), asio::detached);
    for (int i = 0; i < config_.threads; ++i) {
      threads_.emplace_back([this] { io_.run(); });
    }
  }

  std::uint16_t port() const noexcept override { return port_; }

  std::size_t connections() const override {
    std::lock_guard lock(mutex_);
    return connections_.size();
  }

  void wake(std::string_view) override {}

  void stop() override {
    std::lock_guard only_one(stop_mutex_);
    if (stopping_.exchange(true)) return;
    asio::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
    });
    close_where([](const Connection& connection) { return connection.idle.load(); });
    if (!threads_.empty()) {
      wait_until_empty(config_.stop_grace);
      close_where([](const Connection&) { return true; });
      wait_until_empty(kLingerTimeout);
    }
    io_.stop();
    threads_.clear();
  }

 private:
  // --- Connections ---

  asio::awaitable<void> accept() {
    asio::steady_timer pause(acceptor_.get_executor());
    while (!stopping_) {
      if (connections() >= config_.max_connections) {
        pause.expires_after(milliseconds(20));
        co_await pause.async_wait(kAwait);
        continue;
      }
      auto [failure, socket] = co_await acceptor_.async_accept(asio::make_strand(io_), kAwait);
      if (failure == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
      if (failure) {
        // Out of descriptors, usually: those in use come back.
        context_.log(LogLevel::Warning, "accept failed", {{"reason", failure.message()}});
        pause.expires_after(milliseconds(100));
        co_await pause.async_wait(kAwait);
        continue;
      }
      auto connection = std::make_shared<Connection>(std::move(socket));
      add(connection);
      asio::co_spawn(connection->socket.get_executor(), serve(connection), asio::detached);
    }
  }

  void add(const ConnectionPtr& connection) {
    connection->allow(config_.idle_timeout);
    error_code ignored;
    connection->socket.set_option(tcp::no_delay(true), ignored);
    connection->socket.native_non_blocking(true, ignored);
    connection->remote_address = connection->socket.remote_endpoint(ignored).address().to_string();
    std::lock_guard lock(mutex_);
    connections_.insert(connection);
  }

  void remove(const ConnectionPtr& connection) {
    std::lock_guard lock(mutex_);
    connections_.erase(connection);
    if (connections_.empty()) empty_.notify_all();
  }

  void wait_until_empty(milliseconds time) {
    std::unique_lock lock(mutex_);
    empty_.wait_for(lock, time, [&] { return connections_.empty(); });
  }

  template <typename Predicate>
  void close_where(Predicate predicate) {
    std::vector<ConnectionPtr> chosen;
    {
      std::lock_guard lock(mutex_);
      std::copy_if(connections_.begin(), connections_.end(), std::back_inserter(chosen),
                   [&](const auto& connection) { return predicate(*connection); });
    }
    for (auto& connection : chosen) {
      asio::post(connection->socket.get_executor(), [connection] {
        error_code ignored;
        connection->socket.close(ignored);
      });
    }
  }

  asio::awaitable<void> sweep() {
    asio::steady_timer timer(io_);
    for (;;) {
      timer.expires_after(kSweepInterval);
      co_await timer.async_wait(kAwait);
      const auto now = steady_clock::now().time_since_epoch().count();
      close_where([&](const Connection& connection) { return connection.deadline.load() <= now; });
      context_.gauge("streamkit_http_connections", static_cast<double>(connections()));
    }
  }

  asio::awaitable<void> serve(ConnectionPtr connection) {
    // Also when the coroutine is destroyed half-way, with the io_context.
    struct Leave {
      BeastServer& server;
      const ConnectionPtr& connection;
      ~Leave() { server.remove(connection); }
    } leave{*this, connection};
    while (co_await serve_one(*connection)) {
    }
    error_code ignored;
    connection->socket.shutdown(tcp::socket::shutdown_both, ignored);
  }

  // --- One request: true when the connection may carry another ---

  asio::awaitable<bool> serve_one(Connection& connection) {
    if (!co_await await_first_byte(connection)) co_return false;
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(config_.max_header_bytes));
    parser.body_limit(boost::none);  // Known only once the head is.
    const auto [failure, size] =
        co_await http::async_read_header(connection.socket, connection.buffer, parser, kAwait);
    if (failure) {
      const Request unread;
      const int status = refusal_status(failure);
      if (status != 0) co_await refuse(connection, unread, status, "malformed request");
      co_return false;
    }
    Request request = to_request(parser.get(), connection);
    if (parser.get().version() >= 11 && request.header("Host").empty()) {
      co_await refuse(connection, request, 400, "the Host header is missing");
      co_return false;
    }
    if (!co_await read_body(connection, parser, request)) co_return false;

    const Response response = co_await answer(connection, request);
    const bool keep_alive = parser.keep_alive() && !stopping_;
    const bool sent = co_await write(connection, response, request.method == "HEAD", keep_alive);
    co_return sent&& keep_alive;
  }

  asio::awaitable<bool> await_first_byte(Connection& connection) {
    connection.transfer_end = steady_clock::time_point::max();
    connection.allow(config_.idle_timeout);
    connection.idle = true;
    // In this order: either stop() sees the flag or this sees stop().
    if (stopping_) co_return false;
    if (connection.buffer.size() == 0) {
      connection.buffer.shrink_to_fit();
      const auto space = connection.buffer.prepare(kFirstReadBytes);
      const auto [failure, size] = co_await connection.socket.async_read_some(space, kAwait);
      if (failure) co_return false;
      connection.buffer.commit(size);
    }
    connection.idle = false;
    connection.allow(config_.header_timeout);
    co_return true;
  }

  asio::awaitable<bool> read_body(Connection& connection, Parser& parser, Request& request) {
    auto admitted = handler_.admit(request);
    if (auto* refusal = std::get_if<Response>(&admitted)) {
      co_await write_last(connection, *refusal, request.method == "HEAD");
      co_return false;
    }
    const std::uint64_t limit = std::get<Admission>(admitted).body_limit_bytes;
    const auto announced = parser.content_length();
    if (announced && *announced > limit) {
      const std::string reason = too_large(limit);
      co_await refuse(connection, request, 413, reason);
      co_return false;
    }
    parser.body_limit(limit);
    connection.begin_transfer(config_.transfer_timeout);
    if (!parser.is_done() && net::equal_ignoring_case(request.header("Expect"), "100-continue")) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [failure, size] =
          co_await asio::async_write(connection.socket, asio::buffer(kContinue), kAwait);
      if (failure) co_return false;
    }
    while (!parser.is_done()) {
      connection.allow(config_.stall_timeout);
      const auto [failure, size] =
          co_await http::async_read_some(connection.socket, connection.buffer, parser, kAwait);
      if (!failure) continue;
      const int status = refusal_status(failure);
      if (status == 0) co_return false;
      // Named: g++ 12 destroys a temporary of a conditional twice across co_await.
      const std::string reason = status == 413 ? too_large(limit) : "malformed request body";
      co_await refuse(connection, request, status, reason);
      co_return false;
    }
    request.body = std::move(parser.get().body());
    co_return true;
  }

  asio::awaitable<Response> answer(Connection& connection, const Request& request) {
    // The time that a handler takes is not the client's fault.
    connection.transfer_end = steady_clock::time_point::max();
    connection.allow(config_.transfer_timeout);
    asio::steady_timer timer(connection.socket.get_executor());
    for (;;) {
      Reply reply = call_handler(request);
      if (auto* response = std::get_if<Response>(&reply)) co_return std::move(*response);
      if (stopping_) co_return handler_.refuse(request, 503, "the server is stopping");
      timer.expires_after(std::get<AskAgain>(reply).delay);
      co_await timer.async_wait(kAwait);
    }
  }

  Reply call_handler(const Request& request) noexcept try {
    return handler_.handle(request);
  } catch (const std::exception& failure) {
    context_.log(LogLevel::Error, "request handler failed", {{"reason", failure.what()}});
    return handler_.refuse(request, 500, "internal error");
  }

  // --- Answers ---

  // Answers what handle() never sees, then closes so that the client can still read the answer:
  // closing with its bytes unread would reset the connection.
  asio::awaitable<void> refuse(Connection& connection, const Request& request, int status,
                               std::string_view message) {
    const Response response = handler_.refuse(request, status, message);
    co_await write_last(connection, response, request.method == "HEAD");
  }

  asio::awaitable<void> write_last(Connection& connection, const Response& response,
                                   bool head_only) {
    if (!co_await write(connection, response, head_only, false)) co_return;
    error_code ignored;
    connection.socket.shutdown(tcp::socket::shutdown_send, ignored);
    connection.begin_transfer(kLingerTimeout);
    connection.allow(kLingerTimeout);
    std::array<char, 4096> discarded;
    for (;;) {
      const auto [failure, size] =
          co_await connection.socket.async_read_some(asio::buffer(discarded), kAwait);
      if (failure) co_return;
    }
  }

  asio::awaitable<bool> write(Connection& connection, const Response& response, bool head_only,
                              bool keep_alive) {
    connection.begin_transfer(config_.transfer_timeout);
    const std::string head =
        format_head(response, keep_alive, context_.clock_or_system().system_now());
    const bool with_body = !head_only && !has_no_body(response.status);
    const auto* slice = std::get_if<FileSlice>(&response.body);
    const SharedText text = slice ? nullptr : std::get<SharedText>(response.body);
    const bool more = with_body && response.body_bytes() > 0;
    if (!co_await send(connection, head, more)) co_return false;
    if (!more) co_return true;
    if (slice) co_return co_await send_file(connection, *slice);
    co_return co_await send(connection, *text, false);
  }

  asio::awaitable<bool> send(Connection& connection, std::string_view bytes, bool more) {
    // MSG_MORE: the head leaves in one packet with the first of the body.
    const int flags = more ? MSG_MORE : 0;
    while (!bytes.empty()) {
      connection.allow(config_.stall_timeout);
      const auto [failure, size] = co_await connection.socket.async_send(
          asio::buffer(bytes.data(), bytes.size()), flags, kAwait);
      if (failure) co_return false;
      bytes.remove_prefix(size);
    }
    co_return true;
  }

  asio::awaitable<bool> send_file(Connection& connection, const FileSlice& slice) {
    auto offset = static_cast<off_t>(slice.offset);
    std::uint64_t left = slice.length;
    while (left > 0) {
      connection.allow(config_.stall_timeout);
      const auto size = ::sendfile(connection.socket.native_handle(), slice.file->descriptor(),
                                   &offset, std::min(left, kSendFileBytes));
      if (size > 0) {
        left -= static_cast<std::uint64_t>(size);
        continue;
      }
      if (size == 0 || (errno != EAGAIN && errno != EINTR)) co_return false;
      const auto [failure] = co_await connection.socket.async_wait(tcp::socket::wait_write, kAwait);
      if (failure) co_return false;
    }
    co_return true;
  }

  // 0: the client is gone and there is nobody to answer.
  static int refusal_status(const error_code& failure) {
    if (failure == http::error::end_of_stream || failure == http::error::partial_message) return 0;
    if (failure == http::error::body_limit) return 413;
    if (failure == http::error::header_limit || failure == http::error::buffer_overflow) return 431;
    return failure.category() == http::make_error_code(http::error::bad_version).category() ? 400
                                                                                            : 0;
  }

  static std::string too_large(std::uint64_t limit) {
    return "the body may have " + std::to_string(limit) + " bytes at most";
  }

  static constexpr std::size_t kFirstReadBytes = 2048;
  static constexpr std::uint64_t kSendFileBytes = 1 << 20;

  const HttpServerConfig config_;
  RequestHandler& handler_;
  const Context context_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex stop_mutex_;

  mutable std::mutex mutex_;
  std::condition_variable empty_;
  // Guarded by mutex_
  std::unordered_set<ConnectionPtr> connections_;

  // After what its coroutines use, which they still do while it is destroyed.
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::vector<std::jthread> threads_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerConfig config,
                                                      RequestHandler& handler, Context context) {
  const auto address = parse_listen_address(config.listen);
  if (!address) return address.error();
  if (config.threads < 1 || config.threads > 256) {
    return Error{ErrorCode::InvalidArgument, "the number of threads must be 1 to 256"};
  }
  auto server = std::make_unique<BeastServer>(std::move(config), handler, context);
  if (auto listening = server->listen(*address); !listening) return listening.error();
  server->run();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace streamkit::server
