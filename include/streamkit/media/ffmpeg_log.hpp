#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>

namespace streamkit::media {

/// Sends the warnings and errors of FFmpeg's process-wide log, including those of x264, to `logger`
/// during its lifetime, or discards them if that is null. Without such an object, this room prints
/// nothing: messages about what it opens are dropped. The log belongs to the application, so the
/// library itself never sets it; FFmpeg objects that the application owns are logged, too. At most
/// one object at a time; create and destroy it while no media object is in use.
class STREAMKIT_API FfmpegLog {
 public:
  explicit FfmpegLog(Logger* logger);
  ~FfmpegLog();
  FfmpegLog(const FfmpegLog&) = delete;
  FfmpegLog& operator=(const FfmpegLog&) = delete;
};

}  // namespace streamkit::media
