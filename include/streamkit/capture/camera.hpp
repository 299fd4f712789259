#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/retry.hpp>
#include <streamkit/core/source_info.hpp>
#include <string>
#include <utility>
#include <vector>

namespace streamkit::capture {

/// Returns the cameras of this machine. An id is "camera:" and a name that stays the same when the
/// camera is plugged in again or into another port, where the system has one
/// ("camera:/dev/v4l/by-id/..."), otherwise the device. Nodes without video, such as those of
/// metadata, are left out. Linux only; on other platforms only the default camera is returned.
/// Errors: PermissionDenied (there are cameras, but this user may not open any of them).
STREAMKIT_API Result<std::vector<SourceInfo>> list_cameras();

struct STREAMKIT_API CameraOptions {
  /// An id of list_cameras(), or a device such as "/dev/video0". Empty: the first camera.
  std::string id = {};
  /// The size of the frames, with even sides. 0: that of the camera. The camera is set to the
  /// nearest mode that it has.
  int width_px = 0;
  int height_px = 0;
  /// The nearest rate that the camera has is taken. A higher one costs more light and CPU.
  FrameRate frame_rate{30, 1};
  /// The input fails when the camera has not come back after this time.
  std::chrono::milliseconds give_up_after{600'000};
  /// The delays between attempts to open it again; `max_attempts` is ignored.
  RetryPolicy backoff = {};
  std::stop_token stop = {};
};

/// Opens a camera. Raw, MJPEG and H.264 cameras are decoded. Frames carry the time at which the
/// driver took them, where it states that by the steady clock, otherwise that of their arrival with
/// its jitter removed. A camera that is unplugged is reported as InputState::Lost and opened again
/// when it is back. Errors: NotFound (no such camera, or none at all); PermissionDenied;
/// Unavailable (in use); InvalidArgument (odd size); Unsupported; Cancelled.
STREAMKIT_API Result<std::unique_ptr<VideoInput>> open_camera(const CameraOptions& options,
                                                              Context context = {});

struct STREAMKIT_API DeviceInputOptions {
  /// An input format of FFmpeg's libavdevice, as in "v4l2", "dshow" or "lavfi"; see
  /// platform_devices().
  std::string format = {};
  /// The device for this format: "/dev/video0", "video=Integrated Camera". It must come from a
  /// trusted caller: that of "lavfi" can name files.
  std::string device = {};
  /// Options of the format: {"framerate", "30"}.
  std::vector<std::pair<std::string, std::string>> options = {};
  /// The size of the frames. 0: that of the device.
  int width_px = 0;
  int height_px = 0;
  /// A device that sends nothing for this long counts as lost.
  std::chrono::milliseconds stall_timeout{5'000};
  std::chrono::milliseconds give_up_after{600'000};
  RetryPolicy backoff = {};
  std::stop_token stop = {};
};

/// Opens the video of any device of libavdevice in the same way as a camera.
/// Errors: those of open_camera(); Unsupported (this FFmpeg does not have the format).
STREAMKIT_API Result<std::unique_ptr<VideoInput>> open_device_input(
    const DeviceInputOptions& options, Context context = {});

}  // namespace streamkit::capture
