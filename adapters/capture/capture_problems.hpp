#pragma once

#include <streamkit/client/publisher.hpp>
#include <streamkit/core/error.hpp>
#include <vector>

#include "capture/capture_control.hpp"

namespace streamkit::capture_tool {

/// Returns what is wrong with the upload now, most urgent first.
[[nodiscard]] std::vector<CaptureProblem> upload_problems(const client::PublisherStatus& status);
/// Returns the error that ended a capture as a problem, with what to do.
[[nodiscard]] CaptureProblem failure_problem(const Error& error, bool resumable);
/// Returns the error that kept a capture from starting as a problem.
[[nodiscard]] CaptureProblem start_problem(const Error& error);

}  // namespace streamkit::capture_tool
