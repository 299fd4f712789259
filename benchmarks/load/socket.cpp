#include "load/socket.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace streamkit::load {
namespace {

constexpr int kOn = 1;

int connect_socket(const Descriptor& socket, const sockaddr_in& server) noexcept {
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server);
}

Result<Descriptor> open_socket(int flags) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!socket) return socket_error("socket");
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof kOn);
  return socket;
}

}  // namespace

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

Error socket_error(std::string_view action) {
  return {ErrorCode::Unavailable,
          std::string(action) + ": " + std::generic_category().message(errno), "errno", errno};
}

Result<sockaddr_in> address_of(const net::Url& url) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(url.port);
  const std::string host = url.host == "localhost" ? "127.0.0.1" : url.host;
  if (url.scheme != "http" || ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return Error{ErrorCode::InvalidArgument, "use http:// and an IPv4 address"};
  }
  return address;
}

Result<Descriptor> begin_connect(const sockaddr_in& server, std::uint32_t source) {
  auto socket = open_socket(SOCK_NONBLOCK);
  if (!socket) return socket;
  if (source != 0) {
    sockaddr_in own = {};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(source);
    // The port is chosen at connect, when only the pair of addresses must be free.
    ::setsockopt(socket->get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &kOn, sizeof kOn);
    if (::bind(socket->get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
      return socket_error("bind");
    }
  }
  if (connect_socket(*socket, server) != 0 && errno != EINPROGRESS) return socket_error("connect");
  return socket;
}

Result<Descriptor> connect_to(const sockaddr_in& server) {
  auto socket = open_socket(0);
  if (socket && connect_socket(*socket, server) != 0) return socket_error("connect");
  return socket;
}

std::uint64_t raise_descriptor_limit() noexcept {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace streamkit::load
