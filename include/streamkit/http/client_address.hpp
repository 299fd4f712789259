#pragma once

#include <optional>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>

namespace streamkit::http {

/// Who a client is, for counts and limits.
struct STREAMKIT_API ClientAddress {
  /// An IPv4 address, also where it was written as IPv6, or the /64 of an IPv6 address, since one
  /// subscriber has all of that.
  std::string key;
  /// This machine itself, with nobody behind it.
  bool loopback = false;
};

/// Nothing for what is no numeric address.
STREAMKIT_API [[nodiscard]] std::optional<ClientAddress> parse_client_address(
    std::string_view address);

}  // namespace streamkit::http
