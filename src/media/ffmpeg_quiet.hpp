#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "media/ffmpeg_handles.hpp"

// FFmpeg's log belongs to the application, and its default callback prints. Each context that this
// room opens therefore raises the levels of its lines beyond those that are printed; FfmpegLog
// lowers them again. No process-wide state is set.
namespace streamkit::media {

/// Added to the level of each line, so that even the most severe one is beyond AV_LOG_TRACE.
/// FFmpeg's default callback reads eight bits of the sum.
inline constexpr int kQuietOffset = 100;

void make_quiet(AVCodecContext& context) noexcept;
/// Uses `context.opaque`, which FFmpeg reserves for its caller.
void make_quiet(AVFormatContext& context) noexcept;

/// Calls avformat_find_stream_info() without log lines of the decoders that it opens temporarily.
/// With `max_pixels`, these decode no larger pictures.
int find_stream_info_quietly(AVFormatContext& context, std::int64_t max_pixels = 0);

/// Returns the level that a line had before it was raised. `source` is the context that FFmpeg
/// passes to the callback, or null.
[[nodiscard]] int original_level(const void* source, int level) noexcept;

}  // namespace streamkit::media
