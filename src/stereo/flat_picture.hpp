#pragma once

#include <streamkit/core/frame.hpp>

namespace streamkit::stereo {

/// Returns from 0 to 1 how certain it is, from the luma of one frame, that the frame has no depth:
/// a card with text, which has two levels and little between them, or an even wall, whose parts all
/// have the same brightness and detail.
[[nodiscard]] float looks_flat(const VideoPlane& luma);

}  // namespace streamkit::stereo
