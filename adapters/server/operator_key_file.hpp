#pragma once

#include <filesystem>
#include <streamkit/core/result.hpp>
#include <streamkit/net/credentials.hpp>
#include <string_view>

namespace streamkit::server_tool {

/// One line, "ACCESS_KEY_ID:SECRET": 4 to 128 of [A-Za-z0-9_-], and 16 to 128 printable characters
/// without spaces. Errors: InvalidArgument, which does not repeat any of it.
Result<net::Credentials> parse_operator_key(std::string_view text);

/// Reads it from a file that its owner may read and write and its group may read, but nobody else.
/// Errors: NotFound, PermissionDenied (others may read it too, or the server may not),
/// InvalidArgument, Unavailable; all name the file.
Result<net::Credentials> read_operator_key(const std::filesystem::path& file);

}  // namespace streamkit::server_tool
