#pragma once

#include <string>
#include <vector>

namespace streamkit::worker_tool {

/// `streamkit-worker synthesize LEFT DISPARITY OUT`: the right view of a measured scene, to compare
/// with a real one. Returns the exit code.
int run_synthesize(const std::vector<std::string>& words);

}  // namespace streamkit::worker_tool
