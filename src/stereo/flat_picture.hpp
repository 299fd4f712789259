#pragma once

#include <streamkit/core/frame.hpp>

namespace streamkit::stereo {

/// 0 to 1: how sure it is by one picture's luma alone that it shows nothing deep: a card with
/// text, which has two levels and little between them, or an even wall, whose parts are all alike
/// in brightness and detail.
[[nodiscard]] float looks_flat(const VideoPlane& luma);

}  // namespace streamkit::stereo
