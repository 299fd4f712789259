#pragma once

#include <span>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source_info.hpp>
#include <string>
#include <string_view>

#include "capture/capture_control.hpp"
#include "capture/ui_page.hpp"

namespace streamkit::capture_tool {

/// The level of one audio input, as the page sets it.
struct AudioSetting {
  std::string id;
  double level = 1;
  bool muted = false;
};

/// Parses the body of a start. Errors: InvalidArgument, naming the field: unknown ones, values
/// beyond their bounds, a recording that is not a plain file name.
Result<CaptureRequest> parse_start(std::string_view body);
/// Errors: InvalidArgument.
Result<AudioSetting> parse_audio_setting(std::string_view body);
/// Parses `{"paused":true}`. Errors: InvalidArgument.
Result<bool> parse_paused(std::string_view body);

[[nodiscard]] std::string_view to_string(CaptureState state) noexcept;
[[nodiscard]] std::string status_json(const CaptureStatus& status);
[[nodiscard]] std::string sources_json(std::span<const SourceInfo> sources);
[[nodiscard]] std::string encoders_json(std::span<const EncoderChoice> encoders);
/// Returns what the page offers: modes, defaults, and the request that was started last.
[[nodiscard]] std::string choices_json(const ControlPageOptions& options,
                                       const CaptureRequest& current);

}  // namespace streamkit::capture_tool
