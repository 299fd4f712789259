#include "media/ffmpeg_quiet.hpp"

#include <cstddef>
#include <cstring>
#include <vector>

extern "C" {
#include <libavutil/log.h>
}

namespace streamkit::media {
namespace {

// AVFormatContext has no field for an offset, so an AVClass of our own names one.
const AVClass& quiet_format_class() noexcept {
  static const AVClass quiet = [] {
    AVClass copy = *avformat_get_class();
    copy.log_level_offset_offset = static_cast<int>(offsetof(AVFormatContext, opaque));
    // FFmpeg must not look for members of AVClass that did not exist when this was compiled.
    copy.version = LIBAVUTIL_VERSION_INT;
    return copy;
  }();
  return quiet;
}

}  // namespace

void make_quiet(AVCodecContext& context) noexcept { context.log_level_offset = kQuietOffset; }

void make_quiet(AVFormatContext& context) noexcept {
  static_assert(sizeof context.opaque >= sizeof kQuietOffset);
  std::memcpy(&context.opaque, &kQuietOffset, sizeof kQuietOffset);
  context.av_class = &quiet_format_class();
}

int find_stream_info_quietly(AVFormatContext& context, std::int64_t max_pixels) {
  std::vector<AVDictionary*> options(context.nb_streams, nullptr);
  for (AVDictionary*& each : options) {
    av_dict_set_int(&each, "log_level_offset", kQuietOffset, 0);
    if (max_pixels > 0) av_dict_set_int(&each, "max_pixels", max_pixels, 0);
  }
  const int code = avformat_find_stream_info(&context, options.empty() ? nullptr : options.data());
  for (AVDictionary*& each : options) av_dict_free(&each);
  return code;
}

int original_level(const void* source, int level) noexcept {
  if (source == nullptr || level < kQuietOffset) return level;
  const AVClass* logs_as = *static_cast<const AVClass* const*>(source);
  if (logs_as == nullptr || logs_as->log_level_offset_offset == 0) return level;
  int offset = 0;
  std::memcpy(&offset, static_cast<const std::byte*>(source) + logs_as->log_level_offset_offset,
              sizeof offset);
  return offset == kQuietOffset ? level - offset : level;
}

}  // namespace streamkit::media
