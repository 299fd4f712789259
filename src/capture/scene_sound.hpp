#pragma once

#include <cstdint>
#include <streamkit/core/frame.hpp>

namespace streamkit::capture {

/// Returns the audio of a generated source from sample `first` on: a soft chord that swells and
/// moves between the channels, and a blip that begins exactly at each full second. It is a pure
/// function of the sample's number, with an amplitude of at most 0.3. `pts` is left at 0.
[[nodiscard]] AudioFrame make_scene_sound(std::uint64_t first, int count,
                                          const AudioFormat& format);

}  // namespace streamkit::capture
