#include "load/viewer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace streamkit::load {
namespace {

Error corrupt(std::string what) { return {ErrorCode::CorruptData, std::move(what)}; }

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Result<void> Viewer::connect() {
  auto socket = begin_connect(watched_.server, address_);
  if (!socket) return socket.error();
  socket_ = *std::move(socket);
  return {};
}

void Viewer::hang_up() noexcept {
  socket_ = Descriptor();
  asked_ = Asked::Nothing;
  unsent_.clear();
  received_.clear();
  head_.reset();
}

Result<void> Viewer::ask_playlist(std::chrono::steady_clock::time_point since) {
  return ask(Asked::Playlist,
             "GET " + watched_.playlist_path + " HTTP/1.1\r\nHost: " + watched_.host +
                 "\r\nUser-Agent: streamkit-load\r\nAccept: */*\r\n\r\n",
             since);
}

Result<bool> Viewer::ask_next_segment(std::chrono::steady_clock::time_point now) {
  if (!next_segment_ || *next_segment_ >= listed_) return false;
  const auto& segment = watched_.playlist.segment((*next_segment_)++);
  wanted_bytes_ = segment.length;
  std::string request = "GET " + watched_.folder_path + segment.uri +
                        " HTTP/1.1\r\nHost: " + watched_.host +
                        "\r\nUser-Agent: streamkit-load\r\nAccept: */*\r\n";
  if (segment.length > 0) {
    request += "Range: bytes=" + std::to_string(segment.offset) + '-' +
               std::to_string(segment.offset + segment.length - 1) + "\r\n";
  }
  auto sent = ask(Asked::Segment, request + "\r\n", now);
  if (!sent) return sent.error();
  return true;
}

Result<void> Viewer::ask(Asked what, std::string request,
                         std::chrono::steady_clock::time_point since) {
  asked_ = what;
  since_ = since;
  unsent_ = std::move(request);
  received_.clear();
  head_.reset();
  return continue_sending();
}

Result<void> Viewer::continue_sending() {
  while (!unsent_.empty()) {
    const auto sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    // ENOTCONN: the connection is still being made.
    if (sent < 0 && (would_block() || errno == ENOTCONN)) return {};
    if (sent < 0) return socket_error("send");
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::optional<Viewer::Answered>> Viewer::receive() {
  if (asked_ == Asked::Nothing) return corrupt("the server closed an idle connection");
  const bool discard = head_ && asked_ == Asked::Segment;
  for (bool discarding = discard;;) {
    const auto whole = discarding ? discard_body() : receive_text();
    if (!whole) return whole.error();
    if (*whole) return finish();
    const bool body_begins = head_ && asked_ == Asked::Segment && !discarding;
    if (!body_begins) return std::optional<Answered>();
    discarding = true;
  }
}

// True when the answer is whole.
Result<bool> Viewer::receive_text() {
  static thread_local std::array<char, 64 * 1024> piece;
  // A segment's head comes with little of its body, which is not worth copying.
  const std::size_t wanted = asked_ == Asked::Segment ? 2048 : piece.size();
  const auto got = ::recv(socket_.get(), piece.data(), wanted, 0);
  if (got == 0) return corrupt("the server closed the connection");
  if (got < 0 && would_block()) return false;
  if (got < 0) return socket_error("receive");
  received_.append(piece.data(), static_cast<std::size_t>(got));
  if (!head_) {
    auto head = parse_answer_head(received_);
    if (!head) return head.error();
    if (!*head) return false;
    head_ = **head;
    if (auto right = check_head(); !right) return right.error();
  }
  const auto body = received_.size() - head_->head_bytes;
  if (body > head_->body_bytes) return corrupt("the answer is longer than it says");
  body_left_ = head_->body_bytes - body;
  return body_left_ == 0;
}

Result<bool> Viewer::discard_body() {
  while (body_left_ > 0) {
    // The kernel drops the bytes instead of copying them here. Source: tcp(7), MSG_TRUNC.
    const auto most = std::min<std::uint64_t>(body_left_, 1 << 20);
    const auto got = ::recv(socket_.get(), nullptr, static_cast<std::size_t>(most), MSG_TRUNC);
    if (got == 0) return corrupt("the server closed the connection within a segment");
    if (got < 0 && would_block()) return false;
    if (got < 0) return socket_error("receive");
    body_left_ -= static_cast<std::uint64_t>(got);
  }
  return true;
}

Result<void> Viewer::check_head() const {
  const int wanted = asked_ == Asked::Segment && wanted_bytes_ > 0 ? 206 : 200;
  const std::string what = asked_ == Asked::Segment ? "segment: " : "playlist: ";
  if (head_->status != wanted) return corrupt(what + "status " + std::to_string(head_->status));
  if (wanted == 206 && head_->body_bytes != wanted_bytes_) {
    return corrupt(what + "another length than the range that was asked for");
  }
  return {};
}

Result<std::optional<Viewer::Answered>> Viewer::finish() {
  const Answered answered{asked_, head_->body_bytes, since_};
  if (asked_ == Asked::Playlist) {
    const auto text = std::string_view(received_).substr(head_->head_bytes);
    const auto listed = watched_.playlist.take(text, seen_bytes_);
    if (!listed) return listed.error();
    seen_bytes_ = text.size();
    listed_ = *listed;
    // Whoever joins begins with the newest.
    if (!next_segment_) next_segment_ = listed_ > 0 ? listed_ - 1 : 0;
  }
  const bool closes = head_->closes;
  asked_ = Asked::Nothing;
  std::string().swap(received_);
  if (closes) return corrupt("the server ends the connection");
  return std::optional<Answered>(answered);
}

}  // namespace streamkit::load
