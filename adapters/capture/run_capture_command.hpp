#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>

#include "capture/active_capture.hpp"
#include "capture/capture_options.hpp"

namespace streamkit::capture_tool {

using OpenCapture =
    std::function<Result<std::unique_ptr<ActiveCapture>>(Context context, std::stop_token stop)>;

/// Opens a capture, reports it on standard output until it ends, and ends it when a signal asks for
/// it. Returns the exit code of the program.
int report_capture(const CaptureOptions& options, const OpenCapture& open);

}  // namespace streamkit::capture_tool
