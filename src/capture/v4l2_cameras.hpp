#pragma once

#include <filesystem>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source_info.hpp>
#include <string>
#include <vector>

namespace streamkit::capture {

/// A format, size and rate that a camera offers.
struct CameraMode {
  /// As libavdevice names it: "yuyv422", "mjpeg", "h264".
  std::string pixels;
  int width_px = 0;
  int height_px = 0;
  FrameRate rate = {};
};

/// Returns the cameras whose device nodes are in `devices`, which is /dev.
Result<std::vector<SourceInfo>> list_v4l2_cameras(const std::filesystem::path& devices);

/// Returns what a camera offers; empty if it does not report that.
[[nodiscard]] std::vector<CameraMode> modes_of(const std::string& device);

/// Returns the mode nearest to a size and rate: of the sizes those at least as large first; then
/// the nearest rate; then raw frames, which cost no decoding. A size of 0 stands for the largest up
/// to 1280x720.
STREAMKIT_API [[nodiscard]] std::optional<CameraMode> nearest_mode(
    const std::vector<CameraMode>& modes, int width_px, int height_px, FrameRate rate);

}  // namespace streamkit::capture
