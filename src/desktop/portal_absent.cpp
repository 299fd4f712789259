#include <cstdlib>
#include <streamkit/desktop/portal_input.hpp>

// In place of the desktop portal, in a build without STREAMKIT_WITH_WAYLAND.
namespace streamkit::desktop {
namespace {

Error absent() {
  return {ErrorCode::Unsupported,
          "this build cannot use the desktop portal; build it with -DSTREAMKIT_WITH_WAYLAND=ON"};
}

}  // namespace

Result<std::vector<SourceInfo>> list_portal_sources() {
  const char* display = std::getenv("WAYLAND_DISPLAY");
  if (display == nullptr || *display == '\0') return std::vector<SourceInfo>{};
  return absent();
}

Result<std::unique_ptr<VideoInput>> open_portal_input(const PortalInputOptions&, Context) {
  return absent();
}

}  // namespace streamkit::desktop
