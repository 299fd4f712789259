#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "flash_clip.hpp"

namespace streamkit::capture {

/// A live stream over HTTP: each client joins where the clip has come to. It runs once, in real
/// time. Thread-safety: every method may be called concurrently from any thread.
class StreamServer {
 public:
  explicit StreamServer(const FlashClip& clip);
  ~StreamServer();

  /// "http://127.0.0.1:{port}/live.ts"
  [[nodiscard]] std::string url() const;
  /// Resets all connections.
  void cut();
  /// While it is away, connections are reset before a byte is sent.
  void set_away(bool away) { away_ = away; }
  /// While it is silent, connections stay open and nothing is sent.
  void set_silent(bool silent) { silent_ = silent; }
  [[nodiscard]] int connections() const { return accepted_; }

 private:
  struct Connection {
    int socket = -1;
    std::jthread thread;
  };
  void accept_all(const std::stop_token& stop);
  void serve(int socket, const std::stop_token& stop);

  const FlashClip& clip_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> away_ = false;
  std::atomic<bool> silent_ = false;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  // Guarded by mutex_
  std::list<Connection> connections_;

  std::jthread acceptor_;
};

}  // namespace streamkit::capture
