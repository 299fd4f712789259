#include <iostream>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/telemetry/json_logger.hpp>

#include "capture/commands.hpp"
#include "capture/device_list.hpp"
#include "common/command_line.hpp"

namespace streamkit::capture_tool {

int run_sources(const std::vector<std::string>& words) {
  const common::CommandLine command_line(
      "streamkit-capture sources [--json]",
      "Lists screens, windows, cameras, microphones and system audio. --source and --audio take "
      "the\n"
      "ids in the first column.",
      {{"json", "", "print one JSON array of objects with id, kind, name, width, height, default"},
       {"log-level", "LEVEL", "debug, info, warning or error", "warning"}});
  const auto read = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&read)) return code->value;
  const auto& arguments = std::get<common::Arguments>(read);
  const auto json = arguments.boolean("json");
  if (!json) return common::report(command_line.program(), json.error());
  const auto level = telemetry::parse_log_level(arguments.text("log-level"));
  if (!level) {
    return common::report(command_line.program(),
                          arguments.wrong("log-level", "use debug, info, warning or error"));
  }
  const media::FfmpegLog quiet(nullptr);
  telemetry::JsonLogger logger(*level);
  const auto devices = list_devices(Context{.logger = &logger});
  if (*json) {
    std::cout << devices_json(devices) << std::endl;
  } else if (devices.empty()) {
    std::cerr << "streamkit-capture: no screen, window, camera or audio device was found; is "
                 "DISPLAY set, or on Wayland a desktop portal installed, and does an audio server "
                 "run? --log-level info names the reasons\n";
  } else {
    std::cout << devices_text(devices) << std::flush;
  }
  return 0;
}

}  // namespace streamkit::capture_tool
