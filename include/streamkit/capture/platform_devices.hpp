#pragma once

#include <streamkit/core/api.hpp>
#include <string_view>

namespace streamkit::capture {

enum class Platform { Linux, Windows, MacOs };

/// Returns the platform that this was compiled for; Linux for any other Unix.
STREAMKIT_API [[nodiscard]] Platform current_platform() noexcept;

/// How FFmpeg opens a kind of device.
struct STREAMKIT_API DeviceNames {
  /// The input format of libavdevice, as in "v4l2". Empty if there is no device of this kind.
  std::string_view format;
  /// The device taken if none is named. Empty: there is no default, and one has to be named.
  std::string_view default_device;
};

struct STREAMKIT_API PlatformDevices {
  DeviceNames camera;
  DeviceNames microphone;
  /// The audio that the machine plays.
  DeviceNames system_audio;
  DeviceNames screen;
};

/// Returns the device names of a platform: the one place that knows them. Those of Windows and
/// macOS are as FFmpeg documents them, and have not been tried. Source: FFmpeg's documentation of
/// input devices.
STREAMKIT_API [[nodiscard]] const PlatformDevices& platform_devices(
    Platform platform = current_platform()) noexcept;

}  // namespace streamkit::capture
