#pragma once

#include <cstddef>
#include <filesystem>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::server {

/// The text of a file that is not for everybody: a regular one of `max_bytes` at most, whose mode
/// has no bit beyond `allowed_mode`. Never waits, for a pipe's writer neither. Errors say what is
/// wrong and leave the name to the caller: NotFound; PermissionDenied (not readable, or the mode);
/// InvalidArgument (no regular file, too long); Unavailable.
STREAMKIT_API Result<std::string> read_private_file(const std::filesystem::path& file,
                                                    std::size_t max_bytes, unsigned allowed_mode);

}  // namespace streamkit::server
