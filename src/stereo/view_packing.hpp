#pragma once

#include <array>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/stereo_mode.hpp>

namespace streamkit::stereo {

/// One eye's picture, or the place for it in a packed one.
using ViewPlanes = std::array<WritablePlane, 3>;

[[nodiscard]] ViewPlanes planes_of(const WritableFrame& frame);

/// Whether each view lies on whole chroma samples of the packed picture, unscaled, so that it can
/// be drawn in place. The places are then `view_place(..., 0)` for the left eye and 1 for the
/// right.
[[nodiscard]] bool draws_in_place(StereoMode mode, const VideoFormat& source);
[[nodiscard]] ViewPlanes view_place(StereoMode mode, const VideoFormat& source,
                                    const WritableFrame& packed, int index);

/// Puts both views into the packed picture: half modes by the mean of two pixels; a chroma sample
/// that lies over the seam belongs to the left or upper view. Not for anaglyphs.
void pack_views(StereoMode mode, const ViewPlanes& left, const ViewPlanes& right,
                const WritableFrame& packed);

}  // namespace streamkit::stereo
