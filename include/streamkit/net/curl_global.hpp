#pragma once

// Moved to the room `client`. This path will go with the next minor version.
#include <streamkit/client/curl_global.hpp>

namespace streamkit::net {
using client::CurlGlobal;
}  // namespace streamkit::net
