#include <cstdio>
#include <iostream>
#include <streamkit/core/json_text.hpp>
#include <streamkit/media/encoder_probe.hpp>
#include <streamkit/media/ffmpeg_log.hpp>

#include "capture/commands.hpp"
#include "common/command_line.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr VideoFormat kTrial{.width_px = 1280, .height_px = 720, .frame_rate = {30, 1}};

std::string json_of(const media::EncoderReport& report, std::string_view codec) {
  return "{\"name\":" + json_string(report.name) + ",\"codec\":" + json_string(codec) +
         ",\"hardware\":" + (report.hardware ? "true" : "false") +
         ",\"works\":" + (report.works ? "true" : "false") +
         ",\"frames_per_second\":" + std::to_string(static_cast<int>(report.frames_per_second)) +
         ",\"reason\":" + json_string(report.reason) + "}";
}

std::string text_of(const media::EncoderReport& report, std::string_view codec) {
  constexpr std::size_t kNameWidth = 20;
  std::string text = report.name;
  text.resize(std::max(text.size() + 1, kNameWidth), ' ');
  text += std::string(codec) + (report.hardware ? "  hardware   " : "  processor  ");
  if (report.works) {
    return text + std::to_string(static_cast<int>(report.frames_per_second)) +
           " frames of 1280x720 a second";
  }
  return text + "does not work: " + report.reason;
}

}  // namespace

int run_encoders(const std::vector<std::string>& words) {
  const common::CommandLine command_line(
      "streamkit-capture encoders [--json]",
      "Tries the video encoders of this machine, each for one second, and lists them in the order "
      "in\nwhich `--encoder auto` prefers them.",
      {{"json", "", "print one JSON array of objects"}});
  const auto read = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&read)) return code->value;
  const auto json = std::get<common::Arguments>(read).boolean("json");
  if (!json) return common::report(command_line.program(), json.error());
  const media::FfmpegLog quiet(nullptr);
  std::string array;
  for (const auto& [codec, name] :
       {std::pair{media::VideoCodec::H264, "h264"}, std::pair{media::VideoCodec::Hevc, "hevc"}}) {
    for (const media::EncoderReport& report : media::probe_encoders(codec, kTrial)) {
      if (*json) {
        array += (array.empty() ? "" : ",") + json_of(report, name);
      } else {
        std::cout << text_of(report, name) << std::endl;
      }
    }
  }
  if (*json) std::cout << '[' << array << ']' << std::endl;
  return 0;
}

}  // namespace streamkit::capture_tool
