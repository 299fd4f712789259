#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>

namespace streamkit::media {

/// Sends the warnings and errors of FFmpeg's process-wide log, x264's among them, to `logger` while
/// it lives, or nowhere when that is null. Without one, this room prints nothing: the lines about
/// what it opens are dropped. The log belongs to the application, so the library itself never sets
/// it; FFmpeg objects of the application's own are logged, too. One at a time; create and destroy
/// it while no media object works.
class STREAMKIT_API FfmpegLog {
 public:
  explicit FfmpegLog(Logger* logger);
  ~FfmpegLog();
  FfmpegLog(const FfmpegLog&) = delete;
  FfmpegLog& operator=(const FfmpegLog&) = delete;
};

}  // namespace streamkit::media
