#pragma once

#include <string>
#include <vector>

namespace streamkit::server_tool {

/// Runs `streamkit-server new-api-key NAME [--add FILE]`: prints a new key, which is stored
/// nowhere, and adds its line to the file or prints it. `words` are the arguments after the
/// command. Returns the exit code.
int run_new_api_key(const std::vector<std::string>& words);

}  // namespace streamkit::server_tool
