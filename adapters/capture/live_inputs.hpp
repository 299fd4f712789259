#pragma once

#include <stop_token>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>

#include "capture/capture_options.hpp"
#include "capture/live_capture.hpp"

namespace streamkit::capture_tool {

/// Returns whether `options.source` names a device, a live stream or a GStreamer pipeline that is
/// read in real time, not a file or the test scene.
/// An http(s) URL is a live stream if its path ends with .m3u8 or .mpd and it is played in real
/// time; another one is a file.
[[nodiscard]] bool is_device_or_stream(const CaptureOptions& options);

/// Opens the devices or the stream, and the audio devices.
/// Errors: NotFound, listing the ids that exist; those of the inputs.
Result<LiveInputs> open_live_inputs(const CaptureOptions& options, std::stop_token stop,
                                    const Context& context);

}  // namespace streamkit::capture_tool
