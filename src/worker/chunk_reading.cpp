#include "worker/chunk_reading.hpp"

#include <algorithm>
#include <streamkit/core/stereo_mode.hpp>

namespace streamkit::worker {
namespace {

// Returns the size of source frames whose packed frames have the size `packed`.
VideoFormat source_size(StereoMode mode, const VideoFormat& packed, VideoFormat own) {
  if (same_size(packed_format(mode, own), packed)) return own;
  const StereoModeInfo& shape = info(mode);
  const int width = packed.width_px / shape.width_factor;
  const int height = packed.height_px / shape.height_factor;
  if (mode != StereoMode::Vr180) {
    own.width_px = width;
    own.height_px = height;
    return own;
  }
  // Both sides are the longer one of the source; the other one keeps the aspect.
  const bool wide = own.width_px >= own.height_px;
  const int longer = wide ? own.width_px : own.height_px;
  const int shorter = wide ? own.height_px : own.width_px;
  const int other = std::max(2, height * shorter / longer / 2 * 2);
  own.width_px = wide ? width : other;
  own.height_px = wide ? other : height;
  return own;
}

}  // namespace

std::string size_text(const VideoFormat& format) {
  return std::to_string(format.width_px) + "x" + std::to_string(format.height_px);
}

bool same_size(const VideoFormat& one, const VideoFormat& other) {
  return one.width_px == other.width_px && one.height_px == other.height_px;
}

bool is_hdr(const VideoFormat& format) {
  return format.transfer == ColorTransfer::Pq || format.transfer == ColorTransfer::Hlg;
}

media::MediaLimits limits_of(const ResourcePolicy& policy, MediaTime chunk_duration) {
  return {policy, chunk_duration, system_clock().steady_now() + policy.max_wall_time};
}

Result<void> check_packed_size(const ResourcePolicy& policy, const VideoFormat& packed) {
  const std::int64_t pixels = std::int64_t{packed.width_px} * packed.height_px;
  if (pixels <= 2 * policy.max_pixels) return {};
  return limit_exceeded(Limit::Pixels, "pixels: the views take " + std::to_string(pixels) +
                                           ", at most twice " + std::to_string(policy.max_pixels) +
                                           " (--max-pixels)");
}

media::ReaderOptions reader_options(StereoMode mode, const std::optional<StreamFormat>& stream,
                                    bool keep_hdr, media::MediaLimits limits) {
  media::ReaderOptions options;
  options.keep_hdr = stream ? is_hdr(stream->video) : keep_hdr;
  options.limits = std::move(limits);
  options.allow_sound_only = true;
  options.missing_sound = [stream] { return stream ? stream->audio.format : AudioFormat{}; };
  if (stream) {
    if (is_hdr(stream->video)) options.color = stream->video;
    options.frame_size = [mode, packed = stream->video](const VideoFormat& own) {
      return source_size(mode, packed, own);
    };
  }
  return options;
}

void ReaderLog::log(LogLevel level, std::string_view message,
                    std::span<const LogField> fields) noexcept {
  if (level < least_) return;
  std::string line(message);
  for (const LogField& field : fields) {
    line.append(", ").append(field.name).append(": ").append(field.value);
  }
  lines_.push_back(std::move(line));
}

}  // namespace streamkit::worker
