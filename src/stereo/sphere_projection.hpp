#pragma once

#include "stereo/view_packing.hpp"

namespace streamkit::stereo {

/// Draws a flat picture onto the front half of a sphere, equirectangular: the place's columns are
/// degrees of azimuth from -90 to 90, its rows of elevation. The picture is seen 90 degrees wide;
/// around it is black. Precondition: `place` is square, of even sides.
void project_onto_sphere(const ViewPlanes& view, const VideoFormat& format,
                         const ViewPlanes& place);

}  // namespace streamkit::stereo
