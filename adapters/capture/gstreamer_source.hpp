#pragma once

#include <stop_token>
#include <streamkit/core/result.hpp>

#include "capture/capture_options.hpp"
#include "capture/open_source.hpp"

namespace streamkit::capture_tool {

/// Opens the GStreamer pipeline that `options.source` describes. Initializes GStreamer for this
/// process. Errors: those of gstreamer::open_source(); Unsupported (built without GStreamer).
Result<OpenedSource> open_gstreamer_source(const CaptureOptions& options, std::stop_token stop);

}  // namespace streamkit::capture_tool
