#pragma once

#include <string>
#include <vector>

namespace streamkit::server_tool {

/// `streamkit-server new-api-key NAME`: prints a new key, which is kept nowhere, and the line that
/// lets it in. `words` begin with the name. Returns the exit code.
int run_new_api_key(const std::vector<std::string>& words);

}  // namespace streamkit::server_tool
