#pragma once

#include <filesystem>
#include <streamkit/core/result.hpp>
#include <streamkit/net/credentials.hpp>
#include <string_view>

namespace streamkit::server_tool {

/// Parses one line, "ACCESS_KEY_ID:SECRET": 4 to 128 of [A-Za-z0-9_-], and 16 to 128 printable
/// characters without spaces. Errors: InvalidArgument; the message does not contain any of the
/// text.
Result<net::Credentials> parse_operator_key(std::string_view text);

/// Reads the key from a file that only its owner may write and only its owner and group may read.
/// Errors: NotFound, PermissionDenied (others may read it too, or the server may not read it),
/// InvalidArgument, Unavailable; all name the file.
Result<net::Credentials> read_operator_key(const std::filesystem::path& file);

}  // namespace streamkit::server_tool
