#include "loopback_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace streamkit::testing {
namespace {

// A socket bound to a free port of 127.0.0.1, and that port.
std::pair<int, int> bound_socket() {
  const int bound = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(bound, generic, size) != 0 || ::getsockname(bound, generic, &size) != 0) std::abort();
  return {bound, ntohs(address.sin_port)};
}

std::string loopback_url(int port) { return "http://127.0.0.1:" + std::to_string(port); }

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// False at the end of the connection.
bool receive_more(int socket, std::string& buffer) {
  std::array<char, 16384> block{};
  const auto received = ::recv(socket, block.data(), block.size(), 0);
  if (received <= 0) return false;
  buffer.append(block.data(), static_cast<std::size_t>(received));
  return true;
}

void parse_head(std::string_view head, ReceivedRequest& request) {
  const auto method_end = head.find(' ');
  const auto target_end = head.find(' ', method_end + 1);
  request.method = head.substr(0, method_end);
  request.target = head.substr(method_end + 1, target_end - method_end - 1);
  for (auto line = head.find("\r\n"); line != std::string_view::npos;) {
    const auto next = head.find("\r\n", line + 2);
    const std::string_view text = head.substr(line + 2, next - line - 2);
    const auto colon = text.find(": ");
    if (colon != std::string_view::npos) {
      request.headers.push_back(
          {std::string(text.substr(0, colon)), std::string(text.substr(colon + 2))});
    }
    line = next;
  }
}

}  // namespace

Reply answer(int status, std::string_view body, std::string_view headers) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " Status\r\nContent-Length: ";
  bytes += std::to_string(body.size()) + "\r\n";
  return {ReplyKind::Answer, bytes.append(headers).append("\r\n").append(body)};
}

LoopbackServer::LoopbackServer(Handler handler, HeadHandler head_handler)
    : handler_(std::move(handler)), head_handler_(std::move(head_handler)) {
  std::tie(listener_, port_) = bound_socket();
  ::listen(listener_, 16);
  acceptor_ = std::jthread([this] { accept_all(); });
}

LoopbackServer::LoopbackServer(Reply reply)
    : LoopbackServer([reply](const ReceivedRequest&) { return reply; }) {}

LoopbackServer::~LoopbackServer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    for (const Connection& connection : connections_) {
      if (connection.socket >= 0) ::shutdown(connection.socket, SHUT_RDWR);
    }
  }
  acceptor_.join();
  connections_.clear();
  ::close(listener_);
}

std::string LoopbackServer::url() const { return loopback_url(port_); }

std::vector<ReceivedRequest> LoopbackServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t LoopbackServer::connection_count() const {
  std::lock_guard lock(mutex_);
  return connections_.size();
}

void LoopbackServer::await_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return requests_.size() >= count; });
}

void LoopbackServer::accept_all() {
  for (;;) {
    const int accepted = ::accept(listener_, nullptr, nullptr);
    std::lock_guard lock(mutex_);
    if (accepted < 0) return;
    if (stopping_) {
      ::close(accepted);
      return;
    }
    Connection& connection = connections_.emplace_back();
    connection.socket = accepted;
    connection.thread = std::jthread([this, &connection] { serve(connection); });
  }
}

void LoopbackServer::serve(Connection& connection) {
  int socket = -1;
  {
    std::lock_guard lock(mutex_);
    socket = connection.socket;
  }
  std::string buffer;
  ReceivedRequest request;
  Reply reply;
  while (read_request(socket, buffer, request)) {
    reply = handler_(request);
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(std::exchange(request, {}));
    }
    changed_.notify_all();
    if (reply.kind == ReplyKind::Reset) break;
    if (reply.kind != ReplyKind::Silence) send_all(socket, reply.bytes);
    if (reply.kind == ReplyKind::Cut) break;
  }
  std::lock_guard lock(mutex_);
  if (reply.kind == ReplyKind::Reset) {
    const linger at_once{1, 0};  // close() then sends RST
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ::close(socket);
  connection.socket = -1;
}

bool LoopbackServer::read_request(int socket, std::string& buffer, ReceivedRequest& request) {
  std::size_t head_end = 0;
  while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more(socket, buffer)) return false;
  }
  parse_head(std::string_view(buffer).substr(0, head_end), request);
  if (const auto early = head_handler_ ? head_handler_(request) : std::nullopt) {
    if (early->kind != ReplyKind::Answer) return false;
    send_all(socket, early->bytes);
    // Bytes that nobody has read would make close() reset the connection.
    ::shutdown(socket, SHUT_WR);
    while (receive_more(socket, buffer)) buffer.clear();
    return false;
  }
  const std::string length(net::find_header(request.headers, "Content-Length").value_or("0"));
  const std::size_t end = head_end + 4 + std::strtoul(length.c_str(), nullptr, 10);
  while (buffer.size() < end) {
    if (!receive_more(socket, buffer)) return false;
  }
  request.body = buffer.substr(head_end + 4, end - head_end - 4);
  buffer.erase(0, end);
  return true;
}

ClosedPort::ClosedPort() { std::tie(socket_, port_) = bound_socket(); }

ClosedPort::~ClosedPort() { ::close(socket_); }

std::string ClosedPort::url() const { return loopback_url(port_); }

}  // namespace streamkit::testing
