#pragma once

#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::worker_tool {

/// A command of `streamkit-worker` and the words that follow it.
struct Command {
  std::string name;
  std::vector<std::string> words;
};

/// Returns the command that the first word names; "run" if there are no words, or if the first one
/// is a flag. Errors: InvalidArgument (an unknown command), naming the existing ones and, for a
/// file, how to convert it.
Result<Command> command_of(const std::vector<std::string>& words);

}  // namespace streamkit::worker_tool
