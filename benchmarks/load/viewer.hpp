#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <streamkit/core/result.hpp>
#include <string>

#include "load/answer_head.hpp"
#include "load/socket.hpp"
#include "load/watched_playlist.hpp"

namespace streamkit::load {

/// What all viewers share.
struct Watched {
  sockaddr_in server = {};
  /// The Host header.
  std::string host;
  std::string playlist_path;
  /// What a segment's URI is appended to.
  std::string folder_path;
  WatchedPlaylist playlist;
};

/// One viewer: a connection with one request at a time. Never blocks.
class Viewer {
 public:
  enum class Asked { Nothing, Playlist, Segment };
  struct Answered {
    Asked what = Asked::Nothing;
    std::uint64_t body_bytes = 0;
    std::chrono::steady_clock::time_point since;
  };

  /// `address` is the viewer's own, in host byte order.
  Viewer(Watched& watched, std::uint32_t address) : watched_(watched), address_(address) {}

  [[nodiscard]] int socket() const noexcept { return socket_.get(); }
  [[nodiscard]] bool connected() const noexcept { return static_cast<bool>(socket_); }
  [[nodiscard]] Asked asked() const noexcept { return asked_; }
  [[nodiscard]] std::chrono::steady_clock::time_point asked_at() const noexcept { return since_; }

  Result<void> connect();
  /// Forgets the connection and what was asked on it.
  void hang_up() noexcept;
  /// The request goes out now, or with the next continue_sending().
  Result<void> ask_playlist(std::chrono::steady_clock::time_point since);
  /// False when no segment is waiting to be fetched.
  Result<bool> ask_next_segment(std::chrono::steady_clock::time_point now);
  Result<void> continue_sending();
  /// Takes what has come; gives the answer once it is whole and found right.
  Result<std::optional<Answered>> receive();

 private:
  Result<void> ask(Asked what, std::string request, std::chrono::steady_clock::time_point since);
  Result<bool> receive_text();
  Result<bool> discard_body();
  Result<void> check_head() const;
  Result<std::optional<Answered>> finish();

  Watched& watched_;
  const std::uint32_t address_;
  Descriptor socket_;
  Asked asked_ = Asked::Nothing;
  std::chrono::steady_clock::time_point since_ = {};
  std::string unsent_;
  // The head, and a playlist's body.
  std::string received_;
  std::optional<AnswerHead> head_;
  std::uint64_t body_left_ = 0;
  std::size_t seen_bytes_ = 0;
  // The next segment to fetch, and how many are listed. Nothing: nobody told yet.
  std::optional<std::size_t> next_segment_;
  std::size_t listed_ = 0;
  std::uint64_t wanted_bytes_ = 0;
};

}  // namespace streamkit::load
