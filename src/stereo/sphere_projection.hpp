#pragma once

#include "stereo/view_packing.hpp"

namespace streamkit::stereo {

/// Draws a flat frame onto the front half of a sphere, equirectangular: columns of the target are
/// degrees of azimuth from -90 to 90, rows degrees of elevation. The frame covers 90 degrees in
/// width; around it is black.
/// Precondition: `place` is square, of even sides.
void project_onto_sphere(const ViewPlanes& view, const VideoFormat& format,
                         const ViewPlanes& place);

}  // namespace streamkit::stereo
