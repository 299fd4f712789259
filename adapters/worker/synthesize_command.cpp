#include "worker/synthesize_command.hpp"

#include <filesystem>
#include <streamkit/core/text.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/worker/right_view.hpp>

#include "common/command_line.hpp"

namespace streamkit::worker_tool {
namespace {

common::CommandLine command_line() {
  return common::CommandLine(
      "streamkit-worker synthesize LEFT DISPARITY OUT [options]",
      "Renders the right view of a left image with known disparity.",
      {
          {"left", "LEFT", "the left image of a rectified pair, .png or .jpg"},
          {"disparity", "DISPARITY",
           "its disparity: 16-bit grey .png in 1/64 pixel, or .pfm in pixels; 0 or infinite is "
           "unknown"},
          {"out", "OUT", "the right view, .png, of the same size; replaced where it exists"},
          {"edge-dilation", "PIXELS", "columns by which what is near grows to each side, 0 to 16",
           "1"},
      },
      {"left", "disparity", "out"});
}

Result<void> synthesize(const common::Arguments& arguments) {
  const auto left_path = arguments.required("left");
  if (!left_path) return left_path.error();
  const auto disparity_path = arguments.required("disparity");
  if (!disparity_path) return disparity_path.error();
  const auto out_path = arguments.required("out");
  if (!out_path) return out_path.error();
  if (!equal_ignoring_case(std::filesystem::path(*out_path).extension().string(), ".png")) {
    return arguments.wrong("out", "it must end in .png");
  }
  const auto dilation = arguments.integer("edge-dilation", 0, 16);
  if (!dilation) return dilation.error();

  const auto left = media::read_rgb_picture(*left_path);
  if (!left) return left.error();
  const auto disparity = worker::read_disparity(*disparity_path);
  if (!disparity) return disparity.error();
  const auto right = worker::render_right_view(*left, *disparity,
                                               {.edge_dilation_px = static_cast<int>(*dilation)});
  if (!right) return right.error();
  return media::write_png(*out_path, *right);
}

}  // namespace

int run_synthesize(const std::vector<std::string>& words) {
  const common::CommandLine line = command_line();
  const auto parsed = common::read_command_line(line, words);
  if (const auto* exit = std::get_if<common::ExitCode>(&parsed)) return exit->value;
  const auto done = synthesize(std::get<common::Arguments>(parsed));
  return done ? 0 : common::report(line.program(), done.error());
}

}  // namespace streamkit::worker_tool
