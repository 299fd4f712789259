#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/capture/pacing.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source.hpp>

namespace streamkit::capture {

struct STREAMKIT_API FileSourceOptions {
  std::filesystem::path path = {};
  /// Starts again at the end, without a gap on the timeline, until it is stopped.
  bool loop = false;
  Pacing pacing = Pacing::Realtime;
  /// Ends after this much. 0: the whole file (or for ever, with `loop`).
  MediaTime duration{0};
  /// Pictures per second that come out. Empty: the file's, or for a variable rate the usual rate
  /// that loses no picture, 60 at most.
  std::optional<FrameRate> frame_rate = {};
};

/// Plays a file of any container FFmpeg opens: its first video and first audio track, turned
/// upright, deinterlaced, even-sized, square pixels, constant frame rate, 48 kHz stereo. Sound that
/// is missing or shorter is silence; where sound lasts longer, the last picture stands. Damaged
/// parts are skipped with a warning in the log.
/// Memory: a few pictures, however badly the file interleaves its tracks (each is read by itself).
/// Errors: NotFound, CorruptData, Unsupported (as media::open_media_file); InvalidArgument (rate,
/// duration).
STREAMKIT_API [[nodiscard]] Result<std::unique_ptr<Source>> open_file_source(
    const FileSourceOptions& options, Context context = {});

}  // namespace streamkit::capture
