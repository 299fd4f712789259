#include "server/machine_addresses.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace streamkit::server_tool {
namespace {

std::optional<std::string> text_of(const sockaddr* address, bool with_v6) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    if (::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size()) == nullptr) return {};
    return std::string(text.data());
  }
  if (address->sa_family != AF_INET6 || !with_v6) return {};
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) return {};
  if (::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size()) == nullptr) return {};
  return "[" + std::string(text.data()) + "]";
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "[::1]";
}

}  // namespace

std::vector<std::string> machine_addresses(bool with_v6) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<std::string> addresses;
  for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    auto text = text_of(entry->ifa_addr, with_v6);
    if (text && std::find(addresses.begin(), addresses.end(), *text) == addresses.end()) {
      addresses.push_back(*std::move(text));
    }
  }
  std::stable_partition(addresses.begin(), addresses.end(), is_loopback);
  return addresses;
}

std::string listening_text(const std::string& listen, const std::string& local_url,
                           const std::vector<std::string>& machine) {
  const auto host = listen.substr(0, listen.rfind(':'));
  if (host != "0.0.0.0" && host != "[::]") return "listening on " + local_url;
  const auto scheme = local_url.substr(0, local_url.find("://") + 3);
  const auto port = local_url.substr(local_url.rfind(':'));
  std::string text = "listening on " + scheme + host + port + ", every address of this machine:";
  for (const auto& address : machine) text += "\n  " + scheme + address + port;
  return text;
}

}  // namespace streamkit::server_tool
