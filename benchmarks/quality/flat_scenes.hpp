#pragma once

#include <functional>
#include <streamkit/core/frame.hpp>
#include <string>
#include <vector>

// Things without depth, drawn: what is claimed of them is invented.
namespace streamkit::quality {

/// Luma, row-major, larger than what is seen of it.
struct Canvas {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> luma = {};

  /// Between pixels; beyond the borders the nearest pixel.
  [[nodiscard]] double at(double x, double y) const;
};

/// Shapes with shading, texture of all sizes and grain: what a photograph of a scene has.
[[nodiscard]] Canvas painted_poster(int width, int height);
/// Bricks in rows, each of its own shade, with joints and grain.
[[nodiscard]] Canvas brick_wall(int width, int height);
/// Lines of letters on black: `letter_px` high, `share` of the lines filled.
[[nodiscard]] Canvas page_of_text(int width, int height, int letter_px, double share);

/// A picture of 640x360 whose pixel x, y shows the canvas at `place(x, y)`.
struct Place {
  double x = 0;
  double y = 0;
};
[[nodiscard]] VideoFrame seen(const Canvas& canvas, const std::function<Place(int, int)>& place);

/// A thing without depth and how the camera goes over it: a picture for each number from 0 on.
struct FlatScene {
  std::string name;
  std::function<VideoFrame(int)> picture;
};

[[nodiscard]] std::vector<FlatScene> flat_scenes();
/// A picture on paper, panned over, moved away from, and held in an unsteady hand.
[[nodiscard]] std::vector<FlatScene> poster_scenes(const std::string& name, const Canvas& canvas);

/// The same number for the same place, from 0 to below `below`.
[[nodiscard]] int grain(int x, int y, int below);

}  // namespace streamkit::quality
