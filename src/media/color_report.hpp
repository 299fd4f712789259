#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Logs what is assumed of a video track's colour because it does not state it, and what of its
/// colour is converted to that of `output` or dropped.
/// Errors: Unsupported (this FFmpeg lacks the filters for its colour).
Result<void> check_color(const AVStream& stream, const VideoFormat& output, const Context& context);

}  // namespace streamkit::media
