#pragma once

#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "common/command_line.hpp"

namespace streamkit::worker_tool {

/// The flags for what a chunk may cost.
[[nodiscard]] std::vector<common::Flag> policy_flags();
/// Errors: InvalidArgument, naming the flag.
Result<ResourcePolicy> resource_policy(const common::Arguments& arguments);

}  // namespace streamkit::worker_tool
