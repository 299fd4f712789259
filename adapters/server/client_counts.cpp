#include "server/client_counts.hpp"

#include <arpa/inet.h>

#include <optional>

namespace streamkit::server {
namespace {

constexpr std::size_t kSubscriberBytes = 8;  // A /64.

// Who is counted; nothing for loopback.
std::optional<std::string> client_of(const std::string& address) {
  in6_addr v6 = {};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
    if (IN6_IS_ADDR_LOOPBACK(&v6)) return {};
    return std::string(reinterpret_cast<const char*>(v6.s6_addr), kSubscriberBytes);
  }
  if (address.starts_with("127.")) return {};
  return address;
}

}  // namespace

bool ClientCounts::enter(const std::string& address) {
  if (limit_ == 0) return true;
  const auto client = client_of(address);
  if (!client) return true;
  std::lock_guard lock(mutex_);
  auto& count = counts_[*client];
  if (count >= limit_) return false;
  ++count;
  return true;
}

void ClientCounts::leave(const std::string& address) {
  if (limit_ == 0) return;
  const auto client = client_of(address);
  if (!client) return;
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(*client);
  if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace streamkit::server
