#pragma once

#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <vector>

#include "common/command_line.hpp"

namespace streamkit::common {

/// Whose flags they are.
enum class StereoFlagUse {
  Worker,  ///< With defaults: what a session does not choose.
  Session  ///< Without defaults: a flag that is not given is left to the worker.
};

/// Returns one flag for each field of stereo_fields(): --divergence, --convergence, --depth, ... A
/// program that creates sessions adds them to its flags, reads them with read_stereo_flags(), and
/// passes the choice to client::SessionClient::create_session().
[[nodiscard]] std::vector<Flag> stereo_flags(StereoFlagUse use);

/// Reads the flags of stereo_flags() that the program has and that were given. Errors:
/// InvalidArgument, naming the flag.
Result<StereoChoice> read_stereo_flags(const Arguments& arguments);

}  // namespace streamkit::common
