#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/packet_sink.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/track_choice.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::media {

/// Returns whether `path` names a FIFO or standard output ("-" or /dev/stdout).
STREAMKIT_API [[nodiscard]] bool is_output_pipe(const std::filesystem::path& path);

/// A file from which a new file takes over what is not converted: its other audio, subtitles,
/// chapters, title and further tags, and the languages of the tracks.
struct STREAMKIT_API Companion {
  std::filesystem::path file = {};
  /// How the tracks were chosen that the muxer is given. They are not carried over.
  TrackChoice tracks = {};
  /// The part of the file that is carried over, from where its earliest track starts. `start`
  /// becomes time 0.
  MediaTime start{0};
  MediaTime end = MediaTime::max();
  /// As ReaderOptions::allow_playlists.
  bool allow_playlists = false;
};

/// Lists what became of the tracks of a companion, for people.
struct STREAMKIT_API CompanionReport {
  std::vector<std::string> carried = {};
  /// Those that are carried in another codec.
  std::vector<std::string> changed = {};
  /// Those that are missing, with the reason.
  std::vector<std::string> dropped = {};
};

/// Returns the extensions of the files that can be written, for messages.
STREAMKIT_API [[nodiscard]] std::string_view container_extensions() noexcept;

/// Returns whether a file of this name, or of `format` as in FileMuxerOptions, can hold audio in
/// `codec`, in a way that is standard for it.
/// Errors: Unsupported (no such container).
STREAMKIT_API Result<bool> container_holds(const std::filesystem::path& file,
                                           const std::string& codec,
                                           const std::string& format = {});

struct STREAMKIT_API FileMuxerOptions {
  std::optional<Companion> companion = {};
  /// "mp4", "mov", "mkv" or "ts". Empty: by the name of the file; standard output, and a pipe
  /// without an extension, is mkv.
  std::string format = {};
  /// Ends waiting for the reader of a pipe.
  std::stop_token stop = {};
};

/// Writes an ordinary media file (.mp4, .m4v, .mov, .mkv, by its name). The file appears under
/// its name only when finish() succeeds; until then, and after a failure, there is at most
/// `NAME.part`, which the destructor removes. A pipe gets its bytes as they come; MP4 is then
/// fragmented.
class STREAMKIT_API FileMuxer : public PacketSink {
 public:
  /// Text subtitles of the companion are converted where the container has its own kind of them;
  /// its audio is encoded as AAC where it does not fit.
  /// Errors: Unsupported (unknown container); NotFound, PermissionDenied (folder); InvalidArgument
  /// (a terminal); Cancelled; those of open_media_file() for the companion.
  static Result<std::unique_ptr<FileMuxer>> create(std::filesystem::path path,
                                                   const FileMuxerOptions& options = {});
  /// Returns what became of the companion's tracks; complete after open().
  [[nodiscard]] virtual CompanionReport report() const = 0;
  /// Completes and publishes the file. Errors: ResourceExhausted (disk full), Internal; Unavailable
  /// (nobody reads the pipe any longer).
  virtual Result<void> finish() = 0;
};

}  // namespace streamkit::media
