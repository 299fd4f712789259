#include "stereo/camera_motion.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stereo/depth_state.hpp"

namespace streamkit::stereo {
namespace {

enum Number : std::size_t { kFlat, kBend, kSquare, kSlope };

constexpr float kMemory = 0.93F;
// The step between the cells that are read.
constexpr int kStep = 2;
// Cells along the picture's borders whose motion is guessed from that of all.
constexpr int kMargin = 10;
// Cells by which a place may differ from the common motion before its weight is reduced.
constexpr double kOutlier = 0.15;
// Mean square of a miss, in cells, that the search and the coding make.
constexpr double kNoise = 0.01;
// Mean square distance from the middle, in half widths.
constexpr double kMeanSquare = 0.44;
// What a plane that faces the camera leaves unexplained of its motion, more or less.
constexpr double kFlatShare = 0.12;
constexpr double kFlatMargin = 0.04;
// Square of the motion, in cells per picture, from which on its evidence counts in full.
constexpr double kFullSquare = 0.1;
constexpr double kMostSquare = 2.9;
constexpr double kLeastTexture = 0.1;
// Evidence for a plane, kept over time, from which on it is believed, and believed in full.
constexpr float kDoubted = 0.5F;
constexpr float kSure = 0.8F;
// The bend of a motion is 1 / f^2 where it comes of turning, f in half widths: 0.33 where the
// picture is 60 degrees wide, 0.1 at 35. A poster that passes has none.
constexpr float kStraight = 0.08F;
constexpr float kBent = 0.18F;
// The motion's growth from the middle to half a width below it, over the motion, that tells of a
// ceiling; and the square of a motion that tells in full.
constexpr float kReversed = -0.6F;
constexpr float kReversedMargin = 0.1F;
constexpr double kGroundSquare = 0.03;
// A miss beyond this, in cells, says no more.
constexpr double kMostMiss = 1;

double half_trusted(float confidence) { return confidence / (confidence + 0.1); }

// Solves the symmetric positive definite system in place: `right` becomes the solution.
template <std::size_t N>
void solve(std::array<std::array<double, N>, N>& left, std::array<double, N>& right) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = i + 1; j < N; ++j) {
      const double share = left[j][i] / left[i][i];
      for (std::size_t k = i; k < N; ++k) left[j][k] -= share * left[i][k];
      right[j] -= share * right[i];
    }
  }
  for (std::size_t i = N; i-- > 0;) {
    for (std::size_t k = i + 1; k < N; ++k) right[i] -= left[i][k] * right[k];
    right[i] /= left[i][i];
  }
}

// Calls `look(x, y, u, v, weight)`: place in half widths from the middle, motion in cells.
template <typename Look>
void each_place(const PictureMotion& motion, Look look) {
  const int width = motion.confidence().width;
  const int height = motion.confidence().height;
  const double half = width / 2.0;
  const int margin = std::min(kMargin, std::min(width, height) / 8);
  for (int row = margin; row < height - margin; row += kStep) {
    const double y = (row + 0.5 - height / 2.0) / half;
    for (int column = margin; column < width - margin; column += kStep) {
      const double weight = half_trusted(motion.confidence().row(row)[column]);
      look((column + 0.5) / half - 1, y,
           double{motion.flow_x().row(row)[column]} + motion.shift_x(),
           double{motion.flow_y().row(row)[column]} + motion.shift_y(), weight);
    }
  }
}

}  // namespace

CameraMotion::Fit CameraMotion::fit(const PictureMotion& motion) {
  Fit found;
  std::array<double, 8>& t = found.parameters;
  const auto miss = [&](double x, double y, double u, double v) {
    const double bend = t[6] * x + t[7] * y;
    return std::array{u - (t[0] + t[1] * x + t[2] * y + bend * x),
                      v - (t[3] + t[4] * x + t[5] * y + bend * y)};
  };
  for (int round = 0; round < 3; ++round) {
    std::array<std::array<double, 8>, 8> left{};
    std::array<double, 8> right{};
    for (std::size_t i = 0; i < 8; ++i) left[i][i] = 1e-3;
    each_place(motion, [&](double x, double y, double u, double v, double weight) {
      if (round > 0) {
        const auto [off_u, off_v] = miss(x, y, u, v);
        weight /= 1 + (off_u * off_u + off_v * off_v) / (kOutlier * kOutlier);
      }
      const std::array<double, 5> of_u = {1, x, y, x * x, x * y};
      const std::array<double, 5> of_v = {1, x, y, x * y, y * y};
      constexpr std::array<std::size_t, 5> kU = {0, 1, 2, 6, 7};
      constexpr std::array<std::size_t, 5> kV = {3, 4, 5, 6, 7};
      for (std::size_t i = 0; i < 5; ++i) {
        for (std::size_t j = 0; j < 5; ++j) {
          left[kU[i]][kU[j]] += weight * of_u[i] * of_u[j];
          left[kV[i]][kV[j]] += weight * of_v[i] * of_v[j];
        }
        right[kU[i]] += weight * of_u[i] * u;
        right[kV[i]] += weight * of_v[i] * v;
      }
    });
    solve(left, right);
    t = right;
  }
  double total = 1e-9;
  double sum = 0;
  std::size_t count = 0;
  each_place(motion, [&](double x, double y, double u, double v, double weight) {
    const auto [off_u, off_v] = miss(x, y, u, v);
    sum += weight * std::min(off_u * off_u + off_v * off_v, kMostMiss * kMostMiss);
    total += weight;
    ++count;
  });
  found.textured = total / static_cast<double>(count);
  found.residual = sum / total;
  return found;
}

void CameraMotion::update(const PictureMotion& motion) {
  const Fit found = fit(motion);
  learn_turn(found);
  learn_flatness(found);
  learn_ground(found);
}

// A camera that turns bends the motion by as much as the picture is wide in angle.
void CameraMotion::learn_turn(const Fit& found) {
  const std::array<double, 8>& t = found.parameters;
  keep(kBend, std::clamp(t[6] * t[0] + t[7] * t[3], -1.0, kMostSquare), 1);
  keep(kSquare, std::min(found.shift_square(), kMostSquare), 1);
}

// A poster moves as a whole, grows, shrinks and rolls. What moves otherwise is not flat, and what
// hardly moves says nothing.
void CameraMotion::learn_flatness(const Fit& found) {
  const std::array<double, 8>& t = found.parameters;
  const double zoom = (t[1] + t[5]) / 2;
  const double roll = (t[4] - t[2]) / 2;
  const double stretch = (t[1] - t[5]) / 2;
  const double shear = (t[4] + t[2]) / 2;
  const double whole = found.shift_square() + kMeanSquare * (zoom * zoom + roll * roll);
  const double other =
      std::max(found.residual - kNoise, 0.0) + kMeanSquare * (stretch * stretch + shear * shear);
  const double evidence =
      std::clamp((kFlatShare - other / (whole + 1e-6)) / kFlatMargin, -1.0, 1.0);
  const double weight = found.textured < kLeastTexture ? 0 : std::min(whole / kFullSquare, 1.0);
  keep(kFlat, evidence > 0 ? evidence * (1 - turning()) : evidence, weight);
}

// Where a camera travels over ground, what is near moves most, and ground is nearest below. One
// that circles what is near also slows what is low: it is known by its turning.
void CameraMotion::learn_ground(const Fit& found) {
  const std::array<double, 8>& t = found.parameters;
  const double square = found.shift_square();
  const double slope = std::clamp((t[2] * t[0] + t[5] * t[3]) / (square + 1e-6), -1.0, 1.0);
  const double weight = std::min(square / kGroundSquare, 1.0);
  keep(kSlope, slope < 0 ? slope * (1 - turning()) : slope, weight);
}

void CameraMotion::keep(std::size_t number, double now, double weight) {
  const auto share = static_cast<float>((1 - kMemory) * weight);
  numbers_[number] =
      quantize(numbers_[number] + share * (static_cast<float>(now) - numbers_[number]));
}

float CameraMotion::turning() const {
  const float bend = numbers_[kBend] / std::max(numbers_[kSquare], 1e-3F);
  return std::clamp((bend - kStraight) / (kBent - kStraight), 0.0F, 1.0F);
}

float CameraMotion::flat() const {
  return std::clamp((numbers_[kFlat] - kDoubted) / (kSure - kDoubted), 0.0F, 1.0F);
}

float CameraMotion::ground() const {
  return std::clamp((numbers_[kSlope] - kReversed) / kReversedMargin, -1.0F, 1.0F);
}

float CameraMotion::confirmed() const { return std::min(std::abs(numbers_[kSlope]), 1.0F); }

}  // namespace streamkit::stereo
