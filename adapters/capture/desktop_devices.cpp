#include "capture/desktop_devices.hpp"

#include <filesystem>
#include <streamkit/desktop/audio_input.hpp>
#include <streamkit/desktop/desktop_sources.hpp>
#include <streamkit/desktop/portal_input.hpp>
#include <streamkit/desktop/screen_input.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "capture/spool_folder.hpp"

namespace streamkit::capture_tool {
namespace {

// How long the last frame of a closed window is sent.
constexpr std::chrono::minutes kPatience{10};

constexpr std::string_view kPortal = "portal:";

// Where the user's choice of this kind of source is remembered; empty if nowhere.
std::filesystem::path choice_file(const std::string& id) {
  const auto spools = default_spool_folder(common::process_environment());
  if (!spools) return {};
  return spools->parent_path() / ("portal-" + id.substr(kPortal.size()));
}

Result<std::unique_ptr<VideoInput>> open_portal(const DesktopVideo& video, const Context& context) {
  const std::filesystem::path choice = choice_file(video.id);
  if (video.ask_again && !choice.empty()) {
    std::error_code ignored;
    std::filesystem::remove(choice, ignored);
  }
  return desktop::open_portal_input({.source = video.id,
                                     .width_px = video.width_px,
                                     .height_px = video.height_px,
                                     .frame_rate = video.frame_rate,
                                     .draw_cursor = video.cursor,
                                     .patience = kPatience,
                                     .choice_file = choice,
                                     .stop = video.stop},
                                    context);
}

bool is_portal(std::string_view id) { return id.starts_with(kPortal); }

}  // namespace

Result<std::vector<SourceInfo>> list_portal_choices() { return desktop::list_portal_sources(); }

Result<std::vector<SourceInfo>> list_screens_and_windows() {
  return desktop::list_desktop_sources();
}

Result<VideoFrame> screen_or_window_frame(const std::string& id, int max_width_px) {
  if (is_portal(id)) {
    return Error{ErrorCode::Unavailable,
                 "there is no preview: the desktop asks what to show when the stream starts"};
  }
  return desktop::preview_desktop_source(id, max_width_px);
}

Result<std::unique_ptr<VideoInput>> open_screen_or_window(const DesktopVideo& video,
                                                          const Context& context) {
  if (is_portal(video.id)) return open_portal(video, context);
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
