#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet_sink.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::media {

/// Returns whether `path` names a FIFO or standard output ("-" or /dev/stdout).
STREAMKIT_API [[nodiscard]] bool is_output_pipe(const std::filesystem::path& path);

struct STREAMKIT_API FileMuxerOptions {
  /// "mp4", "mov", "mkv" or "ts". Empty: by the name of the file; standard output, and a pipe
  /// without an extension, is mkv.
  std::string format = {};
  /// Ends waiting for the reader of a pipe.
  std::stop_token stop = {};
};

/// Writes an ordinary media file (.mp4, .mov, .mkv, by its name). The file appears under its name
/// only when finish() succeeds; until then, and after a failure, there is at most `NAME.part`,
/// which the destructor removes. A pipe gets its bytes as they come; MP4 is then fragmented.
class STREAMKIT_API FileMuxer : public PacketSink {
 public:
  /// Errors: Unsupported (unknown container); NotFound, PermissionDenied (folder); InvalidArgument
  /// (a terminal); Cancelled.
  static Result<std::unique_ptr<FileMuxer>> create(std::filesystem::path path,
                                                   const FileMuxerOptions& options = {});
  /// Completes and publishes the file. Errors: ResourceExhausted (disk full), Internal; Unavailable
  /// (nobody reads the pipe any longer).
  virtual Result<void> finish() = 0;
};

}  // namespace streamkit::media
