#include "capture/desktop_devices.hpp"

#include <streamkit/desktop/audio_input.hpp>
#include <streamkit/desktop/desktop_sources.hpp>
#include <streamkit/desktop/screen_input.hpp>

namespace streamkit::capture_tool {
namespace {

// How long the last frame of a closed window is sent.
constexpr std::chrono::minutes kPatience{10};

}  // namespace

Result<std::vector<SourceInfo>> list_screens_and_windows() {
  return desktop::list_desktop_sources();
}

Result<VideoFrame> screen_or_window_frame(const std::string& id, int max_width_px) {
  return desktop::preview_desktop_source(id, max_width_px);
}

Result<std::unique_ptr<VideoInput>> open_screen_or_window(const DesktopVideo& video,
                                                          const Context& context) {
  return desktop::open_screen_input({.source = video.id,
                                     .width_px = video.width_px,
                                     .height_px = video.height_px,
                                     .frame_rate = video.frame_rate,
                                     .draw_cursor = video.cursor,
                                     .patience = kPatience},
                                    context);
}

Result<std::vector<SourceInfo>> list_audio_devices() { return desktop::list_audio_sources(); }

Result<std::unique_ptr<AudioInput>> open_audio_device(const std::string& id,
                                                      const Context& context) {
  return desktop::open_audio_input(id, {}, context);
}

}  // namespace streamkit::capture_tool
