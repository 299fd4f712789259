#include "quality/moving_layers.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>

namespace streamkit::quality {
namespace {

// Samples to the pixel, so that edges are as soft as a camera's.
constexpr int kSamples = 4;

// Waves of many lengths, none of less than five pixels, and broad stripes with soft edges.
double texture(double x, double y, double phase) {
  double value = 0;
  double length = 61;
  for (int i = 0; i < 5; ++i) {
    const double angle = phase + 2.4 * i;
    value += std::sin((x * std::cos(angle) + y * std::sin(angle)) * 6.2832 / length + 1.7 * i);
    length *= 0.55;
  }
  const double stripes = std::tanh(4 * std::sin((x + 0.3 * y) * 6.2832 / 47 + phase));
  return value * 9 + stripes * 16;
}

double wall(double x, double y) { return 100 + texture(x, y, 0.4); }
double thing(double x, double y) { return 170 + texture(x, y, 1.9); }

// In the things' own coordinates, whose middle is 0.
bool in_things(double x, double y, double height) {
  const double radius = height / 4;
  if (x * x + y * y < radius * radius) return true;
  return std::abs(x - 0.4 * y - 1.5 * radius) < 4;
}

// Where the layers' own coordinates begin in the source.
struct Places {
  Places(const LayeredScene& scene, int index, int width_px, int height_px)
      : wall_x(-scene.camera_moves * index),
        thing_x(width_px * 0.3 + (scene.things_move - 1.5 * scene.camera_moves) * index),
        thing_y(height_px * 0.5),
        height(height_px) {}

  [[nodiscard]] bool thing_at(double x, double y) const {
    return in_things(x - thing_x, y - thing_y, height);
  }
  [[nodiscard]] double sample(double wall_at, double thing_at_x, double y) const {
    if (thing_at(thing_at_x, y)) return thing(thing_at_x - thing_x, y - thing_y);
    return wall(wall_at - wall_x, y);
  }

  double wall_x;
  double thing_x;
  double thing_y;
  double height;
};

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

// The mean over the pixel at (x, y) of a view, where an edge runs through it.
double pixel(const Places& places, int x, int y, double wall_px, double thing_px) {
  const bool begins = places.thing_at(x - 0.5 - thing_px, y);
  if (places.thing_at(x + 0.5 - thing_px, y) == begins) {
    return places.sample(x - wall_px, x - thing_px, y);
  }
  double sum = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double at = x + (i + 0.5) / kSamples - 0.5;
    sum += places.sample(at - wall_px, at - thing_px, y);
  }
  return sum / kSamples;
}

// Whether a thing covers any of the pixel around `x`.
bool touches(const Places& places, double x, int y) {
  for (const double step : {-0.5, 0.0, 0.5}) {
    if (places.thing_at(x + step, y)) return true;
  }
  return false;
}

}  // namespace

GreyPicture draw_source(const LayeredScene& scene, int index, int width_px, int height_px,
                        DepthMap& depth) {
  const Places places(scene, index, width_px, height_px);
  std::mt19937 random(static_cast<std::uint32_t>(index) + 1);
  std::normal_distribution<double> noise(0, 1);
  GreyPicture picture{width_px, height_px, {}};
  depth = {width_px, height_px, {}};
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      picture.values.push_back(to_byte(pixel(places, x, y, 0, 0) + scene.noise * noise(random)));
      depth.values.push_back(places.thing_at(x, y) ? kThingDepth : kWallDepth);
    }
  }
  return picture;
}

GreyPicture draw_view(const LayeredScene& scene, int index, int width_px, int height_px,
                      double wall_px, double thing_px, std::vector<Seen>& seen) {
  const Places places(scene, index, width_px, height_px);
  GreyPicture picture{width_px, height_px, {}};
  seen.clear();
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      picture.values.push_back(to_byte(pixel(places, x, y, wall_px, thing_px)));
      const double behind = x - wall_px;
      const bool shows_wall = !touches(places, x - thing_px, y);
      const bool beyond = behind < 0 || behind > width_px - 1;
      seen.push_back(!shows_wall                  ? Seen::Both
                     : beyond                     ? Seen::Beyond
                     : places.thing_at(behind, y) ? Seen::Hidden
                                                  : Seen::Both);
    }
  }
  return picture;
}

}  // namespace streamkit::quality
