#include "server/client_address.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstring>
#include <optional>

namespace streamkit::server {
namespace {

std::optional<ClientAddress> parse_address(std::string_view given) {
  const std::string text(given);
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

// "[2001:db8::1]:443" and "192.0.2.1:443" without what stands around the address.
std::string_view bare(std::string_view entry) noexcept {
  while (entry.starts_with(' ') || entry.starts_with('\t')) entry.remove_prefix(1);
  while (entry.ends_with(' ') || entry.ends_with('\t')) entry.remove_suffix(1);
  if (entry.starts_with('[')) return entry.substr(1, entry.find(']') - 1);
  const auto colon = entry.find(':');
  const bool one_colon = colon != std::string_view::npos && colon == entry.rfind(':');
  return one_colon ? entry.substr(0, colon) : entry;
}

}  // namespace

ClientAddress client_address(const Request& request, bool trust_proxy) {
  bool behind_proxy = false;
  if (trust_proxy) {
    std::string_view last;
    for (const auto& header : request.headers) {
      if (!net::equal_ignoring_case(header.name, "X-Forwarded-For")) continue;
      last = header.value;
      behind_proxy = true;
    }
    const auto comma = last.rfind(',');
    if (comma != std::string_view::npos) last.remove_prefix(comma + 1);
    // Who stands in X-Forwarded-For came through the proxy: never this machine itself.
    if (auto forwarded = parse_address(bare(last))) return {std::move(forwarded->key), false};
  }
  auto direct = parse_address(request.remote_address);
  if (!direct) return {request.remote_address, false};
  return {std::move(direct->key), direct->loopback && !behind_proxy};
}

}  // namespace streamkit::server
