#include <filesystem>
#include <optional>
#include <streamkit/capture/camera.hpp>
#include <streamkit/capture/platform_devices.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "capture/connection_inputs.hpp"
#include "capture/live_connection.hpp"
#include "capture/v4l2_cameras.hpp"
#include "media/input_file.hpp"

extern "C" {
#include <libavdevice/avdevice.h>
#include <libavutil/avstring.h>
}

namespace streamkit::capture {
namespace {

constexpr std::string_view kCamera = "camera:";
constexpr std::size_t kMostFrames = 4;
constexpr std::size_t kMostBytes = 256 << 20;

// Found without registering the devices, which would be for the whole process.
const AVInputFormat* find_device_format(const std::string& name) {
  const AVInputFormat* format = nullptr;
  while ((format = av_input_video_device_next(format)) != nullptr) {
    if (av_match_name(name.c_str(), format->name) > 0) return format;
  }
  return nullptr;
}

Result<void> check(const DeviceInputOptions& options) {
  const int width = options.width_px;
  const int height = options.height_px;
  if (width < 0 || height < 0 || width % 2 != 0 || height % 2 != 0 ||
      (width == 0) != (height == 0)) {
    return Error{ErrorCode::InvalidArgument,
                 "the size of a device's frames must have two even sides, or be left out"};
  }
  if (options.give_up_after.count() < 0 || options.stall_timeout.count() <= 0) {
    return Error{ErrorCode::InvalidArgument,
                 "stall_timeout of a device must be positive, give_up_after not negative"};
  }
  return {};
}

Result<std::string> camera_device(const CameraOptions& options) {
  std::string_view id = options.id;
  if (id.substr(0, kCamera.size()) == kCamera) id.remove_prefix(kCamera.size());
  if (current_platform() != Platform::Linux) {
    const std::string_view device = id.empty() ? platform_devices().camera.default_device : id;
    if (!device.empty()) return std::string(device);
    return Error{ErrorCode::NotFound, "no camera is named: give its name"};
  }
  if (id.empty()) {
    const auto cameras = list_cameras();
    if (!cameras) return cameras.error();
    if (cameras->empty()) return Error{ErrorCode::NotFound, "there is no camera"};
    id = std::string_view(cameras->front().id).substr(kCamera.size());
    return std::string(id);
  }
  std::error_code failure;
  if (!std::filesystem::exists(std::filesystem::path(id), failure)) {
    return Error{ErrorCode::NotFound, "there is no camera '" + std::string(id) + "'"};
  }
  return std::string(id);
}

std::string rate_text(FrameRate rate) {
  return std::to_string(rate.num) + "/" + std::to_string(rate.den);
}

}  // namespace

Result<std::vector<SourceInfo>> list_cameras() {
  if (current_platform() == Platform::Linux) return list_v4l2_cameras("/dev");
  SourceInfo camera;
  camera.id = std::string(kCamera) + std::string(platform_devices().camera.default_device);
  camera.kind = SourceKind::Camera;
  camera.name = "Camera";
  camera.is_default = true;
  return std::vector<SourceInfo>{std::move(camera)};
}

Result<std::unique_ptr<VideoInput>> open_device_input(const DeviceInputOptions& options,
                                                      Context context) {
  if (auto checked = check(options); !checked) return checked.error();
  media::DeviceAddress address;
  address.format = find_device_format(options.format);
  if (address.format == nullptr) {
    return Error{ErrorCode::Unsupported,
                 "this FFmpeg has no devices of the kind '" + options.format + "'"};
  }
  address.name = options.device;
  address.options = options.options;
  LiveOrigin origin;
  origin.open = [address, timeout = options.stall_timeout](std::stop_token stop) {
    media::InputOptions input;
    input.stop = std::move(stop);
    input.open_timeout = input.read_timeout = timeout;
    return media::InputFile::open_device(address, input);
  };
  origin.is_paced = false;
  origin.give_up_after = options.give_up_after;
  origin.backoff = options.backoff;
  if (options.width_px > 0) origin.size = media::PictureSize{options.width_px, options.height_px};
  origin.most_packets = kMostFrames;
  origin.most_bytes = kMostBytes;
  origin.context = std::move(context);
  auto connection = LiveConnection::open(std::move(origin), options.stop);
  if (!connection) return connection.error();
  return video_of(std::move(*connection));
}

Result<std::unique_ptr<VideoInput>> open_camera(const CameraOptions& options, Context context) {
  if (!options.frame_rate.valid()) {
    return Error{ErrorCode::InvalidArgument, "the frame rate of a camera must be positive"};
  }
  auto device = camera_device(options);
  if (!device) return device.error();
  DeviceInputOptions input;
  input.format = platform_devices().camera.format;
  input.device = std::move(*device);
  input.width_px = options.width_px;
  input.height_px = options.height_px;
  input.give_up_after = options.give_up_after;
  input.backoff = options.backoff;
  input.stop = options.stop;
  const auto mode =
      nearest_mode(modes_of(input.device), options.width_px, options.height_px, options.frame_rate);
  if (mode) {
    input.options = {
        {"input_format", mode->pixels},
        {"video_size", std::to_string(mode->width_px) + "x" + std::to_string(mode->height_px)},
        {"framerate", rate_text(mode->rate)}};
  } else {
    input.options = {{"framerate", rate_text(options.frame_rate)}};
  }
  return open_device_input(input, std::move(context));
}

}  // namespace streamkit::capture
