#pragma once

// Moved to the room `client`. This path will go with the next minor version.
#include <streamkit/client/s3_object_writer.hpp>

namespace streamkit::net {
using client::S3ObjectWriter;
}  // namespace streamkit::net
