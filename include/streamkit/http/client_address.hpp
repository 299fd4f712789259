#pragma once

#include <optional>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>

namespace streamkit::http {

/// Identifies a client, for counts and limits.
struct STREAMKIT_API ClientAddress {
  /// An IPv4 address, also if written as IPv6, or the /64 of an IPv6 address, because one
  /// subscriber usually has a whole /64.
  std::string key;
  /// True for this machine itself, when it does not forward for another client.
  bool loopback = false;
};

/// Parses a numeric address. Empty when the text is not one.
STREAMKIT_API [[nodiscard]] std::optional<ClientAddress> parse_client_address(
    std::string_view address);

}  // namespace streamkit::http
