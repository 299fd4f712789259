#include "stereo/camera_motion.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stereo/depth_state.hpp"
#include "stereo/linear_system.hpp"

namespace streamkit::stereo {
namespace {

enum Number : std::size_t { kFlat, kBend, kSquare };

constexpr float kMemory = 0.65F;
// Only every kStep-th cell is read, across and down.
constexpr int kStep = 2;
// The width, in cells, of the border that is not read: the motion there is only estimated from the
// motion of the whole frame.
constexpr int kMargin = 10;
// The deviation from the common motion, in cells, from which the weight of a cell is reduced.
constexpr double kOutlier = 0.15;
// The mean square, in cells, of the error that motion search and video coding cause.
constexpr double kNoise = 0.01;
// The mean square distance of a cell from the middle, in half widths.
constexpr double kMeanSquare = 0.44;
// The mean square of motion, in cells, that a plane facing the camera leaves unexplained, the share
// of its motion that it leaves, and the margin of both.
constexpr double kLeft = 0.045;
constexpr double kLeftShare = 0.003;
constexpr double kLeftMargin = 0.015;
// The square of the motion, in cells, from which its evidence counts in full.
constexpr double kFullSquare = 2;
constexpr double kMostSquare = 2.9;
constexpr double kLeastTexture = 0.1;
// The evidence for a plane, averaged over time, from which the plane is considered possible, and
// certain.
constexpr float kDoubted = 0.5F;
constexpr float kSure = 0.7F;
// The bend of a motion is 1 / f^2 if it is caused by turning, where f is the focal length in half
// widths: 0.33 if the frame is 60 degrees wide, 0.1 if it is 35 degrees wide. A poster that passes
// causes no bend.
// A smaller square of the motion tells nothing of it.
constexpr float kLeastSquare = 0.3F;
constexpr float kStraight = 0.08F;
constexpr float kBent = 0.18F;
// Larger errors, in cells, are limited to this: they contain no more information.
constexpr double kMostMiss = 1;

double half_trusted(float confidence) { return confidence / (confidence + 0.1); }

// Calls `look(x, y, u, v, weight)` for each cell that is read: its position in half widths from the
// middle, and its motion in cells.
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

std::array<double, 2> CameraMotion::Fit::miss(double x, double y, double u, double v) const {
  const std::array<double, 8>& t = parameters;
  const double bend = t[6] * x + t[7] * y;
  return {u - (t[0] + t[1] * x + t[2] * y + bend * x), v - (t[3] + t[4] * x + t[5] * y + bend * y)};
}

CameraMotion::Fit CameraMotion::fit(const PictureMotion& motion) {
  Fit found;
  std::array<double, 8>& t = found.parameters;
  for (int round = 0; round < 3; ++round) {
    std::array<std::array<double, 8>, 8> left{};
    std::array<double, 8> right{};
    for (std::size_t i = 0; i < 8; ++i) left[i][i] = 1e-3;
    each_place(motion, [&](double x, double y, double u, double v, double weight) {
      if (round > 0) {
        const auto [off_u, off_v] = found.miss(x, y, u, v);
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
    t = solve(left, right);
  }
  return found;
}

void CameraMotion::find_residual(const PictureMotion& motion, Fit& found) {
  double total = 1e-9;
  double sum = 0;
  std::size_t count = 0;
  each_place(motion, [&](double x, double y, double u, double v, double weight) {
    const auto [off_u, off_v] = found.miss(x, y, u, v);
    sum += weight * std::min(off_u * off_u + off_v * off_v, kMostMiss * kMostMiss);
    total += weight;
    ++count;
  });
  found.textured = total / static_cast<double>(count);
  found.residual = sum / total;
}

void CameraMotion::update(const PictureMotion& motion) {
  Fit found = fit(motion);
  find_residual(motion, found);
  learn_turn(found);
  learn_flatness(found);
}

// The bend of the motion shows whether the camera turns. A turn bends the motion more if the angle
// of view is wide.
void CameraMotion::learn_turn(const Fit& found) {
  const std::array<double, 8>& t = found.parameters;
  const double square = found.shift_square();
  // Both alike: it is their ratio that counts.
  const double share = std::min(kMostSquare / (square + 1e-6), 1.0);
  keep(kBend, std::clamp(share * (t[6] * t[0] + t[7] * t[3]), -1.0, kMostSquare), 1);
  keep(kSquare, share * square, 1);
}

// The image of a poster moves as a whole, grows, shrinks and rolls. A scene that moves otherwise is
// not flat, and one that hardly moves is no evidence.
void CameraMotion::learn_flatness(const Fit& found) {
  const std::array<double, 8>& t = found.parameters;
  const double zoom = (t[1] + t[5]) / 2;
  const double roll = (t[4] - t[2]) / 2;
  const double stretch = (t[1] - t[5]) / 2;
  const double shear = (t[4] + t[2]) / 2;
  const double whole = found.shift_square() + kMeanSquare * (zoom * zoom + roll * roll);
  const double other =
      std::max(found.residual - kNoise, 0.0) + kMeanSquare * (stretch * stretch + shear * shear);
  const double evidence = std::clamp((kLeft + kLeftShare * whole - other) / kLeftMargin, -1.0, 1.0);
  const double weight = found.textured < kLeastTexture ? 0 : std::min(whole / kFullSquare, 1.0);
  keep(kFlat, evidence > 0 ? evidence * (1 - turning()) : evidence, weight);
}

void CameraMotion::keep(std::size_t number, double now, double weight) {
  const auto share = static_cast<float>((1 - kMemory) * weight);
  numbers_[number] =
      quantize(numbers_[number] + share * (static_cast<float>(now) - numbers_[number]));
}

float CameraMotion::turning() const {
  const float bend = numbers_[kBend] / std::max(numbers_[kSquare], kLeastSquare);
  return std::clamp((bend - kStraight) / (kBent - kStraight), 0.0F, 1.0F);
}

float CameraMotion::flat() const {
  return std::clamp((numbers_[kFlat] - kDoubted) / (kSure - kDoubted), 0.0F, 1.0F);
}

}  // namespace streamkit::stereo
