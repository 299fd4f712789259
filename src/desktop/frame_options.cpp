#include "desktop/frame_options.hpp"

#include <algorithm>
#include <string>

namespace streamkit::desktop {
namespace {

constexpr int kMinSide = 16;
constexpr int kMaxSide = 8192;

bool valid_side(int length) { return length >= kMinSide && length <= kMaxSide && length % 2 == 0; }

int frame_side(int length) { return std::clamp(length / 2 * 2, kMinSide, kMaxSide); }

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

}  // namespace

Result<void> check_frames(int width_px, int height_px, FrameRate frame_rate) {
  const bool sized = width_px != 0 || height_px != 0;
  if (sized && (!valid_side(width_px) || !valid_side(height_px))) {
    return invalid("the size of the frames is " + std::to_string(width_px) + "x" +
                   std::to_string(height_px) + "; both sides must be even, from 16 to 8192");
  }
  if (!frame_rate.valid() || frame_rate.hz() < 0.1 || frame_rate.hz() > 240) {
    return invalid("the frame rate must be from 0.1 to 240");
  }
  return {};
}

Result<void> check_wait(std::chrono::milliseconds time, std::string_view name) {
  if (time.count() >= 0 && time <= std::chrono::hours(1)) return {};
  return invalid("the " + std::string(name) + " must be from 0 to an hour");
}

VideoFormat frame_format(int width_px, int height_px, FrameRate frame_rate, int source_width_px,
                         int source_height_px) {
  const bool sized = width_px > 0;
  VideoFormat format{.width_px = sized ? width_px : frame_side(source_width_px),
                     .height_px = sized ? height_px : frame_side(source_height_px)};
  format.frame_rate = frame_rate;
  return format;
}

}  // namespace streamkit::desktop
