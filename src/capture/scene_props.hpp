#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "capture/scene_palette.hpp"
#include "capture/scene_raster.hpp"
#include "capture/scene_tone_map.hpp"
#include "capture/scene_world.hpp"

namespace streamkit::capture {

/// How far something reaches to each side of its axis at every height, in units of its height.
class Outline {
 public:
  static constexpr int kSteps = 128;

  /// `share` of the height, 0 at the foot to 1. Left is negative.
  [[nodiscard]] Span at(double share) const;
  void set(int step, double left, double right);

 private:
  std::array<float, kSteps + 1> left_ = {};
  std::array<float, kSteps + 1> right_ = {};
};

/// One painted piece: a trunk, a crown.
struct Part {
  Outline outline;
  ToneMap tones;
  Material material;
};

/// A flat thing that faces the camera, drawn in the order of its parts.
struct Prop {
  /// Width that its tones cover, in units of its height.
  double tones_width = 1;
  std::vector<Part> parts;
};

[[nodiscard]] Prop make_cypress(std::uint64_t seed);
[[nodiscard]] Prop make_pine(std::uint64_t seed);
[[nodiscard]] Prop make_olive(std::uint64_t seed);
[[nodiscard]] Prop make_column(std::uint64_t seed);
[[nodiscard]] Prop make_ball();

/// What all pictures of a scene share.
struct PropRoom {
  explicit PropRoom(std::uint64_t seed);
  /// Of everything but crates.
  [[nodiscard]] const Prop& of(ThingKind kind) const;

  Prop cypress;
  Prop pine;
  Prop olive;
  Prop column;
  Prop ball;
  /// Multiplies the ball's tones; does not turn with it.
  ToneMap ball_shading;
  ToneMap crate_face;
  std::array<Material, 3> crate_materials;
};

/// The hue of the distance.
inline constexpr Rgb kHaze = {240, 198, 162};

}  // namespace streamkit::capture
