#pragma once

#include <string>
#include <vector>

namespace streamkit::worker_tool {

/// `streamkit-worker depth INPUT OUT`: depth maps of an image or a video. Returns the exit code.
int run_depth(const std::vector<std::string>& words);

}  // namespace streamkit::worker_tool
