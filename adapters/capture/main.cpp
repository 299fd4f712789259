#include <array>
#include <string_view>

#include "capture/commands.hpp"
#include "common/command_line.hpp"

namespace {

using namespace streamkit;

struct Command {
  std::string_view name;
  int (*run)(const std::vector<std::string>& words);
};

constexpr std::array kCommands = {
    Command{"start", capture_tool::run_start},
    Command{"sources", capture_tool::run_sources},
    Command{"encoders", capture_tool::run_encoders},
    Command{"resume", capture_tool::run_resume},
    Command{"ui", capture_tool::run_ui},
};

}  // namespace

int main(int argc, char** argv) {
  const auto words = common::words_of(argc, argv);
  for (const Command& command : kCommands) {
    // A file of the same name is given as ./start.
    if (!words.empty() && words.front() == command.name) {
      return command.run({words.begin() + 1, words.end()});
    }
  }
  return capture_tool::run_start(words);
}
