#pragma once

#include <array>
#include <string>

#include "media/ffmpeg_handles.hpp"

// FFmpeg's log belongs to the application, and its default callback prints. Each context that this
// room opens therefore raises the levels of its lines beyond those that are printed; FfmpegLog
// lowers them again. No process-wide state is set.
namespace streamkit::media {

/// Added to the level of each line: even the most severe is then beyond AV_LOG_TRACE. FFmpeg's
/// default callback reads eight bits of the sum.
inline constexpr int kQuietOffset = 100;

void make_quiet(AVCodecContext& context) noexcept;
/// Uses `context.opaque`, which FFmpeg reserves for its user.
void make_quiet(AVFormatContext& context) noexcept;

/// avformat_find_stream_info(), without the lines of the decoders that it opens for a moment.
int find_stream_info_quietly(AVFormatContext& context);

/// The level that a line had before it was raised. `source` is the context that FFmpeg's callback
/// is given, or null.
[[nodiscard]] int original_level(const void* source, int level) noexcept;

}  // namespace streamkit::media
