#pragma once

#include <cstdint>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source_info.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::capture_tool {

/// Lists the screens, windows, cameras and audio devices of this machine, in this order. Kinds that
/// cannot be listed here are left out, with a line in the log.
[[nodiscard]] std::vector<SourceInfo> list_devices(const Context& context);
/// Returns a small frame of a screen, window or camera as JPEG. Errors: NotFound, Unavailable.
Result<std::vector<std::uint8_t>> device_preview(const std::string& id, const Context& context);

/// Returns "[{"id":...,"kind":...,"name":...}]" on one line.
[[nodiscard]] std::string devices_json(const std::vector<SourceInfo>& devices);
/// Returns a table for people, one line per device.
[[nodiscard]] std::string devices_text(const std::vector<SourceInfo>& devices);

/// Returns the error for an id that no device has, with the ids that exist.
[[nodiscard]] Error unknown_device(std::string_view flag, const std::string& id,
                                   const std::vector<SourceInfo>& devices);

}  // namespace streamkit::capture_tool
