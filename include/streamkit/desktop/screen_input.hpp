#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::desktop {

/// A rectangle of a screen or window, from its upper left corner.
struct STREAMKIT_API CaptureRegion {
  int x_px = 0;
  int y_px = 0;
  int width_px = 0;
  int height_px = 0;
};

struct STREAMKIT_API ScreenInputOptions {
  /// The id of a screen or window, as listed. Empty: the primary screen.
  std::string source = {};
  /// Captures a part only. What is outside of the screen or window is left out.
  std::optional<CaptureRegion> region = {};
  /// Size of the frames: even, from 16 to 8192. 0, both: that of the source when it is opened,
  /// rounded to even.
  int width_px = 0;
  int height_px = 0;
  /// The most frames per second, up to 240. More cost more while the source changes.
  FrameRate frame_rate = {30, 1};
  /// Draws the mouse pointer, which is not part of what programs draw.
  bool draw_cursor = true;
  /// How long a closed window may take to be opened again, by a program of the same name with the
  /// same title, and the X server to come back. Up to an hour.
  std::chrono::milliseconds patience = std::chrono::seconds(10);
  /// Names the X server as in ":0". Empty: the environment variable DISPLAY does.
  std::string display = {};
};

/// Captures a screen, a window or a part of one from an X server. It asks the server for pixels
/// only where something was drawn. A window is captured while others cover it, too; it has no
/// frames while it is minimized. Frames are BT.709, limited range. Reports as events: a new size,
/// covered, minimized, shown again, and Lost: a window was closed (EndOfStream follows when
/// `patience` is over), a screen was disconnected (waits without limit), or the server went away
/// (it is tried again at growing intervals, at most 2 s apart; an error Unavailable follows when
/// `patience` is over). Memory: one frame of the source with 4 bytes per pixel; of sources larger
/// than 64 Mi pixels, only the upper part is captured. Errors: InvalidArgument (names the option);
/// NotFound (no such screen or window); Unavailable (the server cannot be reached); Unsupported (it
/// lacks an extension, or 24-bit colour).
STREAMKIT_API Result<std::unique_ptr<VideoInput>> open_screen_input(
    const ScreenInputOptions& options, Context context = {});

}  // namespace streamkit::desktop
