#include "capture/gstreamer_source.hpp"

#include <streamkit/gstreamer/pipeline_source.hpp>
#include <streamkit/gstreamer/runtime.hpp>
#include <utility>

namespace streamkit::capture_tool {

Result<OpenedSource> open_gstreamer_source(const CaptureOptions& options, std::stop_token stop) {
  const auto runtime = gstreamer::Runtime::create();
  if (!runtime) return runtime.error();
  const bool realtime = options.pacing == capture::Pacing::Realtime;
  auto source = gstreamer::open_source({.pipeline = options.source,
                                        .frame_rate = options.frame_rate,
                                        .realtime = realtime,
                                        .duration = options.duration},
                                       std::move(stop));
  if (!source) return source.error();
  OpenedSource opened;
  opened.source = *std::move(source);
  opened.live = realtime;
  return opened;
}

}  // namespace streamkit::capture_tool
