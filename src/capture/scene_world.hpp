#pragma once

#include <cstdint>
#include <vector>

namespace streamkit::capture {

/// Where the camera is after `seconds`: it never turns, and moves evenly.
struct CameraPosition {
  double x_m;
  double z_m;
};
[[nodiscard]] CameraPosition camera_at(double seconds);

enum class ThingKind { Cypress, Pine, Olive, Column, Crate, Ball };

/// Something that stands (or bounces) on the ground.
struct Thing {
  ThingKind kind = ThingKind::Crate;
  /// Relative to the camera; of a crate, the middle of its front.
  double x_m = 0;
  double z_m = 1;
  /// Height of its foot above the ground.
  double foot_m = 0;
  double height_m = 1;
  /// Width over what is usual for its height.
  double stretch = 1;
  double turned_radians = 0;
  /// Tells things of a kind apart.
  std::uint64_t mark = 0;
};

/// What can be seen, or throws its shadow into view, after `seconds`; the farthest first.
///
/// Things stand in lanes along the camera's way, each with its own spacing and without an end. The
/// camera looks across its way at an angle, so that a thing comes in at the right, grows a little
/// and leaves at the left: none ever appears or vanishes in sight.
[[nodiscard]] std::vector<Thing> things_at(double seconds, std::uint64_t seed);

}  // namespace streamkit::capture
