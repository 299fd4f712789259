#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source_info.hpp>
#include <string>
#include <vector>

namespace streamkit::desktop {

/// Lists what the desktop portal of a Wayland session can capture: "portal:screen",
/// "portal:window", or both. Which screen or window it is, the desktop asks the user when the
/// capture starts. The list is empty if WAYLAND_DISPLAY is not set. Blocks for at most five
/// seconds. Errors: Unavailable (there is no portal); Timeout; Unsupported (the portal cannot
/// capture, or this build has no support for it).
STREAMKIT_API Result<std::vector<SourceInfo>> list_portal_sources();

struct STREAMKIT_API PortalInputOptions {
  /// "portal:screen" or "portal:window".
  std::string source = "portal:screen";
  /// Size of the frames: even, from 16 to 8192. 0, both: that of the source when it is opened,
  /// rounded to even.
  int width_px = 0;
  int height_px = 0;
  /// The most frames per second, up to 240. More cost more while the source changes.
  FrameRate frame_rate = {30, 1};
  /// Leaves it to the desktop to draw the mouse pointer.
  bool draw_cursor = true;
  /// How long PipeWire or the desktop may take to come back. Up to an hour.
  std::chrono::milliseconds patience = std::chrono::seconds(10);
  /// How long the user may take to respond. Up to an hour.
  std::chrono::milliseconds user_timeout = std::chrono::minutes(5);
  /// A file that remembers the user's choice, so that the desktop need not ask again; only its
  /// owner can read it. The desktop may forget a choice, and may ask all the same. Empty: nothing
  /// is remembered after the input is gone. It is one choice: use a file for each kind of source.
  std::filesystem::path choice_file = {};
  /// Ends opening, which waits for the user.
  std::stop_token stop = {};
};

/// Captures a screen or window that the user chooses in a dialog of the desktop, through
/// xdg-desktop-portal and PipeWire: what programs on Wayland can capture. Frames come when
/// something was drawn, as BT.709 of limited range. Reports as events: a new size, and Lost: the
/// desktop has ended the capture, because the user stopped it, the window was closed or the screen
/// disconnected (EndOfStream follows), or PipeWire or the desktop went away (it is tried again at
/// growing intervals, at most 2 s apart; an error Unavailable follows when `patience` is over).
/// The objects in `context` must outlive the input. Errors: InvalidArgument (names the option);
/// NotFound (the portal has no sources of this kind); PermissionDenied (the user declined); Timeout
/// (the user did not respond); Cancelled; Unavailable (there is no portal or no PipeWire);
/// Unsupported (the portal cannot capture, or this build has no support for it).
STREAMKIT_API Result<std::unique_ptr<VideoInput>> open_portal_input(
    const PortalInputOptions& options, Context context = {});

}  // namespace streamkit::desktop
