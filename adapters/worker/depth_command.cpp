#include "worker/depth_command.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/worker/depth_maps.hpp>

#include "common/command_line.hpp"
#include "worker/depth_flags.hpp"

namespace streamkit::worker_tool {
namespace {

namespace fs = std::filesystem;

common::CommandLine command_line() {
  std::vector<common::Flag> flags = {
      {"input", "INPUT", "an image or a video; an http(s) URL"},
      {"out", "OUT",
       "a .png; for a video a folder, or a name with a number in it such as depth_%05d.png; "
       "replaced where it exists"},
      {"frames", "COUNT", "number of frames, 0 for all", "0"},
      {"allow-playlists", "",
       "let INPUT be a playlist (HLS, DASH, ffconcat) and open the local files that it names"},
  };
  for (common::Flag& flag : depth_flags()) flags.push_back(std::move(flag));
  return common::CommandLine(
      "streamkit-worker depth INPUT OUT [options]",
      "Writes the estimated depth: 16-bit grey PNG of relative inverse depth, 65535 nearest, "
      "at the size of the input.",
      std::move(flags), {"input", "out"});
}

Result<fs::path> file_of(const fs::path& out, bool is_folder, std::uint64_t number) {
  auto path = worker::depth_map_path(out, is_folder, number);
  if (path) return path;
  if (path.error().code == ErrorCode::AlreadyExists) {
    return Error{ErrorCode::AlreadyExists,
                 "OUT is one file and INPUT has more frames: give a folder, a name with %05d in "
                 "it, or --frames 1"};
  }
  return path.error().with_context("OUT");
}

Result<void> write_depths(const fs::path& input, const media::ReaderOptions& options,
                          const fs::path& out, std::uint64_t frames,
                          const worker::DepthEstimatorFactory& make_depth, std::stop_token stop) {
  const auto reader = media::open_media_file(input, options);
  if (!reader) return reader.error();
  const auto estimator = make_depth();
  if (!estimator) return estimator.error();
  std::error_code failure;
  const bool is_folder = !out.has_filename() || fs::is_directory(out, failure);
  if (is_folder) fs::create_directories(out, failure);

  const auto written = worker::write_depth_maps(
      **reader, **estimator, [&](std::uint64_t number) { return file_of(out, is_folder, number); },
      frames, std::move(stop));
  if (!written) return written.error();
  std::fprintf(stderr, "%llu depth maps\n", static_cast<unsigned long long>(*written));
  return {};
}

}  // namespace

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
  const auto playlists = arguments.boolean("allow-playlists");
  if (!playlists) return common::report(line.program(), playlists.error());
  // Before a depth network is loaded, whose threads inherit the signal mask.
  const SignalStop stop;
  const auto depth = depth_factory(arguments, 0.5);
  if (!depth) return common::report(line.program(), depth.error());

  const auto written =
      write_depths(*input, {.stop = stop.token(), .allow_playlists = *playlists}, *out,
                   static_cast<std::uint64_t>(*frames), *depth, stop.token());
  return written ? 0 : common::report(line.program(), written.error());
}

}  // namespace streamkit::worker_tool
