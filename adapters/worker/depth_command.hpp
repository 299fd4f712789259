#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::worker_tool {

/// Where the depth of picture `number` goes. `out` is a file for the only picture; a pattern with
/// one %d or %0Nd (N to 9) in its file name; or a folder, which gets depth_000000.png and so on.
/// Errors: InvalidArgument (no .png, another % in the pattern); AlreadyExists (a second picture for
/// one file).
Result<std::filesystem::path> depth_file(const std::filesystem::path& out, bool is_folder,
                                         std::uint64_t number);

/// `streamkit-worker depth INPUT OUT`: depth maps of a picture or a video. Returns the exit code.
int run_depth(const std::vector<std::string>& words);

}  // namespace streamkit::worker_tool
