#include "stream_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace streamkit::capture {
namespace {

using std::chrono::steady_clock;

void reset(int socket) {
  const linger hard{1, 0};  // close() then sends RST
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(socket);
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

StreamServer::StreamServer(const FlashClip& clip) : clip_(clip) {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

StreamServer::~StreamServer() {
  acceptor_.request_stop();
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  cut();
  ::close(listener_);
}

std::string StreamServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/live.ts";
}

void StreamServer::cut() {
  std::list<Connection> cut;
  {
    std::lock_guard lock(mutex_);
    cut.swap(connections_);
  }
  for (Connection& connection : cut) {
    connection.thread.request_stop();
    ::shutdown(connection.socket, SHUT_RD);
    connection.thread.join();
    reset(connection.socket);
  }
}

void StreamServer::accept_all(const std::stop_token& stop) {
  for (;;) {
    const int accepted = ::accept(listener_, nullptr, nullptr);
    if (accepted < 0) return;
    ++accepted_;
    if (away_ || stop.stop_requested()) {
      reset(accepted);
      continue;
    }
    std::lock_guard lock(mutex_);
    Connection& connection = connections_.emplace_back();
    connection.socket = accepted;
    connection.thread =
        std::jthread([this, accepted](const std::stop_token& own) { serve(accepted, own); });
  }
}

void StreamServer::serve(int socket, const std::stop_token& stop) {
  std::array<char, 4096> request{};
  if (::recv(socket, request.data(), request.size(), 0) <= 0) return;
  if (!send_all(socket,
                "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n")) {
    return;
  }
  const auto& marks = clip_.marks();
  const auto due = [&](const FlashClip::Mark& mark) {
    return begin_ + std::chrono::duration_cast<steady_clock::duration>(mark.due);
  };
  auto next = std::find_if(marks.begin(), marks.end(),
                           [&](const auto& mark) { return due(mark) >= steady_clock::now(); });
  if (next == marks.end()) return;
  for (std::size_t sent = next->end; ++next != marks.end(); sent = next->end) {
    while (!stop.stop_requested() && (silent_ || steady_clock::now() < due(*next))) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (stop.stop_requested()) return;
    const std::string_view bytes(clip_.bytes());
    if (!send_all(socket, bytes.substr(sent, next->end - sent))) return;
  }
  while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace streamkit::capture
