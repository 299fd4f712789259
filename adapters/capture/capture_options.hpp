#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "capture/capture_runner.hpp"
#include "common/command_line.hpp"

namespace streamkit::capture_tool {

/// The flags that say what is captured and how; the demo has them too.
[[nodiscard]] std::vector<common::Flag> capture_flags();
/// Leaves `api_base` and `api_key` alone. Errors: InvalidArgument, naming the flag.
[[nodiscard]] Result<CaptureConfig> read_capture_config(const common::Arguments& arguments);

/// `streamkit-capture`'s own command line.
[[nodiscard]] common::CommandLine capture_command_line();
struct CaptureOptions {
  CaptureConfig capture;
  LogLevel log_level = LogLevel::Warning;
};
[[nodiscard]] Result<CaptureOptions> read_capture_options(const common::Arguments& arguments);

}  // namespace streamkit::capture_tool
