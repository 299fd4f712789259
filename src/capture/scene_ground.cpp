#include "capture/scene_ground.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "capture/scene_noise.hpp"

namespace streamkit::capture {
namespace {

// The pattern repeats every 8 m to the side. Every 8 m further away it is shifted, which hides the
// repetition.
constexpr int kTonesLog2 = 10;
constexpr double kTileM = 8;
constexpr double kTexelsPerM = (1 << kTonesLog2) / kTileM;
constexpr double kShiftM = 3;

constexpr Material kStone = {{82, 72, 100}, {184, 146, 116}, {255, 218, 168}};

// Light comes from the left and from behind: a point at height `h` casts its shadow `h` times these
// factors to the right, and towards the camera.
constexpr double kShadowRight = 1.75;
constexpr double kShadowNear = 0.62;
constexpr double kShadowStrength = 0.56;

// Paints slabs of 1 m by 1 m in a running bond, each of a slightly different tone.
ToneMap paint_stone(std::uint64_t seed) {
  constexpr int kSide = 1 << kTonesLog2;
  constexpr int kSlab = kSide / static_cast<int>(kTileM);
  std::vector<float> tones = tileable_noise(kTonesLog2, kTonesLog2, 4, 7, 0.95, seed);
  std::array<float, 64> slabs = {};
  Dice dice(seed + 1);
  for (float& slab : slabs) slab = static_cast<float>(dice.between(-24, 24));
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const int row = y / kSlab;
      const int bonded = (x + (row % 2) * kSlab / 2) % kSide;
      const int in_x = bonded % kSlab;
      const int in_y = y % kSlab;
      const int edge = std::min({in_x, in_y, kSlab - 1 - in_x, kSlab - 1 - in_y});
      float& tone = tones[static_cast<std::size_t>(y * kSide + x)];
      const float seam = edge < 2 ? 70.0F : edge < 4 ? 24.0F : 0.0F;
      // The left edge of each slab reflects the sun.
      const float gleam = in_x >= 4 && in_x < 6 ? 16.0F : 0.0F;
      tone = 172 + slabs[static_cast<std::size_t>(row * 8 + bonded / kSlab)] + 125 * tone - seam +
             gleam;
    }
  }
  return {kTonesLog2, kTonesLog2, tones};
}

// A shadow on the ground. At each distance from the camera, it covers one range from left to right.
struct Shadow {
  const Thing* thing;
  const Prop* prop;  // null for a crate
  double near_m;
  double far_m;
};

std::vector<Shadow> shadows_of(const std::vector<Thing>& things, const PropRoom& props) {
  std::vector<Shadow> shadows;
  shadows.reserve(things.size());
  for (const Thing& thing : things) {
    const bool crate = thing.kind == ThingKind::Crate;
    const double top_m = thing.foot_m + thing.height_m;
    shadows.push_back({&thing, crate ? nullptr : &props.of(thing.kind),
                       thing.z_m - kShadowNear * top_m,
                       thing.z_m - kShadowNear * thing.foot_m + (crate ? thing.height_m : 0)});
  }
  return shadows;
}

struct Stretch {
  double left_m = 0;
  double right_m = 0;
  /// The height of the part that casts the shadow: a higher part casts a softer shadow.
  double height_m = 0;
};

// The shadow of a crate is swept from its front to its back. A crate is as deep as it is high.
Stretch crate_shadow(const Thing& crate, double z_m) {
  const double low_m = std::max((crate.z_m - z_m) / kShadowNear, 0.0);
  const double high_m = std::min((crate.z_m + crate.height_m - z_m) / kShadowNear, crate.height_m);
  const double half_m = crate.height_m * crate.stretch / 2;
  return {crate.x_m - half_m + kShadowRight * low_m, crate.x_m + half_m + kShadowRight * high_m,
          low_m};
}

Stretch prop_shadow(const Thing& thing, const Prop& prop, double z_m) {
  const double height_m = (thing.z_m - z_m) / kShadowNear;
  const double share = (height_m - thing.foot_m) / thing.height_m;
  Span reach;
  for (const Part& part : prop.parts) {
    const Span span = part.outline.at(share);
    reach = {std::min(reach.left, span.left), std::max(reach.right, span.right)};
  }
  const double middle_m = thing.x_m + kShadowRight * height_m;
  const double width_m = thing.height_m * thing.stretch;
  return {middle_m + reach.left * width_m, middle_m + reach.right * width_m, height_m};
}

// Darkens `light` (255 is full) from `left` to `right`, with edges that fade over `soft` pixels to
// both sides.
void darken(std::vector<std::uint8_t>& light, double left, double right, double soft) {
  const int begin = std::max(static_cast<int>(left - soft), 0);
  const int end = std::min(static_cast<int>(right + soft) + 1, static_cast<int>(light.size()));
  const auto slope = static_cast<float>(1 / (2 * soft));
  float from_left = (static_cast<float>(begin) + 0.5F - static_cast<float>(left - soft)) * slope;
  float from_right = (static_cast<float>(right + soft) - static_cast<float>(begin) - 0.5F) * slope;
  for (int x = begin; x < end; ++x, from_left += slope, from_right -= slope) {
    const float cover = std::clamp(std::min(from_left, from_right), 0.0F, 1.0F);
    const auto lit =
        static_cast<std::uint8_t>(255.0F - cover * static_cast<float>(255 * kShadowStrength));
    std::uint8_t& here = light[static_cast<std::size_t>(x)];
    here = std::min(here, lit);
  }
}

// Computes the light of one row. Returns false if no shadow is on this row.
bool cast(const std::vector<Shadow>& shadows, const View& view, double z_m,
          std::vector<std::uint8_t>& light) {
  bool any = false;
  for (const Shadow& shadow : shadows) {
    if (z_m <= shadow.near_m || z_m >= shadow.far_m) continue;
    const Stretch stretch = shadow.prop == nullptr ? crate_shadow(*shadow.thing, z_m)
                                                   : prop_shadow(*shadow.thing, *shadow.prop, z_m);
    if (stretch.right_m - stretch.left_m < 0.005) continue;
    const double left = view.x_of(stretch.left_m, z_m);
    const double right = view.x_of(stretch.right_m, z_m);
    if (right < -50 || left > view.width_px + 50) continue;
    if (!any) std::fill(light.begin(), light.end(), std::uint8_t{255});
    any = true;
    const double soft = 0.6 + (0.008 + 0.022 * stretch.height_m) * view.focal_px / z_m;
    darken(light, left, right, soft);
  }
  return any;
}

}  // namespace

Ground::Ground(const View& view, int first_row, std::uint64_t seed)
    : view_(view), first_row_(first_row), tones_(paint_stone(seed)) {
  for (int y = first_row; y < view.height_px; ++y) {
    // The topmost row may be above the horizon by a fraction of a pixel.
    const double inverse = std::max(view.ground_inverse_z(y + 0.5), 1e-4);
    const double z_m = 1 / inverse;
    const double across = z_m / view.focal_px * kTexelsPerM;
    const double away = z_m * z_m / (kEyeHeightM * view.focal_px) * kTexelsPerM;
    // Towards the sides, a row of pixels also covers ground at different distances.
    rows_.push_back({z_m, halvings(std::hypot(across, 0.3 * away)), halvings(away),
                     make_palette(kStone, 1, kHaze, haze_share(z_m))});
  }
}

void Ground::paint(const CameraPosition& camera, const std::vector<Thing>& things,
                   const PropRoom& props, const WritableFrame& frame) const {
  const std::vector<Shadow> shadows = shadows_of(things, props);
  const auto width = static_cast<std::size_t>(view_.width_px);
  std::vector<std::uint8_t> tones(width);
  std::vector<std::uint8_t> light(width);
  std::vector<std::uint8_t> line;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    const ToneMap::Level level = tones_.level(row.halvings_across, row.halvings_away);
    const double away_m = camera.z_m + row.z_m;
    const double tile = std::floor(away_m / kTileM);
    const double side_m =
        std::fmod(camera.x_m + tile * kShiftM, kTileM) - view_.center_px * row.z_m / view_.focal_px;
    const double scale_u = (1 << level.width_log2) / kTileM;
    const double scale_v = (1 << level.height_log2) / kTileM;
    const double step = row.z_m / view_.focal_px * scale_u;
    mix_rows(level, (away_m - tile * kTileM) * scale_v, line);
    sample_line(line, side_m * scale_u + step / 2, step, view_.width_px, tones.data());
    if (cast(shadows, view_, row.z_m, light)) {
      for (std::size_t x = 0; x < width; ++x) {
        tones[x] = static_cast<std::uint8_t>(tones[x] * light[x] >> 8);
      }
    }
    const int y = first_row_ + static_cast<int>(i);
    std::uint8_t* luma = frame.plane(0).row(y);
    for (std::size_t x = 0; x < width; ++x) luma[x] = row.palette.y[tones[x]];
    if (y % 2 == 0) continue;
    std::uint8_t* row_u = frame.plane(1).row(y / 2);
    std::uint8_t* row_v = frame.plane(2).row(y / 2);
    for (std::size_t x = 0; x < width / 2; ++x) {
      const auto tone = static_cast<std::uint8_t>((tones[2 * x] + tones[2 * x + 1]) / 2);
      row_u[x] = row.palette.u[tone];
      row_v[x] = row.palette.v[tone];
    }
  }
}

void Ground::paint_depth(DepthMap& depth) const {
  const auto width = static_cast<std::size_t>(depth.width_px);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const std::size_t y = static_cast<std::size_t>(first_row_) + i;
    const auto begin = depth.values.begin() + static_cast<std::ptrdiff_t>(y * width);
    std::fill(begin, begin + static_cast<std::ptrdiff_t>(width),
              static_cast<float>(std::min(kNearestM / rows_[i].z_m, 1.0)));
  }
}

}  // namespace streamkit::capture
