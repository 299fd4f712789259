#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/capture/pacing.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source.hpp>
#include <streamkit/media/track_choice.hpp>

namespace streamkit::capture {

struct STREAMKIT_API FileSourceOptions {
  std::filesystem::path path = {};
  media::TrackChoice tracks = {};
  /// Restarts at the end, without a gap on the timeline, until it is stopped.
  bool loop = false;
  Pacing pacing = Pacing::Realtime;
  /// Ends after this duration. 0: the whole file (or endless, with `loop`).
  MediaTime duration{0};
  /// Output frame rate. If empty: that of the file, or for a variable rate the usual rate that
  /// loses no frame, at most 60.
  std::optional<FrameRate> frame_rate = {};
};

/// Plays a file of any container that FFmpeg opens: its best video and audio track (see
/// media::TrackChoice; the log names those that are left out), turned
/// upright, deinterlaced, even-sized, square pixels, constant frame rate, 48 kHz stereo. Missing or
/// shorter audio is filled with silence; where audio lasts longer, the last frame is repeated.
/// Damaged parts are skipped with a warning in the log.
/// Memory: a few frames, however badly the file interleaves its tracks (each is read separately).
/// Errors: NotFound, CorruptData, Unsupported (as for media::open_media_file); InvalidArgument
/// (rate, duration).
STREAMKIT_API Result<std::unique_ptr<Source>> open_file_source(const FileSourceOptions& options,
                                                               Context context = {});

}  // namespace streamkit::capture
