#pragma once

#include "server/client_address.hpp"
#include "server/http_message.hpp"

namespace streamkit::server {

/// The sender by the connection, or, if `trust_proxy`, by the last entry of X-Forwarded-For, which
/// the proxy in front wrote; of an entry that is no address only this counts, that it is there.
[[nodiscard]] ClientAddress client_address(const Request& request, bool trust_proxy);

}  // namespace streamkit::server
