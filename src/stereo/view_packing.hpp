#pragma once

#include <array>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/stereo_mode.hpp>

namespace streamkit::stereo {

/// The planes of one eye's view, or of its place in a packed frame.
using ViewPlanes = std::array<WritablePlane, 3>;

[[nodiscard]] ViewPlanes planes_of(const WritableFrame& frame);

/// Returns whether the mode has a separate part of the frame for each view, and whether the right
/// one comes first, as for crossed eyes.
[[nodiscard]] bool is_packed(StereoMode mode);
[[nodiscard]] bool shows_right_first(StereoMode mode);

/// Returns whether each view begins at a whole chroma sample of the packed frame and is not scaled,
/// so that it can be drawn in place. The places are then `view_place(..., 0)` for the first view
/// and 1 for the second.
[[nodiscard]] bool draws_in_place(StereoMode mode, const VideoFormat& source);
[[nodiscard]] ViewPlanes view_place(StereoMode mode, const VideoFormat& source,
                                    const WritableFrame& packed, int index);

/// Packs both views into the frame. Half modes use the mean of two pixels; a chroma sample across
/// the seam belongs to the first view.
/// Precondition: is_packed(mode).
void pack_views(StereoMode mode, const ViewPlanes& first, const ViewPlanes& second,
                const WritableFrame& packed);

/// Writes even rows from the left view and odd rows from the right one. Chroma, which covers both,
/// is their mean.
void interlace_rows(const ViewPlanes& left, const ViewPlanes& right, const WritableFrame& out);

}  // namespace streamkit::stereo
