#include <streamkit/worker/file_conversion.hpp>

#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <streamkit/core/frame_packing.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/frame_packing_sei.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/stereo/stereo_runner.hpp>

namespace streamkit::worker {
namespace {

namespace fs = std::filesystem;

}  // namespace

fs::path converted_file_path(const fs::path& input, const fs::path& output,
                             std::string_view suffix) {
  std::error_code ignored;
  const bool folder = output.empty() || !output.has_filename() || fs::is_directory(output, ignored);
  if (!folder) return output;
  fs::path name = input.stem();
  name += std::string(suffix) + ".mp4";
  return (output.empty() ? input.parent_path() : output) / name;
}

std::array<FileConversion, 2> split_views(const FileConversion& conversion) {
  std::array<FileConversion, 2> views = {conversion, conversion};
  for (std::size_t eye = 0; eye < views.size(); ++eye) {
    fs::path name = conversion.output.stem();
    name += eye == 0 ? "_L" : "_R";
    name += conversion.output.extension();
    views[eye].output.replace_filename(name);
    views[eye].stereo.mode = eye == 0 ? StereoMode::LeftView : StereoMode::RightView;
  }
  return views;
}

Result<ConvertedFile> convert_file(const FileConversion& conversion,
                                   const std::function<void(const FileProgress&)>& on_progress,
                                   std::stop_token stop) {
  const auto reader = media::open_media_file(
      conversion.input, {.start_at_zero = true, .context = conversion.context, .stop = stop});
  if (!reader) return reader.error();
  const auto renderer = stereo::ForwardWarpRenderer::create(conversion.stereo);
  if (!renderer) return renderer.error();
  const auto estimator = conversion.make_depth();
  if (!estimator) return estimator.error();
  const auto muxer = media::FileMuxer::create(conversion.output, {conversion.format, stop});
  if (!muxer) return muxer.error();

  stereo::RunOptions options;
  if (on_progress) {
    options.on_progress = [&](const stereo::RunProgress& now) {
      on_progress({now.video_frames, now.done, (*reader)->info().duration});
    };
  }
  stereo::StereoRunner runner(
      {**estimator, **renderer,
       media::announce_frame_packing(media::video_encoder_factory(conversion.encoder),
                                     frame_packing(conversion.stereo.mode))});
  const auto stats = runner.run(**reader, **muxer, options, std::move(stop));
  if (!stats) return stats.error();
  if (auto finished = (*muxer)->finish(); !finished) return finished.error();
  return ConvertedFile{stats->video_frames, (*reader)->damaged()};
}

}  // namespace streamkit::worker
