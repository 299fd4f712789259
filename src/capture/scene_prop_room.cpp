#include <algorithm>
#include <cmath>

#include "capture/scene_noise.hpp"
#include "capture/scene_props.hpp"

namespace streamkit::capture {
namespace {

constexpr int kSideLog2 = 8;
constexpr int kSide = 1 << kSideLog2;

template <typename ToneAt>
ToneMap paint(ToneAt tone) {
  std::vector<float> tones(std::size_t{kSide} * kSide);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      tones[static_cast<std::size_t>(y * kSide + x)] = static_cast<float>(tone(x, y));
    }
  }
  return {kSideLog2, kSideLog2, tones};
}

// Paints the shading of a ball, with a highlight towards the sun.
ToneMap paint_ball_shading() {
  return paint([](int x, int y) {
    const double side = (x + 0.5) / kSide * 2 - 1;
    const double down = (y + 0.5) / kSide * 2 - 1;
    const double front = std::sqrt(std::max(1 - side * side - down * down, 0.0));
    const double facing = -0.66 * side - 0.48 * down + 0.58 * front;
    return 255 * std::clamp(0.40 + 0.62 * facing, 0.12, 1.0);
  });
}

// Paints six boards in a frame.
ToneMap paint_crate_face(std::uint64_t seed) {
  const std::vector<float> grain = tileable_noise(kSideLog2, kSideLog2, 4, 5, 0.8, seed);
  Dice dice(seed + 1);
  std::array<double, 6> boards = {};
  for (double& board : boards) board = dice.between(-24, 24);
  return paint([&](int x, int y) {
    constexpr int kFrame = 26;
    const int edge = std::min({x, y, kSide - 1 - x, kSide - 1 - y});
    const bool upright = std::min(x, kSide - 1 - x) < std::min(y, kSide - 1 - y);
    // The grain is stretched along the boards.
    const int along = edge < kFrame && !upright ? x / 8 : y / 8;
    const int across = edge < kFrame && !upright ? y : x;
    const double wood = 40 * grain[static_cast<std::size_t>(along * kSide + across)];
    if (edge < kFrame) return 176 + wood - (edge < 3 ? 70 : 0);
    if (edge < kFrame + 7) return 74 + wood;
    const int place = (x - kFrame) * 6 / (kSide - 2 * kFrame);
    const int in_board = (x - kFrame) * 6 % (kSide - 2 * kFrame);
    if (in_board < 16) return 48 + wood;
    return 142 + boards[static_cast<std::size_t>(std::clamp(place, 0, 5))] + wood;
  });
}

}  // namespace

PropRoom::PropRoom(std::uint64_t seed)
    : cypress(make_cypress(seed + 10)),
      pine(make_pine(seed + 20)),
      olive(make_olive(seed + 30)),
      column(make_column(seed + 40)),
      ball(make_ball()),
      ball_shading(paint_ball_shading()),
      crate_face(paint_crate_face(seed + 50)),
      crate_materials({Material{{20, 44, 62}, {56, 112, 122}, {190, 216, 184}},
                       Material{{66, 28, 40}, {176, 86, 58}, {255, 182, 116}},
                       Material{{70, 48, 44}, {164, 122, 82}, {255, 222, 158}}}) {}

const Prop& PropRoom::of(ThingKind kind) const {
  switch (kind) {
    case ThingKind::Cypress:
      return cypress;
    case ThingKind::Pine:
      return pine;
    case ThingKind::Olive:
      return olive;
    case ThingKind::Ball:
      return ball;
    case ThingKind::Column:
    case ThingKind::Crate:
      break;
  }
  return column;
}

}  // namespace streamkit::capture
