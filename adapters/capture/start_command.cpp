#include "capture/commands.hpp"
#include "capture/run_capture_command.hpp"

namespace streamkit::capture_tool {

int run_start(const std::vector<std::string>& words) {
  const auto command_line = capture_command_line();
  const auto arguments = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  const auto options = parse_capture_options(words, common::process_environment());
  if (!options) return common::report(command_line.program(), options.error());
  return report_capture(*options, [&](Context context, std::stop_token stop) {
    return ActiveCapture::start(*options, AfterCapture::EndSession, std::move(context),
                                std::move(stop));
  });
}

}  // namespace streamkit::capture_tool
