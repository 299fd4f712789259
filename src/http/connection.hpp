#pragma once

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "http/response_head.hpp"
#include "http/transfer_pace.hpp"
#include "http/transport.hpp"
#include "http/wakeups.hpp"

// Include this file only in asio_server.cpp, request_runner.cpp, response_writer.cpp and
// stream_listener.cpp, because it compiles Boost.Asio, which takes long.

namespace streamkit::http {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, Executor>;
template <typename T>
using Task = asio::awaitable<T, Executor>;

// Returns failures as values: an exception for each closed connection would cost more than the
// request.
inline constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>{});

struct Connection;

// One event loop, its thread and its connections. A connection stays with its loop, so nothing in
// it is locked. Other threads may only use `io` (to post to it) and the topics.
struct Loop {
  explicit Loop(std::size_t scratch_bytes) : scratch(scratch_bytes) {}

  Wakeups topics;
  DateText date;
  // The bytes that were read last. Valid until the next time that any connection waits.
  std::vector<char> scratch;
  std::unordered_set<Connection*> connections;
  // The last member, because its coroutines use the others while they are destroyed.
  asio::io_context io{1};
};

// The connection of one client.
struct Connection final : Wakeups::Waiter, std::enable_shared_from_this<Connection> {
  Connection(Loop& its_loop, Socket accepted, std::string address)
      : loop(its_loop),
        socket(std::move(accepted)),
        timer(socket.get_executor()),
        remote_address(std::move(address)) {}

  // --- Deadlines: one timer, the sweeper's, closes the sockets that have reached theirs. ---

  void allow(milliseconds time) noexcept {
    deadline = std::min({steady_clock::now() + time, transfer_end, pace.end()});
  }
  // Begins a transfer without a least rate; begin_pace() sets one.
  void begin_transfer(milliseconds total) noexcept {
    transfer_end = steady_clock::now() + total;
    pace = {};
  }
  void begin_pace(std::uint64_t bytes_per_second, milliseconds period) noexcept {
    pace = TransferPace(bytes_per_second, period, steady_clock::now());
  }
  void allow_forever() noexcept {
    deadline = transfer_end = steady_clock::time_point::max();
    pace = {};
  }
  // Counts bytes that were read or written.
  void moved(std::uint64_t bytes) noexcept {
    if (pace.add(bytes)) pace.begin(steady_clock::now());
  }
  // Called by the sweeper at the deadline. A client whose body is late can still read a response.
  void expire() noexcept {
    if (!reports_late) return close();
    is_late = true;
    deadline = steady_clock::time_point::max();
    boost::system::error_code ignored;
    socket.cancel(ignored);
  }

  void close() noexcept {
    close_when_back = is_lent;
    if (is_lent) return;
    if (transport) transport->detach();
    boost::system::error_code ignored;
    socket.close(ignored);
    notify();
  }

  // --- While the connection is lent, another thread may use the transport and the kept bytes. ---

  void lend() noexcept {
    is_lent = true;
    lent_at = steady_clock::now();
    deadline = steady_clock::time_point::max();
  }
  void take_back() noexcept {
    is_lent = false;
    pace.pause(steady_clock::now() - lent_at);
    if (close_when_back) close();
  }

  // --- Waiting ---

  // Returns false if the connection was closed in the meantime.
  Task<bool> wait_for(IoResult::Kind kind) {
    const auto what = kind == IoResult::Kind::WantRead ? Socket::wait_read : Socket::wait_write;
    const auto [failure] = co_await socket.async_wait(what, kAwait);
    co_return !failure && socket.is_open();
  }
  // Waits until the given time, or until notify(). It may return early, so check the condition
  // again.
  Task<void> doze(steady_clock::time_point until) {
    if (!notified) {
      timer.expires_at(until);
      co_await timer.async_wait(kAwait);
    }
    notified = false;
  }
  void notify() override {
    notified = true;
    timer.cancel();
  }
  // Calls notify() when there is something to read, or when the client has disconnected.
  void watch_input() {
    socket.async_wait(Socket::wait_read, [self = shared_from_this()](auto failure) {
      if (failure == asio::error::operation_aborted) return;
      self->input_ready = true;
      self->notify();
    });
  }

  // --- Bytes that were read but not parsed yet ---

  void keep(std::string_view bytes) { kept.assign(bytes); }
  std::string_view take_kept() noexcept { return take_kept(loop.scratch); }
  std::string_view take_kept(std::span<char> scratch) noexcept {
    const std::size_t size = kept.copy(scratch.data(), scratch.size());
    release_kept();
    return {scratch.data(), size};
  }
  // Reads what is available and appends it to the kept bytes. The result is a view of the scratch
  // memory.
  IoResult read(std::string_view& bytes) { return read(bytes, loop.scratch); }
  IoResult read(std::string_view& bytes, std::span<char> scratch) {
    const auto result = transport->read(scratch.subspan(std::min(kept.size(), scratch.size())));
    if (result.kind != IoResult::Kind::Done) return result;
    moved(result.bytes);
    bytes = {scratch.data(), kept.copy(scratch.data(), kept.size()) + result.bytes};
    release_kept();
    return result;
  }
  // Keeps a small buffer for the next bytes. Connections are many, so a large one is freed.
  void release_kept() noexcept {
    constexpr std::size_t kUsual = 4096;
    kept.clear();
    if (kept.capacity() > kUsual) std::string().swap(kept);
  }

  Loop& loop;
  Socket socket;
  Timer timer;
  std::unique_ptr<Transport> transport;
  const std::string remote_address;
  std::string kept;
  steady_clock::time_point transfer_end = steady_clock::time_point::max();
  steady_clock::time_point deadline = steady_clock::time_point::max();
  steady_clock::time_point lent_at = {};
  TransferPace pace;
  // True between two requests: stop() then closes the connection immediately.
  bool idle = true;
  bool notified = false;
  bool input_ready = false;
  bool is_lent = false;
  bool close_when_back = false;
  // True while a body is read: its client is told when it is too slow.
  bool reports_late = false;
  bool is_late = false;
};

}  // namespace streamkit::http
