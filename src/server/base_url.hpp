#pragma once

#include <streamkit/core/result.hpp>
#include <string>

#include <streamkit/http/message.hpp>

namespace streamkit::server {

/// What stands before the paths of URLs in an answer: the public URL, or, where that is empty, the
/// scheme and host that the client used. Errors: InvalidArgument (a Host header that is none).
[[nodiscard]] Result<std::string> base_url(const http::Request& request,
                                           const std::string& public_url);

}  // namespace streamkit::server
