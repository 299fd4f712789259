#pragma once

#include <string>
#include <vector>

namespace streamkit::capture_tool {

/// The program failed, but its chunks are on disk and `resume` can continue the stream.
inline constexpr int kExitResumable = 3;

/// The commands of the program. Each takes the words behind its name and returns the exit code.
int run_start(const std::vector<std::string>& words);
int run_sources(const std::vector<std::string>& words);
int run_encoders(const std::vector<std::string>& words);
int run_resume(const std::vector<std::string>& words);
int run_ui(const std::vector<std::string>& words);

}  // namespace streamkit::capture_tool
