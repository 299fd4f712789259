#include "worker/depth_command.hpp"

#include <algorithm>
#include <cstdio>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/depth_upsampling.hpp>

#include "common/command_line.hpp"
#include "common/signal_stop.hpp"
#include "worker/depth_flags.hpp"

namespace streamkit::worker_tool {
namespace {

namespace fs = std::filesystem;

common::CommandLine command_line() {
  std::vector<common::Flag> flags = {
      {"input", "INPUT", "an image or a video"},
      {"out", "OUT",
       "a .png; for a video a folder, or a name with a number in it such as depth_%05d.png; "
       "replaced where it exists"},
      {"frames", "COUNT", "number of frames, 0 for all", "0"},
  };
  for (common::Flag& flag : depth_flags()) flags.push_back(std::move(flag));
  return common::CommandLine(
      "streamkit-worker depth INPUT OUT [options]",
      "Writes the estimated depth: 16-bit grey PNG of relative inverse depth, 65535 nearest, "
      "at the size of the input.",
      std::move(flags), {"input", "out"});
}

media::Gray16Picture grey_of(const DepthMap& depth) {
  media::Gray16Picture picture{depth.width_px, depth.height_px, {}};
  picture.values.reserve(depth.values.size());
  for (const float value : depth.values) {
    picture.values.push_back(static_cast<std::uint16_t>(value * 65535.0F + 0.5F));
  }
  return picture;
}

struct Request {
  fs::path input;
  fs::path out;
  std::uint64_t frames = 0;
  worker::DepthEstimatorFactory make_depth;
};

Result<void> write_depths(const Request& request, std::stop_token stop) {
  auto reader = media::open_media_file(request.input);
  if (!reader) return reader.error();
  auto estimator = request.make_depth();
  if (!estimator) return estimator.error();
  std::error_code failure;
  const bool is_folder = !request.out.has_filename() || fs::is_directory(request.out, failure);
  if (is_folder) fs::create_directories(request.out, failure);

  DepthMap depth;
  std::uint64_t number = 0;
  while (request.frames == 0 || number < request.frames) {
    auto item = (*reader)->read(stop);
    if (!item) return item.error();
    if (std::holds_alternative<EndOfStream>(*item)) break;
    const auto* frame = std::get_if<VideoFrame>(&*item);
    if (frame == nullptr) continue;
    const auto path = depth_file(request.out, is_folder, number);
    if (!path) return path.error();
    if (auto done = (*estimator)->estimate(*frame, depth); !done) return done;
    const auto large = stereo::upsample_depth(*frame, depth);
    if (!large) return large.error();
    if (auto done = media::write_png(*path, grey_of(*large)); !done) return done;
    ++number;
  }
  if (number == 0) return Error{ErrorCode::CorruptData, "the input contains no frame"};
  std::fprintf(stderr, "%llu depth maps\n", static_cast<unsigned long long>(number));
  return {};
}

// The digits wanted by the pattern's one conversion, 0 for none; empty when it is no pattern.
struct Pattern {
  std::size_t begin;
  std::size_t end;
  std::size_t digits;
};

Result<std::optional<Pattern>> find_pattern(const std::string& name) {
  const std::size_t begin = name.find('%');
  if (begin == std::string::npos) return std::optional<Pattern>();
  std::size_t at = begin + 1;
  std::size_t digits = 0;
  if (at + 1 < name.size() && name[at] == '0' && name[at + 1] >= '1' && name[at + 1] <= '9') {
    digits = static_cast<std::size_t>(name[at + 1] - '0');
    at += 2;
  }
  if (at >= name.size() || name[at] != 'd' || name.find('%', at) != std::string::npos) {
    return Error{ErrorCode::InvalidArgument,
                 "OUT: '" + name + "' needs one %d or %05d for the number, and no other %"};
  }
  return std::optional(Pattern{begin, at + 1, digits});
}

}  // namespace

Result<fs::path> depth_file(const fs::path& out, bool is_folder, std::uint64_t number) {
  std::string name = is_folder ? "depth_%06d.png" : out.filename().string();
  const fs::path folder = is_folder ? out : out.parent_path();
  if (fs::path(name).extension() != ".png") {
    return Error{ErrorCode::InvalidArgument, "OUT: '" + name + "' must end in .png"};
  }
  const auto pattern = find_pattern(name);
  if (!pattern) return pattern.error();
  if (*pattern) {
    std::string digits = std::to_string(number);
    if (digits.size() < (*pattern)->digits) {
      digits.insert(0, (*pattern)->digits - digits.size(), '0');
    }
    name.replace((*pattern)->begin, (*pattern)->end - (*pattern)->begin, digits);
  } else if (number > 0) {
    return Error{ErrorCode::AlreadyExists,
                 "OUT is one file and INPUT has more frames: give a folder, a name with %05d in "
                 "it, or --frames 1"};
  }
  return folder / name;
}

int run_depth(const std::vector<std::string>& words) {
  const common::CommandLine line = command_line();
  const auto parsed = common::read_command_line(line, words);
  if (const auto* exit = std::get_if<common::ExitCode>(&parsed)) return exit->value;
  const auto& arguments = std::get<common::Arguments>(parsed);
  const auto input = arguments.required("input");
  if (!input) return common::report(line.program(), input.error());
  const auto out = arguments.required("out");
  if (!out) return common::report(line.program(), out.error());
  const auto frames = arguments.integer("frames", 0, 1'000'000'000);
  if (!frames) return common::report(line.program(), frames.error());
  // Before a depth network is loaded, whose threads inherit the signal mask.
  const auto stop = common::SignalStop::create();
  if (!stop) return common::report(line.program(), stop.error());
  auto depth = depth_factory(arguments, 0.5);
  if (!depth) return common::report(line.program(), depth.error());

  const auto written = write_depths(
      {*input, *out, static_cast<std::uint64_t>(*frames), std::move(*depth)}, (*stop)->token());
  return written ? 0 : common::report(line.program(), written.error());
}

}  // namespace streamkit::worker_tool
