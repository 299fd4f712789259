#pragma once

#include <chrono>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <string_view>

// The options that screens, windows and the desktop portal have in common.
namespace streamkit::desktop {

/// Errors: InvalidArgument (a size that is neither 0x0 nor of even sides from 16 to 8192, or a rate
/// that is not from 0.1 to 240).
Result<void> check_frames(int width_px, int height_px, FrameRate frame_rate);

/// Errors: InvalidArgument (a time that is not from 0 to an hour); `name` is that of the option.
Result<void> check_wait(std::chrono::milliseconds time, std::string_view name);

/// The format of the frames: of the size that is asked for, or where that is 0x0, of that of the
/// source, rounded to even.
[[nodiscard]] VideoFormat frame_format(int width_px, int height_px, FrameRate frame_rate,
                                       int source_width_px, int source_height_px);

}  // namespace streamkit::desktop
