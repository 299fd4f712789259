#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet_sink.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Writes an ordinary media file (.mp4, .mov, .mkv, by its name). The file appears under its name
/// only when finish() succeeds; until then, and after a failure, there is at most `NAME.part`,
/// which the destructor removes.
class STREAMKIT_API FileMuxer : public PacketSink {
 public:
  /// Errors: Unsupported (unknown container); NotFound, PermissionDenied (folder).
  static Result<std::unique_ptr<FileMuxer>> create(std::filesystem::path path);
  /// Completes and publishes the file. Errors: ResourceExhausted (disk full), Internal.
  virtual Result<void> finish() = 0;
};

}  // namespace streamkit::media
