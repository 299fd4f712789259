#pragma once

#include <cstdint>
#include <vector>

namespace streamkit::capture {

/// The position of the camera after `seconds`. The camera never turns and moves at a constant
/// speed.
struct CameraPosition {
  double x_m;
  double z_m;
};
[[nodiscard]] CameraPosition camera_at(double seconds);

enum class ThingKind { Cypress, Pine, Olive, Column, Crate, Ball };

/// A thing that stands (or bounces) on the ground.
struct Thing {
  ThingKind kind = ThingKind::Crate;
  /// The position relative to the camera; for a crate, that of the middle of its front.
  double x_m = 0;
  double z_m = 1;
  /// The height of its foot above the ground.
  double foot_m = 0;
  double height_m = 1;
  /// The width relative to the usual width for its height.
  double stretch = 1;
  double turned_radians = 0;
  /// Distinguishes things of one kind.
  std::uint64_t mark = 0;
};

/// Returns the things that are visible, or whose shadows are, after `seconds`; the farthest first.
///
/// Things stand in lanes along the camera's way. Each lane has its own spacing and no end. The
/// camera looks across its way at an angle, so that a thing enters at the right, grows a little and
/// leaves at the left. No thing ever appears or disappears inside the frame.
[[nodiscard]] std::vector<Thing> things_at(double seconds, std::uint64_t seed);

}  // namespace streamkit::capture
