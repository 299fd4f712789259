#include "capture/device_list.hpp"

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <streamkit/capture/camera.hpp>
#include <streamkit/core/json_text.hpp>
#include <streamkit/media/still_picture.hpp>
#include <thread>
#include <utility>

#include "capture/desktop_devices.hpp"

namespace streamkit::capture_tool {

namespace {

constexpr int kPreviewWidth = 320;
constexpr std::chrono::seconds kCameraWait{5};

void add(std::vector<SourceInfo>& devices, Result<std::vector<SourceInfo>> found,
         std::string_view kind, const Context& context) {
  if (!found) {
    context.log(LogLevel::Info, "sources of a kind cannot be listed",
                {{"kind", std::string(kind)}, {"error", to_string(found.error())}});
    return;
  }
  for (SourceInfo& device : *found) devices.push_back(std::move(device));
}

// The first frame of a camera. It is in use meanwhile.
Result<VideoFrame> camera_frame(const std::string& id, const Context& context) {
  std::stop_source late;
  const std::jthread timer([&](std::stop_token done) {
    Clock& clock = system_clock();
    if (clock.wait_until(clock.steady_now() + kCameraWait, done)) late.request_stop();
  });
  auto camera = capture::open_camera({.id = id, .stop = late.get_token()}, context);
  if (!camera) return camera.error();
  for (;;) {
    auto item = (*camera)->read(late.get_token());
    if (!item) return item.error();
    if (auto* frame = std::get_if<LiveFrame>(&*item)) return std::move(frame->frame);
    if (std::holds_alternative<EndOfStream>(*item)) {
      return Error{ErrorCode::Unavailable, "the camera has no frame"};
    }
  }
}

}  // namespace

std::vector<SourceInfo> list_devices(const Context& context) {
  std::vector<SourceInfo> devices;
  add(devices, list_portal_choices(), "sources of the desktop portal", context);
  auto on_x = list_screens_and_windows();
  if (on_x && !devices.empty()) {
    // On Wayland, the X server shows the windows of a few programs only.
    for (SourceInfo& source : *on_x) source.is_default = false;
  }
  add(devices, std::move(on_x), "screens and windows", context);
  add(devices, capture::list_cameras(), "cameras", context);
  add(devices, list_audio_devices(), "audio devices", context);
  return devices;
}

Result<std::vector<std::uint8_t>> device_preview(const std::string& id, const Context& context) {
  auto frame = id.starts_with("camera:") ? camera_frame(id, context)
                                         : screen_or_window_frame(id, kPreviewWidth);
  if (!frame) return frame.error();
  return media::encode_jpeg(*frame);
}

std::string devices_json(const std::vector<SourceInfo>& devices) {
  std::string text = "[";
  for (const SourceInfo& device : devices) {
    if (text.size() > 1) text += ",";
    text += "{\"id\":" + json_string(device.id) +
            ",\"kind\":" + json_string(to_string(device.kind)) +
            ",\"name\":" + json_string(device.name);
    if (!device.application.empty()) text += ",\"application\":" + json_string(device.application);
    if (device.width_px > 0) {
      text += ",\"width\":" + std::to_string(device.width_px) +
              ",\"height\":" + std::to_string(device.height_px);
    }
    text += std::string(",\"default\":") + (device.is_default ? "true" : "false") + "}";
  }
  return text + "]";
}

std::string devices_text(const std::vector<SourceInfo>& devices) {
  std::size_t id_width = 0;
  std::size_t kind_width = 0;
  for (const SourceInfo& device : devices) {
    id_width = std::max(id_width, device.id.size());
    kind_width = std::max(kind_width, to_string(device.kind).size());
  }
  std::string text;
  for (const SourceInfo& device : devices) {
    const std::string_view kind = to_string(device.kind);
    text += device.id + std::string(id_width - device.id.size() + 2, ' ');
    text += std::string(kind) + std::string(kind_width - kind.size() + 2, ' ');
    text += device.name;
    if (!device.application.empty()) text += " (" + device.application + ")";
    if (device.width_px > 0) {
      text += "  " + std::to_string(device.width_px) + "x" + std::to_string(device.height_px);
    }
    if (device.is_default) text += "  default";
    text += '\n';
  }
  return text;
}

Error unknown_device(std::string_view flag, const std::string& id,
                     const std::vector<SourceInfo>& devices) {
  constexpr std::size_t kMostListed = 20;
  std::string message = "--" + std::string(flag) + ": there is no device or file '" + id + "'";
  if (devices.empty()) return {ErrorCode::NotFound, message + ", and no device was found"};
  message += ". Devices:";
  for (std::size_t i = 0; i < std::min(devices.size(), kMostListed); ++i) {
    message += (i == 0 ? " " : ", ") + devices[i].id;
  }
  if (devices.size() > kMostListed) message += ", ... (see `streamkit-capture sources`)";
  return {ErrorCode::NotFound, std::move(message)};
}

}  // namespace streamkit::capture_tool
