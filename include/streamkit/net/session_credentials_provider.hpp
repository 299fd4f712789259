#pragma once

// Moved to the room `client`. This path will go with the next minor version.
#include <streamkit/client/session_credentials_provider.hpp>

namespace streamkit::net {
using client::SessionCredentialsProvider;
}  // namespace streamkit::net
