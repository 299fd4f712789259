#pragma once

// Moved to the room `client`. This path will go with the next minor version.
#include <streamkit/client/session_client.hpp>

namespace streamkit::net {
using client::CreatedSession;
using client::SessionClient;
using client::UploadTarget;
}  // namespace streamkit::net
