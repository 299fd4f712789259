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

/// The command that the first word names; "run" when there is none, that is for no words at all and
/// when the first one is a flag. Errors: InvalidArgument (an unknown command), naming those that
/// exist and, for a file, how to convert it.
Result<Command> command_of(const std::vector<std::string>& words);

}  // namespace streamkit::worker_tool
