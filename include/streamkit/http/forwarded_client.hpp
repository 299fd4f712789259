#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/http/client_address.hpp>
#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// The sender by the connection, or, if `trust_proxy`, by the last entry of X-Forwarded-For, which
/// the proxy in front wrote; of an entry that is no address only this counts, that it is there.
STREAMKIT_API [[nodiscard]] ClientAddress client_address(const RequestHead& request,
                                                         bool trust_proxy);

}  // namespace streamkit::http
