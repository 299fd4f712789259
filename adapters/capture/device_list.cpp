#include "capture/device_list.hpp"

#include <algorithm>
#include <streamkit/core/json_text.hpp>

namespace streamkit::capture_tool {

std::vector<SourceInfo> list_devices(const Context&) { return {}; }

Result<std::vector<std::uint8_t>> device_preview(const std::string& id, const Context&) {
  return Error{ErrorCode::NotFound, "no device has the id '" + id + "'"};
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
