#pragma once

#include <memory>
#include <stop_token>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source_info.hpp>
#include <string>
#include <vector>

namespace streamkit::capture_tool {

/// How a screen or window is opened.
struct DesktopVideo {
  std::string id;
  /// 0, both: that of the source.
  int width_px = 0;
  int height_px = 0;
  FrameRate frame_rate{30, 1};
  bool cursor = true;
  /// Of "portal:...": lets the user choose, also if an earlier choice is remembered.
  bool ask_again = false;
  /// Ends opening, which may wait for the user.
  std::stop_token stop = {};
};

/// What the desktop portal offers on Wayland, and the screens and windows of an X server. Errors of
/// all: Unsupported in a build without the room `desktop`.
Result<std::vector<SourceInfo>> list_portal_choices();
Result<std::vector<SourceInfo>> list_screens_and_windows();
Result<VideoFrame> screen_or_window_frame(const std::string& id, int max_width_px);
Result<std::unique_ptr<VideoInput>> open_screen_or_window(const DesktopVideo& video,
                                                          const Context& context);

/// Microphones and system audio. Errors as above.
Result<std::vector<SourceInfo>> list_audio_devices();
Result<std::unique_ptr<AudioInput>> open_audio_device(const std::string& id,
                                                      const Context& context);

}  // namespace streamkit::capture_tool
