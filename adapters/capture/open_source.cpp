#include "capture/open_source.hpp"

#include <streamkit/capture/file_source.hpp>
#include <streamkit/capture/generated_source.hpp>
#include <utility>

#include "capture/gstreamer_source.hpp"
#include "capture/live_capture.hpp"
#include "capture/live_inputs.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr int kSceneHeight = 720;
constexpr int kSceneWidth = 1280;

Result<OpenedSource> open_scene(const CaptureOptions& options, const Context& context) {
  capture::GeneratedSourceOptions scene{.duration = options.duration, .pacing = options.pacing};
  if (options.resolution.width_px > 0) {
    scene.width_px = options.resolution.width_px;
    scene.height_px = options.resolution.height_px;
  } else if (options.resolution.height_px > kSceneHeight) {
    scene.height_px = options.resolution.height_px;
    scene.width_px = kSceneWidth * scene.height_px / kSceneHeight;
  }
  if (options.frame_rate) scene.frame_rate = *options.frame_rate;
  auto source = capture::GeneratedSource::create(scene, context);
  if (!source) return source.error();
  OpenedSource opened;
  opened.source = *std::move(source);
  return opened;
}

Result<OpenedSource> open_file(const CaptureOptions& options, std::stop_token stop,
                               const Context& context) {
  auto source = capture::open_file_source({.path = options.source,
                                           .tracks = options.tracks,
                                           .loop = options.loop,
                                           .pacing = options.pacing,
                                           .duration = options.duration,
                                           .frame_rate = options.frame_rate,
                                           .stated_rate = options.stated_rate,
                                           .stop = std::move(stop),
                                           .allow_playlists = options.allow_playlists,
                                           .keep_hdr = options.keep_hdr},
                                          context);
  if (!source) return source.error();
  OpenedSource opened;
  opened.source = *std::move(source);
  return opened;
}

}  // namespace

Result<OpenedSource> open_source(const CaptureOptions& options, std::stop_token stop,
                                 Context context) {
  if (options.gstreamer) {
    if (!options.audio.empty()) {
      return Error{ErrorCode::InvalidArgument,
                   "--audio is not for --backend gstreamer; end the pipeline's audio in appsink "
                   "name=audio"};
    }
    return open_gstreamer_source(options, std::move(stop));
  }
  if (is_device_or_stream(options)) {
    auto inputs = open_live_inputs(options, std::move(stop), context);
    if (!inputs) return inputs.error();
    return join_live(*std::move(inputs), options, std::move(context));
  }
  if (!options.audio.empty()) {
    return Error{ErrorCode::InvalidArgument,
                 "--audio is for screens, windows and cameras; a file or the test scene brings its "
                 "own audio"};
  }
  if (options.source == "test") return open_scene(options, context);
  return open_file(options, std::move(stop), context);
}

}  // namespace streamkit::capture_tool
