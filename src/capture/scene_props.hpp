#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "capture/scene_palette.hpp"
#include "capture/scene_raster.hpp"
#include "capture/scene_tone_map.hpp"
#include "capture/scene_world.hpp"

namespace streamkit::capture {

/// The extent of an object to each side of its axis at every height, in units of its height.
class Outline {
 public:
  static constexpr int kSteps = 128;

  /// Returns the extent at `share` of the height, from 0 at the foot to 1. Left is negative.
  [[nodiscard]] Span at(double share) const;
  void set(int step, double left, double right);

 private:
  std::array<float, kSteps + 1> left_ = {};
  std::array<float, kSteps + 1> right_ = {};
};

/// One painted part of a prop, such as a trunk or a crown.
struct Part {
  Outline outline;
  ToneMap tones;
  Material material;
};

/// A flat object that faces the camera. Its parts are drawn in order.
struct Prop {
  /// The width that its tones cover, in units of its height.
  double tones_width = 1;
  std::vector<Part> parts;
};

[[nodiscard]] Prop make_cypress(std::uint64_t seed);
[[nodiscard]] Prop make_pine(std::uint64_t seed);
[[nodiscard]] Prop make_olive(std::uint64_t seed);
[[nodiscard]] Prop make_column(std::uint64_t seed);
[[nodiscard]] Prop make_ball();

/// What all frames of a scene share.
struct PropRoom {
  explicit PropRoom(std::uint64_t seed);
  /// Returns the prop of any kind of thing except crates.
  [[nodiscard]] const Prop& of(ThingKind kind) const;

  Prop cypress;
  Prop pine;
  Prop olive;
  Prop column;
  Prop ball;
  /// Multiplies the tones of the ball, and does not rotate with it.
  ToneMap ball_shading;
  ToneMap crate_face;
  std::array<Material, 3> crate_materials;
};

/// The colour of the haze.
inline constexpr Rgb kHaze = {240, 198, 162};

}  // namespace streamkit::capture
