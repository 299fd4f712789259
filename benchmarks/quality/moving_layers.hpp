#pragma once

#include <cstdint>
#include <streamkit/core/depth_estimator.hpp>
#include <string_view>
#include <vector>

namespace streamkit::quality {

/// Grey pictures of one size, row-major.
struct GreyPicture {
  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> values = {};
};

/// A textured wall and, before it, textured things: a disc and a slanted rod. Their textures are
/// smooth functions of the place, so that a view from anywhere is known exactly.
struct LayeredScene {
  std::string_view name;
  /// Of the things across the wall, in pixels to the picture.
  double things_move = 0;
  /// Of the wall across the picture; the things move half as much again.
  double camera_moves = 0;
  /// The standard deviation of what is added to the source, in steps of 8 bits.
  double noise = 0;
};

/// What is behind the pixel of a view.
enum class Seen : std::uint8_t {
  Both,    ///< The source shows it.
  Hidden,  ///< The wall, which something hides in the source.
  Beyond   ///< The wall, beside the source's left or right edge.
};

/// The depth of wall and things, of DepthMap's kind.
inline constexpr float kWallDepth = 0.2F;
inline constexpr float kThingDepth = 0.8F;

/// The scene at picture `index` as the source, with noise, and the depth of each of its pixels.
[[nodiscard]] GreyPicture draw_source(const LayeredScene& scene, int index, int width_px,
                                      int height_px, DepthMap& depth);

/// The scene as an eye truly sees it for whom the wall moves by `wall_px` and the things by
/// `thing_px` to the right, and what is behind each of its pixels.
[[nodiscard]] GreyPicture draw_view(const LayeredScene& scene, int index, int width_px,
                                    int height_px, double wall_px, double thing_px,
                                    std::vector<Seen>& seen);

}  // namespace streamkit::quality
