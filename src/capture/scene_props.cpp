#include "capture/scene_props.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "capture/scene_noise.hpp"

namespace streamkit::capture {
namespace {

constexpr int kWidthLog2 = 8;
constexpr int kHeightLog2 = 9;
constexpr int kWidth = 1 << kWidthLog2;
constexpr int kHeight = 1 << kHeightLog2;

constexpr Material kBark = {{46, 34, 42}, {116, 80, 62}, {226, 166, 112}};

// Tones that are being painted, addressed by the prop's own coordinates: `side` from the axis and
// `share` of the height.
class Canvas {
 public:
  explicit Canvas(double tones_width) : tones_width_(tones_width) {}

  [[nodiscard]] double side_of(int x) const { return ((x + 0.5) / kWidth - 0.5) * tones_width_; }
  [[nodiscard]] static double share_of(int y) { return 1 - (y + 0.5) / kHeight; }

  // Sets every texel to `tone(side, share, x, y)`.
  template <typename ToneAt>
  void paint(ToneAt tone) {
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) at(x, y) = tone(side_of(x), share_of(y), x, y);
    }
  }

  // Paints a tuft of leaves: a small dome, lit from the upper left.
  void dab(double side, double share, double radius, double tone, double relief) {
    const double middle_x = (side / tones_width_ + 0.5) * kWidth;
    const double middle_y = (1 - share) * kHeight;
    const double radius_x = radius / tones_width_ * kWidth;
    const double radius_y = radius * kHeight;
    const int top = std::max(static_cast<int>(middle_y - radius_y), 0);
    const int bottom = std::min(static_cast<int>(middle_y + radius_y), kHeight - 1);
    const int left = std::max(static_cast<int>(middle_x - radius_x), 0);
    const int right = std::min(static_cast<int>(middle_x + radius_x), kWidth - 1);
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        const double nx = (x + 0.5 - middle_x) / radius_x;
        const double ny = (y + 0.5 - middle_y) / radius_y;
        if (nx * nx + ny * ny > 1) continue;
        at(x, y) = static_cast<float>(tone - relief * (0.7 * nx + 0.7 * ny));
      }
    }
  }

  [[nodiscard]] ToneMap finish() const { return {kWidthLog2, kHeightLog2, tones_}; }

 private:
  [[nodiscard]] float& at(int x, int y) { return tones_[static_cast<std::size_t>(y * kWidth + x)]; }

  double tones_width_;
  std::vector<float> tones_ = std::vector<float>(std::size_t{kWidth} * kHeight);
};

// Returns the position between the outline's edges, from -1 at the left edge to 1 at the right one.
double sideways(const Outline& outline, double side, double share) {
  const Span span = outline.at(share);
  const double reach = side < 0 ? -span.left : span.right;
  return reach <= 0 ? 0 : std::clamp(side / reach, -1.0, 1.0);
}

// Creates an outline that extends by `reach(share)` to both sides, roughened by up to the factor
// `rough`.
template <typename Reach>
Outline make_outline(double rough, std::uint64_t seed, Reach reach) {
  const std::vector<float> noise = tileable_noise(7, 1, 3, 4, 0.7, seed);
  Outline outline;
  for (int i = 0; i <= Outline::kSteps; ++i) {
    const double base = std::max(reach(static_cast<double>(i) / Outline::kSteps), 0.0);
    const auto n = static_cast<std::size_t>(i % Outline::kSteps);
    outline.set(i, base * (1 + rough * noise[n]), base * (1 + rough * noise[n + Outline::kSteps]));
  }
  return outline;
}

// Paints leaves in tufts: the dark and broad ones below, the small and bright ones on top.
ToneMap paint_leaves(const Outline& outline, double tones_width, double bottom, double tuft,
                     int tufts, std::uint64_t seed) {
  Canvas canvas(tones_width);
  canvas.paint([](double, double, int, int) { return 34.0F; });
  Dice dice(seed);
  for (int i = 0; i < tufts; ++i) {
    const double progress = static_cast<double>(i) / tufts;
    const double share = dice.between(bottom, 1);
    const Span reach = outline.at(share);
    const double across = dice.roll();
    const double side = reach.left + (reach.right - reach.left) * across;
    const double height = (share - bottom) / (1 - bottom);
    const double light = 0.62 - 0.62 * across + 0.30 * height;
    const double tone = 20 + 215 * light * (0.45 + 0.55 * progress) + dice.between(-22, 22);
    canvas.dab(side, share, tuft * (1.25 - 0.8 * progress), tone, 30);
  }
  return canvas.finish();
}

ToneMap paint_trunk(const Outline& outline, double tones_width, std::uint64_t seed) {
  const std::vector<float> bark = tileable_noise(kWidthLog2, 5, 5, 3, 0.7, seed);
  Canvas canvas(tones_width);
  canvas.paint([&](double side, double share, int x, int y) {
    const float grain = bark[static_cast<std::size_t>((y / 16) * kWidth + (x * 4) % kWidth)];
    return static_cast<float>(118 - 92 * sideways(outline, side, share) + 46 * grain);
  });
  return canvas.finish();
}

Part make_trunk(double top, double reach, double tones_width, std::uint64_t seed) {
  const Outline outline = make_outline(0.12, seed, [&](double share) {
    return share > top ? 0 : reach * (1 + 0.9 * std::pow(1 - share / top, 3));
  });
  return {outline, paint_trunk(outline, tones_width, seed + 1), kBark};
}

// Returns the half width at `t` of an ellipse whose axis is from -1 to 1.
double ellipse(double t) { return t * t >= 1 ? 0 : std::sqrt(1 - t * t); }

}  // namespace

Span Outline::at(double share) const {
  const double step = std::clamp(share, 0.0, 1.0) * kSteps;
  const auto i = std::min(static_cast<std::size_t>(step), std::size_t{kSteps - 1});
  const auto t = static_cast<float>(step - static_cast<double>(i));
  return {left_[i] + (left_[i + 1] - left_[i]) * t, right_[i] + (right_[i + 1] - right_[i]) * t};
}

void Outline::set(int step, double left, double right) {
  left_[static_cast<std::size_t>(step)] = static_cast<float>(-left);
  right_[static_cast<std::size_t>(step)] = static_cast<float>(right);
}

Prop make_cypress(std::uint64_t seed) {
  constexpr double kTonesWidth = 0.3;
  constexpr double kBottom = 0.06;
  const Outline crown = make_outline(0.30, seed, [](double share) {
    if (share < kBottom) return 0.0;
    const double t = (share - kBottom) / (1 - kBottom);
    return 0.105 * std::pow(std::sin(std::numbers::pi * std::pow(t, 0.62)), 0.75);
  });
  Prop prop{kTonesWidth, {}};
  prop.parts.push_back(make_trunk(0.12, 0.012, kTonesWidth, seed + 1));
  prop.parts.push_back({crown,
                        paint_leaves(crown, kTonesWidth, kBottom, 0.034, 1500, seed + 2),
                        {{24, 36, 44}, {66, 82, 52}, {196, 172, 84}}});
  return prop;
}

Prop make_pine(std::uint64_t seed) {
  constexpr double kTonesWidth = 1.05;
  const Outline crown = make_outline(0.10, seed, [](double share) {
    constexpr double kWidest = 0.74;
    const double t = share < kWidest ? (kWidest - share) / 0.15 : (share - kWidest) / 0.26;
    return 0.40 * ellipse(t);
  });
  Prop prop{kTonesWidth, {}};
  prop.parts.push_back(make_trunk(0.70, 0.020, kTonesWidth, seed + 1));
  prop.parts.push_back({crown,
                        paint_leaves(crown, kTonesWidth, 0.58, 0.044, 1300, seed + 2),
                        {{30, 46, 46}, {82, 98, 58}, {218, 192, 96}}});
  return prop;
}

Prop make_olive(std::uint64_t seed) {
  constexpr double kTonesWidth = 1.05;
  const Outline crown =
      make_outline(0.10, seed, [](double share) { return 0.40 * ellipse((share - 0.65) / 0.36); });
  Prop prop{kTonesWidth, {}};
  prop.parts.push_back(make_trunk(0.45, 0.034, kTonesWidth, seed + 1));
  prop.parts.push_back({crown,
                        paint_leaves(crown, kTonesWidth, 0.28, 0.048, 1300, seed + 2),
                        {{50, 60, 66}, {120, 130, 100}, {236, 222, 160}}});
  return prop;
}

Prop make_column(std::uint64_t seed) {
  constexpr double kTonesWidth = 0.3;
  const auto reach = [](double share) {
    if (share < 0.045) return 0.118;
    if (share < 0.085) return 0.098;
    if (share > 0.955) return 0.116;
    if (share > 0.920) return 0.094;
    return 0.080 - 0.014 * share;
  };
  const Outline outline = make_outline(0, seed, reach);
  const std::vector<float> stone = tileable_noise(kWidthLog2, kHeightLog2, 4, 5, 0.75, seed);
  Canvas canvas(kTonesWidth);
  canvas.paint([&](double side, double share, int x, int y) {
    const double around = sideways(outline, side, share);
    double tone = 150 - 112 * around + 30 * around * around;
    const bool shaft = share > 0.085 && share < 0.92;
    if (shaft) tone += 24 * std::cos(std::asin(around) * 18);
    // The joints between the drums, and the shade below the capital.
    const double drum = share * 5.2 - std::floor(share * 5.2);
    if (shaft && drum < 0.03) tone -= 46;
    if (share > 0.86 && share < 0.92) tone -= 36;
    return static_cast<float>(tone + 44 * stone[static_cast<std::size_t>(y * kWidth + x)]);
  });
  return {kTonesWidth,
          {{outline, canvas.finish(), {{82, 72, 104}, {178, 146, 130}, {255, 240, 208}}}}};
}

Prop make_ball() {
  const Outline outline =
      make_outline(0, 0, [](double share) { return ellipse(2 * share - 1) / 2; });
  Canvas canvas(1);
  canvas.paint([](double side, double share, int, int) {
    const double angle = std::atan2(share - 0.5, side);
    const double radius = 2 * std::hypot(share - 0.5, side);
    // Six segments that meet at a cap, with edges about as soft as a texel.
    const double gores = std::sin(3 * angle) * radius * 60;
    const double cap = (0.24 - radius) * 90;
    const double bright = std::clamp(std::max(gores, cap), -1.0, 1.0);
    return static_cast<float>(162 + 93 * bright);
  });
  return {1, {{outline, canvas.finish(), {{64, 12, 40}, {206, 62, 40}, {255, 242, 214}}}}};
}

}  // namespace streamkit::capture
