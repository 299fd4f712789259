#pragma once

#include <streamkit/core/result.hpp>
#include <string>

#include <streamkit/http/message.hpp>

namespace streamkit::server {

/// Returns the base of URLs in a response: the public URL, or, if it is empty, the scheme and host
/// that the client used. Errors: InvalidArgument (an invalid Host header).
Result<std::string> base_url(const http::RequestHead& request, const std::string& public_url);

}  // namespace streamkit::server
