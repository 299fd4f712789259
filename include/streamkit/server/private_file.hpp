#pragma once

#include <cstddef>
#include <filesystem>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::server {

/// Reads a private file: a regular file of at most `max_bytes` whose mode has no bits outside
/// `allowed_mode`. Never blocks, also not on a pipe without a writer. Errors name the problem; the
/// caller adds the file's name: NotFound; PermissionDenied (not readable, or the mode);
/// InvalidArgument (not a regular file, too long); Unavailable.
STREAMKIT_API Result<std::string> read_private_file(const std::filesystem::path& file,
                                                    std::size_t max_bytes, unsigned allowed_mode);

}  // namespace streamkit::server
