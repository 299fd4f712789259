#include <array>
#include <atomic>
#include <cstdarg>
#include <streamkit/media/ffmpeg_log.hpp>

#include "media/ffmpeg_quiet.hpp"

extern "C" {
#include <libavutil/log.h>
}

namespace streamkit::media {
namespace {

// FFmpeg's callback has no user pointer, so this project has one global variable.
std::atomic<Logger*> g_logger{nullptr};

LogLevel level_of(int level) {
  if (level <= AV_LOG_ERROR) return LogLevel::Error;
  if (level <= AV_LOG_WARNING) return LogLevel::Warning;
  return level <= AV_LOG_INFO ? LogLevel::Info : LogLevel::Debug;
}

void forward(void* source, int raised, const char* format, va_list arguments) {
  const int level = original_level(source, raised);
  Logger* logger = g_logger.load();
  // Errors in FFmpeg's log are often damage that it recovers from; failures are reported by result
  // codes.
  if (logger == nullptr || level > AV_LOG_WARNING) return;
  std::array<char, 512> line{};
  int print_prefix = 1;
  av_log_format_line(source, level, format, arguments, line.data(), static_cast<int>(line.size()),
                     &print_prefix);
  std::string_view text(line.data());
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  logger->log(level_of(level), text, {});
}

}  // namespace

FfmpegLog::FfmpegLog(Logger* logger) {
  g_logger.store(logger);
  av_log_set_callback(&forward);
}

FfmpegLog::~FfmpegLog() {
  av_log_set_callback(&av_log_default_callback);
  g_logger.store(nullptr);
}

}  // namespace streamkit::media
