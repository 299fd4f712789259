#pragma once

#include <curl/curl.h>

#include <streamkit/core/error.hpp>
#include <string_view>

namespace streamkit::client {

/// The one mapping of libcurl's codes; domain "curl". `what` names the request without its query.
[[nodiscard]] Error curl_error(CURLcode code, std::string_view what);

}  // namespace streamkit::client
