#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
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
  /// Output frame rate. If empty: that of the file, or for a variable rate the lowest usual rate
  /// that loses no frame, at most 60. Timestamps of frames decide, not what the container states.
  std::optional<FrameRate> frame_rate = {};
  /// If `frame_rate` is empty: take the average rate that the container states, even if frames are
  /// lost.
  bool stated_rate = false;
  /// Ends waiting for a pipe or a URL while it is opened; read() has its own.
  std::stop_token stop = {};
  /// As media::ReaderOptions::allow_playlists.
  bool allow_playlists = false;
  /// If true, the frames of HDR video (PQ or HLG) stay HDR, in 10 bits with BT.2020's colours.
  bool keep_hdr = false;
};

/// Plays a file of any container that FFmpeg opens, a pipe ("-" is standard input) or an http(s)
/// URL: its best
/// video and audio track (see media::TrackChoice; the log names those that are left out), turned
/// upright, deinterlaced, even-sized, square pixels, constant frame rate, 48 kHz stereo. Missing or
/// shorter audio is filled with silence; where audio lasts longer, the last frame is repeated.
/// Damaged parts are skipped with a warning in the log. So are jumps of the file's clock, for video
/// and audio together, as by media::open_media_file(): no more than the time that is bounded there
/// is ever filled between two frames.
/// Memory: a few frames, and 64 MiB of packets. A file whose tracks are further apart is opened a
/// second time; a pipe of that kind is an error.
/// Errors: NotFound, CorruptData, Unsupported (as for media::open_media_file); InvalidArgument
/// (rate, duration, `loop` with a pipe); Cancelled.
STREAMKIT_API Result<std::unique_ptr<Source>> open_file_source(const FileSourceOptions& options,
                                                               Context context = {});

}  // namespace streamkit::capture
