#include <array>
#include <cstddef>
#include <streamkit/capture/platform_devices.hpp>

namespace streamkit::capture {
namespace {

// In the order of Platform.
constexpr std::array<PlatformDevices, 3> kDevices = {{
    {{"v4l2", "/dev/video0"},
     {"pulse", "default"},
     {"pulse", "@DEFAULT_MONITOR@"},
     {"x11grab", ":0"}},
    {{"dshow", ""}, {"dshow", ""}, {"", ""}, {"gdigrab", "desktop"}},
    {{"avfoundation", "default:none"},
     {"avfoundation", "none:default"},
     {"", ""},
     {"avfoundation", "Capture screen 0:none"}},
}};

}  // namespace

Platform current_platform() noexcept {
#if defined(_WIN32)
  return Platform::Windows;
#elif defined(__APPLE__)
  return Platform::MacOs;
#else
  return Platform::Linux;
#endif
}

const PlatformDevices& platform_devices(Platform platform) noexcept {
  return kDevices[static_cast<std::size_t>(platform)];
}

}  // namespace streamkit::capture
