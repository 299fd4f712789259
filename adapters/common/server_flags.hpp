#pragma once

#include <streamkit/core/error.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/command_line.hpp"

namespace streamkit::common {

/// Returns the flags of a tool that calls a server: --api-base with `default_api_base`, --api-key
/// and --ca-file.
[[nodiscard]] std::vector<Flag> server_flags(std::string default_api_base);
/// Returns the value of --api-base, without '/' at its end.
/// Errors: InvalidArgument (missing, not a URL), naming the flag.
Result<std::string> read_api_base(const Arguments& arguments);

/// Adds to a failed first call to the server what to check: whether a server runs at `api_base`,
/// --api-key or --ca-file. Other errors are returned unchanged.
[[nodiscard]] Error with_server_hint(Error error, std::string_view api_base);

}  // namespace streamkit::common
