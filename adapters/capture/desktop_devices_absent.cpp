#include "capture/desktop_devices.hpp"

namespace streamkit::capture_tool {
namespace {

Error absent() {
  return {ErrorCode::Unsupported,
          "this build has no screens, windows and audio devices; build it with "
          "-DSTREAMKIT_WITH_DESKTOP=ON"};
}

}  // namespace

Result<std::vector<SourceInfo>> list_portal_choices() { return absent(); }

Result<std::vector<SourceInfo>> list_screens_and_windows() { return absent(); }

Result<VideoFrame> screen_or_window_frame(const std::string&, int) { return absent(); }

Result<std::unique_ptr<VideoInput>> open_screen_or_window(const DesktopVideo&, const Context&) {
  return absent();
}

Result<std::vector<SourceInfo>> list_audio_devices() { return absent(); }

Result<std::unique_ptr<AudioInput>> open_audio_device(const std::string&, const Context&) {
  return absent();
}

}  // namespace streamkit::capture_tool
