#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/media/track_choice.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <streamkit/worker/depth_factory.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::worker {

/// A conversion of a whole video file to stereoscopic 3D.
struct STREAMKIT_API FileConversion {
  /// A file; or a FIFO, "-" (standard input) or an http(s) URL, which is read once.
  std::filesystem::path input = {};
  /// Files that follow `input` in the same output, see media::open_joined_files().
  std::vector<std::filesystem::path> more_inputs = {};
  media::TrackChoice tracks = {};
  /// The part that is converted, from the start of the input.
  MediaTime start{0};
  MediaTime end = MediaTime::max();
  /// An .mp4, .m4v, .mov or .mkv file, see converted_file_path(). It is replaced when the
  /// conversion is complete. A FIFO or "-" (standard output) is written while the conversion runs.
  std::filesystem::path output = {};
  stereo::StereoOptions stereo = {};
  /// By default for files: keyframes are where x264 places them, and frames refer to later ones.
  media::EncoderOptions encoder = {.chunk_duration = MediaTime{0}, .b_frames = 3};
  DepthEstimatorFactory make_depth = fused_depth();
  /// Its logger gets one line for what is assumed of the input's video, converted or dropped; one
  /// for what becomes of its tracks if it has more than are converted; a warning if one is left
  /// out, and for each jump of the input's clock.
  Context context = {};
  /// The container of the output: "mp4", "mov", "mkv" or "ts". Empty: by its name; for standard
  /// output mkv.
  std::string format = {};
  /// HDR video stays HDR: in 10 bits, as HEVC. Otherwise it is converted to SDR.
  bool keep_hdr = false;
  /// As media::ReaderOptions::allow_playlists.
  bool allow_playlists = false;
};

/// Returns the file that `input` is converted to: `output`; or, if that is a folder or empty, a
/// file in that folder or beside `input`, named after it with `suffix` and `extension`, so that
/// headset players find out its format (file_name_suffix()).
STREAMKIT_API [[nodiscard]] std::filesystem::path converted_file_path(
    const std::filesystem::path& input, const std::filesystem::path& output,
    std::string_view suffix, std::string_view extension = ".mp4");

/// Returns the extension of the container that holds the audio of `input` as it is: ".mp4" or
/// ".mkv". An input that cannot be read gives ".mp4".
STREAMKIT_API [[nodiscard]] std::string_view fitting_extension(const std::filesystem::path& input,
                                                               const media::TrackChoice& tracks,
                                                               bool allow_playlists = false);

/// Splits a conversion into one for each eye, left and right, whose outputs have _L and _R before
/// the extension.
STREAMKIT_API [[nodiscard]] std::array<FileConversion, 2> split_views(
    const FileConversion& conversion);

struct STREAMKIT_API FileProgress {
  std::uint64_t video_frames = 0;
  /// The end of the last encoded frame, counted from the start of the first.
  MediaTime done{0};
  /// Duration of the input as its container states it; 0 if it does not.
  MediaTime total{0};
};

struct STREAMKIT_API ConvertedFile {
  std::uint64_t video_frames = 0;
  /// Parts of the input could not be decoded and are missing.
  bool damaged = false;
};

/// Converts a file. Its audio is copied, or encoded as AAC if the output cannot hold its codec.
/// Other audio, text subtitles, chapters, languages and tags are carried over. The output starts at
/// time 0, see media::ReaderOptions::start_at_zero. `on_progress` is called on the calling thread
/// after each encoded frame; may be empty. Blocks until the output is complete or `stop` is
/// requested; after a failure there is no new output. Errors: those of
/// media::open_media_file(), stereo::ForwardWarpRenderer::create(), the depth factory,
/// media::FileMuxer and stereo::StereoRunner.
STREAMKIT_API Result<ConvertedFile> convert_file(
    const FileConversion& conversion,
    const std::function<void(const FileProgress&)>& on_progress = {}, std::stop_token stop = {});

}  // namespace streamkit::worker
