#pragma once

// Moved to the room `client`. This path will go with the next minor version.
#include <streamkit/client/http_client.hpp>

namespace streamkit::net {
using client::HttpClient;
using client::HttpRequest;
using client::HttpResponse;
using client::HttpTimeouts;
}  // namespace streamkit::net
