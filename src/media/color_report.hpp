#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Logs what is assumed of a video track's colour because it does not state it, and what of its
/// colour is converted or dropped; with `keep_hdr`, HDR is neither.
/// Errors: Unsupported (this FFmpeg lacks the filters for its colour).
Result<void> check_color(const AVStream& stream, const Context& context, bool keep_hdr = false);

}  // namespace streamkit::media
