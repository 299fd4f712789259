#pragma once

#include <chrono>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::media {

/// Bounds what a file of unknown origin may cost. It is inspected before anything of it is decoded:
/// its packets are read once and kept. What exceeds the policy is an error of limit_exceeded().
struct STREAMKIT_API MediaLimits {
  ResourcePolicy policy = {};
  /// The nominal length of the chunk. 0: of any length, for a file of which only the format is
  /// read.
  MediaTime chunk_duration{0};
  /// Reading fails from then on.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

/// Returns the codecs that chunks may have where a policy lists none: those of cameras, phones,
/// browsers and capture programs.
STREAMKIT_API [[nodiscard]] const std::vector<std::string>& default_decoders();

/// Checks the names of a policy. Errors: InvalidArgument, naming the first that this FFmpeg cannot
/// decode.
STREAMKIT_API Result<void> check_decoders(const std::vector<std::string>& codecs);

}  // namespace streamkit::media
