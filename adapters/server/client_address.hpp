#pragma once

#include <string>

#include "server/http_message.hpp"

namespace streamkit::server {

/// Who sends a request.
struct ClientAddress {
  /// What limits count by: an IPv4 address, or the first 64 bits of an IPv6 address, which one
  /// customer has all of.
  std::string key;
  /// This machine itself, with nobody behind it.
  bool loopback = false;
};

/// The sender by the connection, or, if `trust_proxy`, by the last entry of X-Forwarded-For, which
/// the proxy in front wrote; of an entry that is no address only this counts, that it is there.
[[nodiscard]] ClientAddress client_address(const Request& request, bool trust_proxy);

}  // namespace streamkit::server
