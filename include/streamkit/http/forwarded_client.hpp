#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/http/client_address.hpp>
#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// Returns the sender of a request according to its connection or, if `trust_proxy`, to the last
/// entry of X-Forwarded-For, which the proxy in front wrote. An entry that is not an address only
/// shows that there is a client behind the proxy.
STREAMKIT_API [[nodiscard]] ClientAddress client_address(const RequestHead& request,
                                                         bool trust_proxy);

}  // namespace streamkit::http
