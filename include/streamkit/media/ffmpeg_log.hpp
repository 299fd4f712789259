#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>

namespace streamkit::media {

/// While it lives, FFmpeg's process-wide log goes to `logger`, or nowhere when that is null.
/// FFmpeg's log is the application's: the library itself never sets it. One at a time;
/// create and destroy it while no media object works.
class STREAMKIT_API FfmpegLog {
 public:
  explicit FfmpegLog(Logger* logger);
  ~FfmpegLog();
  FfmpegLog(const FfmpegLog&) = delete;
  FfmpegLog& operator=(const FfmpegLog&) = delete;
};

}  // namespace streamkit::media
