#pragma once

#include <streamkit/http/stream_listener.hpp>

#include <atomic>
#include <boost/asio/post.hpp>
#include <mutex>

#include "http/connection.hpp"

// Include this file only in stream_listener.cpp; see connection.hpp.

namespace streamkit::http {

/// The connection as code outside its thread sees it.
class WakeHandle final : public StreamConnection {
 public:
  WakeHandle(asio::io_context& loop, const std::shared_ptr<Connection>& connection)
      : remote_address_(connection->remote_address), connection_(connection), loop_(&loop) {}

  const std::string& remote_address() const noexcept override { return remote_address_; }

  void wake() override {
    woken_ = true;
    std::lock_guard lock(mutex_);
    if (loop_ == nullptr) return;
    asio::post(*loop_, [weak = connection_] {
      if (const auto connection = weak.lock()) connection->notify();
    });
  }
  bool take_wake() noexcept { return woken_.exchange(false); }
  /// The loop may be destroyed afterwards.
  void detach() {
    std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  const std::string remote_address_;
  const std::weak_ptr<Connection> connection_;
  std::atomic<bool> woken_ = false;
  std::mutex mutex_;
  // Guarded by mutex_
  asio::io_context* loop_;
};

/// Moves bytes between a connection, whose handshake is done, and its handler.
class StreamSession {
 public:
  StreamSession(const StreamListenerOptions& options, const std::atomic<bool>& stopping,
                std::shared_ptr<Connection> connection, StreamHandler& handler, WakeHandle& handle)
      : options_(options),
        stopping_(stopping),
        connection_(std::move(connection)),
        handler_(handler),
        handle_(handle) {}

  /// Runs until the connection ends, except that the caller closes the socket.
  Task<StreamEnd> run() {
    begun_ = last_input_ = last_output_ = steady_clock::now();
    for (int turns = 1;; ++turns) {
      const bool moved = work();
      if (end_) break;
      if (moved && turns % kTurns != 0) continue;
      if (moved) {
        // Other connections have their turn.
        co_await asio::post(connection_->socket.get_executor(), kAwait);
        continue;
      }
      set_deadline();
      watch();
      co_await connection_->doze(next_quiet());
      if (!connection_->socket.is_open()) {
        end_with_deadline();
        break;
      }
      call_if_quiet();
    }
    if (*end_ == StreamEnd::ClosedByHandler) co_await drain();
    co_return *end_;
  }

 private:
  static constexpr int kTurns = 16;
  static constexpr milliseconds kDrainTime{1'000};

  // Does what can be done without waiting. Returns whether it did anything.
  bool work() {
    if (stopping_) {
      end_ = StreamEnd::Stopped;
      return true;
    }
    bool moved = false;
    if (handle_.take_wake() && !closing_) {
      apply(handler_.on_wake());
      moved = true;
    }
    if (!end_ && write()) moved = true;
    if (!end_ && closing_ && sent_ == queue_.size()) end_ = StreamEnd::ClosedByHandler;
    if (!end_ && !paused_ && !closing_ && read()) moved = true;
    return moved;
  }

  bool write() {
    if (sent_ == queue_.size()) return false;
    const std::string_view rest(reinterpret_cast<const char*>(queue_.data()) + sent_,
                                queue_.size() - sent_);
    const auto result = connection_->transport->write(rest, {}, false);
    if (result.kind == IoResult::Kind::Closed) end_ = StreamEnd::ClosedByPeer;
    if (result.kind != IoResult::Kind::Done) return false;
    last_output_ = steady_clock::now();
    sent_ += result.bytes;
    if (sent_ == queue_.size()) {
      queue_.clear();
      sent_ = 0;
    }
    return true;
  }

  bool read() {
    const auto result = connection_->transport->read(connection_->loop.scratch);
    if (result.kind == IoResult::Kind::Closed) end_ = StreamEnd::ClosedByPeer;
    if (result.kind != IoResult::Kind::Done) return false;
    last_input_ = steady_clock::now();
    quiet_reported_ = false;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(connection_->loop.scratch.data());
    apply(handler_.on_bytes({bytes, result.bytes}));
    return true;
  }

  void apply(const StreamReply& reply) {
    if (queue_.size() - sent_ + reply.bytes.size() > options_.max_queued_bytes) {
      end_ = StreamEnd::TooSlow;
      return;
    }
    if (sent_ == queue_.size()) last_output_ = steady_clock::now();
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
    queue_.insert(queue_.end(), reply.bytes.begin(), reply.bytes.end());
    // The idle time begins again when reading does.
    if (paused_ && reply.next == StreamReply::Next::Read) last_input_ = steady_clock::now();
    paused_ = reply.next == StreamReply::Next::Pause;
    closing_ = reply.next == StreamReply::Next::Close;
  }

  // --- Waiting ---

  [[nodiscard]] bool waits_for_input() const noexcept { return !paused_ && !closing_; }
  [[nodiscard]] bool waits_for_output() const noexcept { return sent_ < queue_.size(); }

  void set_deadline() noexcept {
    connection_->deadline = steady_clock::time_point::max();
    if (waits_for_input()) connection_->deadline = last_input_ + options_.idle_timeout;
    if (waits_for_output()) {
      connection_->deadline =
          std::min(connection_->deadline, last_output_ + options_.write_timeout);
    }
    set_up_ = set_up_ || handler_.is_set_up();
    if (!set_up_) {
      connection_->deadline = std::min(connection_->deadline, begun_ + options_.setup_timeout);
    }
  }

  // The sweeper has closed the connection at its deadline.
  void end_with_deadline() noexcept {
    if (stopping_) {
      end_ = StreamEnd::Stopped;
    } else if (!set_up_ && steady_clock::now() >= begun_ + options_.setup_timeout) {
      end_ = StreamEnd::NotSetUp;
    } else {
      const bool idle =
          waits_for_input() && steady_clock::now() >= last_input_ + options_.idle_timeout;
      end_ = idle ? StreamEnd::Idle : StreamEnd::TooSlow;
    }
  }

  [[nodiscard]] steady_clock::time_point next_quiet() const noexcept {
    constexpr std::chrono::hours kLong{1};
    if (!waits_for_input() || quiet_reported_) return steady_clock::now() + kLong;
    return last_input_ + options_.idle_timeout / 2;
  }

  void call_if_quiet() {
    if (quiet_reported_ || steady_clock::now() < next_quiet()) return;
    quiet_reported_ = true;
    apply(handler_.on_quiet());
  }

  // Each direction is watched once at a time; both notify the connection.
  void watch() {
    if (waits_for_input()) watch(Socket::wait_read, *watching_input_);
    if (waits_for_output()) watch(Socket::wait_write, *watching_output_);
  }
  void watch(Socket::wait_type what, bool& watching) {
    if (std::exchange(watching, true)) return;
    const auto& flag = what == Socket::wait_read ? watching_input_ : watching_output_;
    connection_->socket.async_wait(what, [connection = connection_, flag](auto failure) {
      *flag = false;
      if (failure != asio::error::operation_aborted) connection->notify();
    });
  }

  // A socket that is closed while bytes are unread resets the connection, and the peer may lose
  // what was sent last: so reads on until the peer closes, for a while.
  Task<void> drain() {
    connection_->transport->finish_sending();
    boost::system::error_code ignored;
    connection_->socket.shutdown(Socket::shutdown_send, ignored);
    connection_->deadline = steady_clock::now() + kDrainTime;
    while (connection_->socket.is_open() && steady_clock::now() < connection_->deadline) {
      const auto result = connection_->transport->read(connection_->loop.scratch);
      if (result.kind == IoResult::Kind::Closed) break;
      if (result.kind == IoResult::Kind::Done) {
        co_await asio::post(connection_->socket.get_executor(), kAwait);
        continue;
      }
      if (!co_await connection_->wait_for(IoResult::Kind::WantRead)) break;
    }
  }

  const StreamListenerOptions& options_;
  const std::atomic<bool>& stopping_;
  const std::shared_ptr<Connection> connection_;
  StreamHandler& handler_;
  WakeHandle& handle_;

  std::vector<std::uint8_t> queue_;
  std::size_t sent_ = 0;
  bool paused_ = false;
  bool closing_ = false;
  bool quiet_reported_ = false;
  bool set_up_ = false;
  steady_clock::time_point begun_;
  steady_clock::time_point last_input_;
  steady_clock::time_point last_output_;
  std::optional<StreamEnd> end_;
  // Shared with the completion handlers, which may run after this object is gone.
  const std::shared_ptr<bool> watching_input_ = std::make_shared<bool>(false);
  const std::shared_ptr<bool> watching_output_ = std::make_shared<bool>(false);
};

}  // namespace streamkit::http
