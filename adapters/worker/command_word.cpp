#include "worker/command_word.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace streamkit::worker_tool {
namespace {

constexpr std::array<std::string_view, 5> kCommands = {"run", "convert", "depth", "dead-letters",
                                                       "synthesize"};

Error unknown(const std::string& word) {
  std::string names;
  for (const auto name : kCommands) names += (names.empty() ? "" : ", ") + std::string(name);
  std::string message = "unknown command '" + word + "'; the commands are " + names;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(word, ignored)) {
    message += ". To convert this file: streamkit-worker convert " + word;
  }
  return {ErrorCode::InvalidArgument, std::move(message)};
}

}  // namespace

Result<Command> command_of(const std::vector<std::string>& words) {
  if (words.empty() || words.front().starts_with('-')) return Command{"run", words};
  const std::string& first = words.front();
  if (std::find(kCommands.begin(), kCommands.end(), first) == kCommands.end()) {
    return unknown(first);
  }
  return Command{first, {words.begin() + 1, words.end()}};
}

}  // namespace streamkit::worker_tool
