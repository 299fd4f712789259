#pragma once

#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::worker {

/// Returns the time that a chunk may last at most. A sender that cuts at keyframes only may need
/// twice the nominal length, if there are that few of them.
[[nodiscard]] MediaTime longest_chunk(MediaTime nominal);

/// Returns the error of a chunk that is longer.
[[nodiscard]] Error too_long(MediaTime nominal);

}  // namespace streamkit::worker
