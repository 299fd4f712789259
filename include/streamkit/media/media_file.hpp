#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/media_limits.hpp>
#include <streamkit/media/track_choice.hpp>

namespace streamkit::media {

/// Returns whether `path` is an http or https URL, names a FIFO, or is standard input ("-" or
/// /dev/stdin) that is not a file: such an input can be read once, from its beginning to its end.
STREAMKIT_API [[nodiscard]] bool is_input_pipe(const std::filesystem::path& path);

struct STREAMKIT_API ReaderOptions {
  TrackChoice tracks = {};
  /// The part that is read, from where the earliest track starts. If either is set, `start`
  /// becomes time 0, at which the frame begins that is shown then; decoding begins at the keyframe
  /// before it.
  MediaTime start{0};
  MediaTime end = MediaTime::max();
  /// Called for a file without audio: adds silence of this format (AAC) along its video, for
  /// streams whose segments must all have the same tracks. If empty, such a file has no audio.
  std::function<AudioFormat()> missing_sound = {};
  /// The file's earliest track starts at time 0, whatever its timestamps are; without audio, its
  /// first frame. Ignored for a file in memory.
  bool start_at_zero = false;
  /// Its logger gets one line for what is assumed of the file, converted or dropped, and for each
  /// jump of the file's clock.
  Context context = {};
  /// Ends waiting for a pipe or a URL, until the first read(), which has its own.
  std::stop_token stop = {};
  /// Called with the format of the file's frames; returns the size that they are scaled to. If
  /// empty, they keep their size.
  std::function<VideoFormat(const VideoFormat& own)> frame_size = {};
  /// If true, a file without video is opened for its audio; MediaInfo::video then has no size.
  bool allow_sound_only = false;
  /// If true, only audio is read, also of a file with video.
  bool skip_video = false;
  /// For files of unknown origin, in memory: opening and reading fail at what exceeds them.
  std::optional<MediaLimits> limits = {};
  /// If true, the frames of HDR video (PQ or HLG) stay HDR, in 10 bits with BT.2020's colours.
  bool keep_hdr = false;
  /// If true, playlists and lists of files (HLS, DASH, ffconcat, IMF, VobSub) are opened, and the
  /// local files that they name. Otherwise they are rejected: a file, whatever its name, opens no
  /// other one. Ignored for a URL, whose playlists may name http(s) URLs and nothing else, and for
  /// a file in memory, which opens nothing.
  bool allow_playlists = false;
  /// The format whose samples and colours all frames get, for streams whose segments must all be
  /// alike. SDR in HDR has its white at 203 nits. Size and rate are ignored. If empty, frames
  /// are as open_media_file() describes.
  std::optional<VideoFormat> color = {};
};

/// Opens a file of any container that FFmpeg knows; a pipe: a FIFO, or standard input ("-"); or an
/// http or https URL. What it is, is decided by its content, not by its name. An MP4 from a pipe
/// needs its index in front, or fragments. Returns its best video track (see TrackChoice), decoded,
/// upright, of even sides and square pixels, 8-bit 4:2:0, SDR of limited range; and the packets of
/// its best audio track. Wide gamut is converted to BT.709, and so is HDR unless it is kept. Where
/// the file's clock jumps, back or more than 10 s ahead (10 minutes in MP4, Matroska and AVI, whose
/// packets have durations or an index), the jump is left out for both tracks. Every frame is kept.
/// Damaged parts are skipped as long as something can be decoded. Errors: NotFound (the file, a
/// chosen track); PermissionDenied; CorruptData (not a media file, no video track); Unsupported
/// (also a playlist that is not allowed); Cancelled; those of the connection for a URL.
STREAMKIT_API Result<std::unique_ptr<MediaReader>> open_media_file(
    const std::filesystem::path& path, const ReaderOptions& options = {});

/// Opens a file in memory in the same way.
STREAMKIT_API Result<std::unique_ptr<MediaReader>> open_media_bytes(
    Bytes bytes, const ReaderOptions& options = {});

}  // namespace streamkit::media
