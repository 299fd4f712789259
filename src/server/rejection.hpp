#pragma once

#include <streamkit/http/message.hpp>
#include <streamkit/server/access_control.hpp>

namespace streamkit::server {

/// Returns the response of the JSON API, with Retry-After and WWW-Authenticate where required.
[[nodiscard]] http::Response to_response(const Rejection& rejection);

}  // namespace streamkit::server
