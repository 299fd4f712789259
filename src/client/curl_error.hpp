#pragma once

#include <curl/curl.h>

#include <streamkit/core/error.hpp>
#include <string_view>

namespace streamkit::client {

/// Maps a libcurl code to an error of the domain "curl"; no other code does. `what` names the
/// request without its query.
[[nodiscard]] Error curl_error(CURLcode code, std::string_view what);

}  // namespace streamkit::client
