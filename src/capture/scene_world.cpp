#include "capture/scene_world.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "capture/scene_noise.hpp"

namespace streamkit::capture {
namespace {

constexpr double kSpeedMPerS = 0.75;
// The direction of the camera's way: 4 to the right for each 1 forward.
const double kWayX = 4 / std::sqrt(17.0);
const double kWayZ = 1 / std::sqrt(17.0);

struct Lane {
  double distance_m;
  double spacing_m;
  /// The share of the places that have a thing.
  double filled;
  std::array<ThingKind, 4> kinds;
};

using enum ThingKind;
constexpr std::array kLanes = {
    Lane{5.5, 7.0, 0.85, {Column, Crate, Crate, Column}},
    Lane{8.2, 5.2, 0.65, {Crate, Column, Olive, Crate}},
    Lane{11.5, 6.4, 0.70, {Column, Olive, Cypress, Column}},
    Lane{16, 7.5, 0.60, {Pine, Olive, Crate, Cypress}},
    Lane{22, 6.0, 0.70, {Cypress, Cypress, Olive, Crate}},
    Lane{31, 9.0, 0.75, {Pine, Cypress, Olive, Pine}},
    Lane{43, 7.0, 0.80, {Cypress, Olive, Pine, Cypress}},
    Lane{62, 7.0, 0.85, {Olive, Cypress, Pine, Olive}},
    Lane{90, 9.0, 0.85, {Pine, Olive, Cypress, Olive}},
};

struct HeightRange {
  double low_m;
  double high_m;
};

HeightRange heights_of(ThingKind kind) {
  switch (kind) {
    case Cypress:
      return {5.2, 8.0};
    case Pine:
      return {5.5, 7.5};
    case Olive:
      return {2.6, 3.8};
    case Column:
      return {3.3, 4.3};
    case Crate:
    case Ball:
      break;
  }
  return {0.75, 1.35};
}

void add_lane(const Lane& lane, std::uint64_t lane_seed, double way_m, std::vector<Thing>& things) {
  // The edges of the view cut the lane at -0.5 and 1.4 times its distance. Shadows extend into the
  // view from the left by more than the height of the tallest thing.
  constexpr double kMarginM = 18;
  const double first_m = way_m - 0.5 * lane.distance_m - kMarginM;
  const double last_m = way_m + 1.4 * lane.distance_m + kMarginM / 2;
  const auto first = static_cast<std::int64_t>(std::floor(first_m / lane.spacing_m));
  const auto last = static_cast<std::int64_t>(std::ceil(last_m / lane.spacing_m));
  for (std::int64_t place = first; place <= last; ++place) {
    Dice dice(lane_seed ^ mix_bits(static_cast<std::uint64_t>(place)));
    if (dice.roll() >= lane.filled) continue;
    Thing thing;
    thing.kind = lane.kinds[static_cast<std::size_t>(dice.roll() * 4)];
    const double along =
        (static_cast<double>(place) + dice.between(-0.28, 0.28)) * lane.spacing_m - way_m;
    const double across = lane.distance_m * dice.between(0.95, 1.05);
    thing.x_m = along * kWayX - across * kWayZ;
    thing.z_m = along * kWayZ + across * kWayX;
    const HeightRange heights = heights_of(thing.kind);
    thing.height_m = dice.between(heights.low_m, heights.high_m);
    thing.stretch = dice.between(0.88, 1.15);
    thing.mark = mix_bits(lane_seed + static_cast<std::uint64_t>(place));
    // Nearer things are so far to the side that neither they nor their shadows are visible.
    if (thing.z_m > 2) things.push_back(thing);
  }
}

Thing ball_at(double seconds) {
  constexpr double kRoundS = 9;
  constexpr double kHopS = 0.95;
  constexpr double kDistanceM = 3.9;
  constexpr double kDiameterM = 0.62;
  constexpr double kRunM = 14;
  const double round = std::fmod(seconds + 0.15 * kRoundS, kRoundS) / kRoundS;
  const double hop = 2 * std::fmod(seconds, kHopS) / kHopS - 1;
  Thing ball;
  ball.kind = Ball;
  ball.x_m = (round - 0.5) * kRunM;
  ball.z_m = kDistanceM;
  ball.foot_m = 0.8 * (1 - hop * hop);
  ball.height_m = kDiameterM;
  // The ball rolls on ground that moves relative to the camera.
  ball.turned_radians = (round * kRunM + kSpeedMPerS * kRoundS * round) / (kDiameterM / 2);
  return ball;
}

}  // namespace

CameraPosition camera_at(double seconds) {
  return {seconds * kSpeedMPerS * kWayX, seconds * kSpeedMPerS * kWayZ};
}

std::vector<Thing> things_at(double seconds, std::uint64_t seed) {
  std::vector<Thing> things;
  things.reserve(192);
  std::uint64_t lane_seed = mix_bits(seed);
  for (const Lane& lane : kLanes) {
    lane_seed = mix_bits(lane_seed);
    add_lane(lane, lane_seed, seconds * kSpeedMPerS, things);
  }
  things.push_back(ball_at(seconds));
  std::stable_sort(things.begin(), things.end(),
                   [](const Thing& a, const Thing& b) { return a.z_m > b.z_m; });
  return things;
}

}  // namespace streamkit::capture
