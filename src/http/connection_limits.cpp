#include "http/connection_limits.hpp"

#include <optional>
#include <utility>

#include <streamkit/http/client_address.hpp>

namespace streamkit::http {
namespace {

// Returns the client that an address belongs to; no value for loopback, which is not counted.
std::optional<std::string> client_of(const std::string& address) {
  auto client = parse_client_address(address);
  if (!client) return address;
  if (client->loopback) return {};
  return std::move(client->key);
}

}  // namespace

bool ConnectionLimits::enter(const std::string& address) {
  if (limit_ == 0) return true;
  const auto client = client_of(address);
  if (!client) return true;
  std::lock_guard lock(mutex_);
  auto& count = counts_[*client];
  if (count >= limit_) return false;
  ++count;
  return true;
}

void ConnectionLimits::leave(const std::string& address) {
  if (limit_ == 0) return;
  const auto client = client_of(address);
  if (!client) return;
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(*client);
  if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace streamkit::http
