#pragma once

#include <string>
#include <vector>

namespace streamkit::worker_tool {

/// `streamkit-worker convert INPUT OUTPUT`: a whole file to 3D. Returns the exit code.
int run_convert(const std::vector<std::string>& words);

}  // namespace streamkit::worker_tool
