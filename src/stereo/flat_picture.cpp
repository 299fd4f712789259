#include "stereo/flat_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>

namespace streamkit::stereo {
namespace {

// The approximate number of pixels of a row that are read; the same share of the rows is read.
constexpr int kLooks = 320;

constexpr int kLevels = 32;
// The number of levels to each side that belong to one ink, and the distance between two inks.
constexpr int kInk = 1;
constexpr int kApart = 10;
// The share of the frame in two inks from which it counts as a card, and from which this is
// certain.
constexpr double kCard = 0.9;
constexpr double kSurelyCard = 0.97;

constexpr int kParts = 4;
// The largest differences between the parts of an even wall, and the smallest of what certainly is
// not one: the share of the variance of luma that is between the parts, and the deviation of their
// detail relative to its mean.
constexpr double kEvenLuma = 0.05;
constexpr double kUnevenLuma = 0.1;
constexpr double kEvenDetail = 0.06;
constexpr double kUnevenDetail = 0.1;

struct Part {
  double count = 0;
  double luma = 0;
  double square = 0;
  double detail = 0;
};

struct Look {
  std::array<double, kLevels> levels = {};
  std::array<Part, kParts* kParts> parts = {};
  double count = 0;
};

Look look_at(const VideoPlane& plane) {
  Look look;
  const int step = std::max(std::max(plane.width_px, plane.height_px) / kLooks, 1);
  for (int y = 0; y < plane.height_px; y += step) {
    const std::uint8_t* row = plane.row(y);
    const int down = y * kParts / plane.height_px * kParts;
    for (int x = 0; x + step < plane.width_px; x += step) {
      Part& part = look.parts[static_cast<std::size_t>(down + x * kParts / plane.width_px)];
      ++part.count;
      part.luma += row[x];
      part.square += double{1} * row[x] * row[x];
      part.detail += std::abs(int{row[x]} - int{row[x + step]});
      ++look.levels[row[x] * kLevels / 256];
      ++look.count;
    }
  }
  return look;
}

double card(const Look& look) {
  const auto share = [&](int level) {
    double sum = 0;
    for (int i = std::max(level - kInk, 0); i <= std::min(level + kInk, kLevels - 1); ++i) {
      sum += look.levels[static_cast<std::size_t>(i)];
    }
    return sum / look.count;
  };
  const auto most = std::max_element(look.levels.begin(), look.levels.end());
  const auto paper = static_cast<int>(most - look.levels.begin());
  double ink = 0;
  for (int i = 0; i < kLevels; ++i) {
    if (std::abs(i - paper) >= kApart) ink = std::max(ink, share(i));
  }
  return ink == 0 ? 0 : std::clamp((share(paper) + ink - kCard) / (kSurelyCard - kCard), 0.0, 1.0);
}

double even_wall(const Look& look) {
  double luma = 0;
  double square = 0;
  double detail = 0;
  for (const Part& part : look.parts) {
    if (part.count == 0) return 0;
    luma += part.luma / look.count;
    square += part.square / look.count;
    detail += part.detail / look.count;
  }
  double luma_between = 0;
  double detail_between = 0;
  for (const Part& part : look.parts) {
    const double share = part.count / look.count;
    luma_between += share * std::pow(part.luma / part.count - luma, 2);
    detail_between += share * std::pow(part.detail / part.count - detail, 2);
  }
  const double of_luma = luma_between / std::max(square - luma * luma, 1e-6);
  const double of_detail = std::sqrt(detail_between) / std::max(detail, 1e-6);
  return std::min(
      std::clamp((kUnevenLuma - of_luma) / (kUnevenLuma - kEvenLuma), 0.0, 1.0),
      std::clamp((kUnevenDetail - of_detail) / (kUnevenDetail - kEvenDetail), 0.0, 1.0));
}

}  // namespace

float looks_flat(const VideoPlane& luma) {
  const Look look = look_at(luma);
  if (look.count == 0) return 0;
  return static_cast<float>(std::max(card(look), even_wall(look)));
}

}  // namespace streamkit::stereo
