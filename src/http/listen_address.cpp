#include <arpa/inet.h>

#include <charconv>

#include <streamkit/http/server.hpp>

namespace streamkit::http {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size()) return {};
  return port;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Error wrong{ErrorCode::InvalidArgument,
                    "'" + std::string(text) +
                        "' is not an address to listen on: give an IP address and a port, as in "
                        "127.0.0.1:8000 or [::1]:8000"};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return wrong;

  std::string host(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  in_addr v4 = {};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return ListenAddress{host, *port, (ntohl(v4.s_addr) >> 24) == 127};
  }
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return wrong;
  host = host.substr(1, host.size() - 2);
  in6_addr v6 = {};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) != 1) return wrong;
  return ListenAddress{host, *port, IN6_IS_ADDR_LOOPBACK(&v6) != 0};
}

}  // namespace streamkit::http
