#include <streamkit/http/client_address.hpp>

#include <arpa/inet.h>

#include <array>
#include <cstring>

namespace streamkit::http {

std::optional<ClientAddress> parse_client_address(std::string_view address) {
  const std::string text(address);
  std::array<char, INET6_ADDRSTRLEN> printed = {};
  in_addr v4 = {};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    ::inet_ntop(AF_INET, &v4, printed.data(), printed.size());
    return ClientAddress{printed.data(), (ntohl(v4.s_addr) >> 24) == 127};
  }
  in6_addr v6 = {};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return {};
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    std::memcpy(&v4, v6.s6_addr + 12, sizeof(v4));
    ::inet_ntop(AF_INET, &v4, printed.data(), printed.size());
    return ClientAddress{printed.data(), (ntohl(v4.s_addr) >> 24) == 127};
  }
  const bool loopback = IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  std::memset(v6.s6_addr + 8, 0, 8);
  ::inet_ntop(AF_INET6, &v6, printed.data(), printed.size());
  return ClientAddress{printed.data(), loopback};
}

}  // namespace streamkit::http
