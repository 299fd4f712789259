#include "worker/synthesize_command.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <streamkit/media/portable_float_map.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/view_synthesizer.hpp>

#include "common/command_line.hpp"

namespace streamkit::worker_tool {
namespace {

namespace fs = std::filesystem;

// What one step of a 16-bit picture is worth.
constexpr float kPixelsPerStep = 1.0F / 64;
// The largest picture as floats, and its header.
constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{16384} * 16384 * 4 + 256;

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

bool has_extension(const fs::path& path, std::string_view wanted) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return extension == wanted;
}

Result<stereo::DisparityMap> read_float_disparity(const fs::path& path) {
  std::error_code failure;
  const std::uintmax_t size = fs::file_size(path, failure);
  if (failure) return Error{ErrorCode::NotFound, "cannot read '" + path.string() + "'"};
  if (size > kMaxFileBytes) {
    return Error{ErrorCode::Unsupported, "'" + path.string() + "' is too large"};
  }
  std::ifstream file(path, std::ios::binary);
  const std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(file)), {});
  auto map = media::parse_float_map(bytes);
  if (!map) return map.error().with_context("'" + path.string() + "'");
  return stereo::DisparityMap{map->width_px, map->height_px, std::move(map->values)};
}

Result<stereo::DisparityMap> read_disparity(const fs::path& path) {
  if (has_extension(path, ".pfm")) return read_float_disparity(path);
  auto picture = media::read_gray16_picture(path);
  if (!picture) return picture.error();
  stereo::DisparityMap map{picture->width_px, picture->height_px, {}};
  map.values.reserve(picture->values.size());
  for (const std::uint16_t value : picture->values) {
    map.values.push_back(static_cast<float>(value) * kPixelsPerStep);
  }
  return map;
}

Result<void> synthesize(const common::Arguments& arguments) {
  const auto left_path = arguments.required("left");
  if (!left_path) return left_path.error();
  const auto disparity_path = arguments.required("disparity");
  if (!disparity_path) return disparity_path.error();
  const auto out_path = arguments.required("out");
  if (!out_path) return out_path.error();
  if (!has_extension(*out_path, ".png")) return arguments.wrong("out", "it must end in .png");
  const auto dilation = arguments.integer("edge-dilation", 0, 16);
  if (!dilation) return dilation.error();

  auto left = media::read_rgb_picture(*left_path);
  if (!left) return left.error();
  const auto disparity = read_disparity(*disparity_path);
  if (!disparity) return disparity.error();

  media::RgbPicture right{left->width_px, left->height_px, {}};
  std::array<VideoPlane, 3> from;
  std::array<WritablePlane, 3> to;
  for (std::size_t i = 0; i < from.size(); ++i) {
    right.planes[i].resize(left->planes[i].size());
    from[i] = {left->planes[i].data(), left->width_px, left->width_px, left->height_px};
    to[i] = {right.planes[i].data(), left->width_px, left->width_px, left->height_px};
  }
  const stereo::SynthesisOptions options{.edge_dilation_px = static_cast<int>(*dilation)};
  if (auto drawn = stereo::synthesize_right_view(from, *disparity, options, to); !drawn) {
    return drawn;
  }
  return media::write_png(*out_path, right);
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
