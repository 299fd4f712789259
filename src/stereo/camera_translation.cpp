#include "stereo/camera_translation.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "stereo/linear_system.hpp"

namespace streamkit::stereo {
namespace {

// In half widths: a frame 60 degrees wide.
constexpr double kFocal = 1.732;
constexpr double kBend = 1 / (kFocal * kFocal);
// The step between the cells that are read, and the cells along the borders that are not.
constexpr int kStep = 7;
constexpr int kMargin = 6;
// Variance of luma (0 to 1) that neither motion nor the gradients explain.
constexpr double kLumaNoise = 1e-5;
// The flow's own deviation in cells, however rich the texture.
constexpr double kFlowNoise = 0.05;
// Square of a deviation, in standard deviations, at which a place is an outlier by half.
constexpr double kOutlier = 6;
constexpr double kFirstOutlier = 60;
constexpr double kTurnCost = 1e-3;

// The motion of one place, and what is known of it.
struct Sample {
  double x, y, u, v;
  FlowInformation known;
};

using Vector = std::array<double, 3>;

std::vector<Sample> samples_of(const PictureMotion& motion) {
  const int width = motion.flow_x().width;
  const int height = motion.flow_x().height;
  const double half = width / 2.0;
  const int margin = std::min(kMargin, std::min(width, height) / 8);
  std::vector<Sample> samples;
  for (int row = margin; row < height - margin; row += kStep) {
    for (int column = margin; column < width - margin; column += kStep) {
      const auto cell = static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                        static_cast<std::size_t>(column);
      samples.push_back({(column + 0.5) / half - 1, (row + 0.5 - height / 2.0) / half,
                         double{motion.flow_x().values[cell]} + motion.shift_x(),
                         double{motion.flow_y().values[cell]} + motion.shift_y(),
                         flow_information(motion, cell)});
    }
  }
  return samples;
}

// A direction that is tried: the part of the motion across it does not depend on depth.
class Trial {
 public:
  Trial(const std::vector<Sample>& samples, const Vector& direction) {
    move_.direction = direction;
    across_.reserve(samples.size());
    for (const Sample& sample : samples) {
      const CameraTranslation::Flow towards = move_.towards(sample.x, sample.y);
      const auto [along_x, along_y] = towards;
      const double far = along_x * along_x + along_y * along_y;
      const double variance =
          (sample.known.along(towards) + 1e-9) / (sample.known.determinant() + 1e-9) +
          kFlowNoise * kFlowNoise * far + 1e-9;
      const double bent = kBend * sample.x * sample.y;
      across_.push_back({{-along_y * (1 + kBend * sample.x * sample.x) + along_x * bent,
                          -along_y * bent + along_x * (1 + kBend * sample.y * sample.y),
                          -along_y * sample.y - along_x * sample.x},
                         -along_y * sample.u + along_x * sample.v,
                         1 / variance});
    }
    find_turn(0);
    find_turn(kFirstOutlier);
    find_turn(kOutlier);
    find_cost(samples);
  }

  [[nodiscard]] double cost() const { return cost_; }
  [[nodiscard]] const CameraTranslation& move() const { return move_; }

 private:
  struct Across {
    Vector by_turn;
    double flow;
    double weight;

    [[nodiscard]] double miss(const Vector& turn) const {
      return flow - by_turn[0] * turn[0] - by_turn[1] * turn[1] - by_turn[2] * turn[2];
    }
  };

  // `outlier` 0 gives all of them their full weight.
  void find_turn(double outlier) {
    std::array<Vector, 3> left{};
    Vector right{};
    for (std::size_t i = 0; i < 3; ++i) left[i][i] = kTurnCost;
    for (const Across& place : across_) {
      double weight = place.weight;
      if (outlier > 0) {
        const double miss = place.miss(move_.turn);
        const double share = outlier / (outlier + weight * miss * miss);
        weight *= share * share;
      }
      for (std::size_t i = 0; i < 3; ++i) {
        const double weighted = weight * place.by_turn[i];
        for (std::size_t j = 0; j <= i; ++j) left[i][j] += weighted * place.by_turn[j];
        right[i] += weighted * place.flow;
      }
    }
    left[0][1] = left[1][0];
    left[0][2] = left[2][0];
    left[1][2] = left[2][1];
    move_.turn = solve(left, right);
  }

  // What is not in front of the camera is as wrong as what moves across the direction.
  void find_cost(const std::vector<Sample>& samples) {
    double ahead = 0;
    double behind = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const Sample& sample = samples[i];
      const double miss = across_[i].miss(move_.turn);
      const double across = across_[i].weight * miss * miss;
      cost_ += across / (across + kOutlier);
      const auto [turned_x, turned_y] = move_.turned(sample.x, sample.y);
      const CameraTranslation::Flow towards = move_.towards(sample.x, sample.y);
      const auto [along_x, along_y] = towards;
      const double off_x = sample.u - turned_x;
      const double off_y = sample.v - turned_y;
      const double along_flow = (sample.known.xx * along_x + sample.known.xy * along_y) * off_x +
                                (sample.known.xy * along_x + sample.known.yy * along_y) * off_y;
      const double along = sample.known.along(towards) + 1e-9;
      const double depth = along_flow / along;
      const double far = along_x * along_x + along_y * along_y;
      const double sure = depth * depth / (1 / along + kFlowNoise * kFlowNoise / (far + 1e-9));
      (depth > 0 ? ahead : behind) += sure / (sure + kOutlier);
    }
    if (behind > ahead) {
      for (double& part : move_.direction) part = -part;
    }
    cost_ += std::min(ahead, behind);
  }

  CameraTranslation move_;
  std::vector<Across> across_;
  double cost_ = 0;
};

// Half of the directions: the other half is their opposites.
constexpr std::array<Vector, 17> kDirections = {{{0, 0, 1},
                                                 {0.5, 0, 0.866},
                                                 {-0.5, 0, 0.866},
                                                 {0, 0.5, 0.866},
                                                 {0, -0.5, 0.866},
                                                 {0.866, 0, 0.5},
                                                 {-0.866, 0, 0.5},
                                                 {0, 0.866, 0.5},
                                                 {0, -0.866, 0.5},
                                                 {0.612, 0.612, 0.5},
                                                 {-0.612, 0.612, 0.5},
                                                 {0.612, -0.612, 0.5},
                                                 {-0.612, -0.612, 0.5},
                                                 {1, 0, 0},
                                                 {0, 1, 0},
                                                 {0.707, 0.707, 0},
                                                 {0.707, -0.707, 0}}};

Vector unit(const Vector& v) {
  const double length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  return {v[0] / length, v[1] / length, v[2] / length};
}

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

}  // namespace

CameraTranslation::Flow CameraTranslation::turned(double x, double y) const {
  const double bend = kBend * (turn[0] * x + turn[1] * y);
  return {turn[0] + bend * x + turn[2] * y, turn[1] + bend * y - turn[2] * x};
}

CameraTranslation::Flow CameraTranslation::towards(double x, double y) const {
  return {x * direction[2] - kFocal * direction[0], y * direction[2] - kFocal * direction[1]};
}

FlowInformation flow_information(const PictureMotion& motion, std::size_t cell) {
  return {motion.gradient_xx().values[cell] / kLumaNoise,
          motion.gradient_xy().values[cell] / kLumaNoise,
          motion.gradient_yy().values[cell] / kLumaNoise};
}

CameraTranslation find_camera_translation(const PictureMotion& motion) {
  const std::vector<Sample> samples = samples_of(motion);
  CameraTranslation best;
  double least = std::numeric_limits<double>::max();
  const auto consider = [&](const Vector& direction) {
    const Trial trial(samples, direction);
    if (!(trial.cost() < least)) return false;
    least = trial.cost();
    best = trial.move();
    return true;
  };
  for (const Vector& direction : kDirections) consider(unit(direction));
  for (double step = 0.25; step > 0.02; step /= 2) {
    const Vector middle = best.direction;
    const Vector aside =
        unit(cross(middle, std::abs(middle[2]) < 0.8 ? Vector{0, 0, 1} : Vector{1, 0, 0}));
    const Vector up = cross(middle, aside);
    for (const double sign : {-1.0, 1.0}) {
      for (const Vector& to : {aside, up}) {
        Vector direction = middle;
        for (std::size_t i = 0; i < 3; ++i) direction[i] += sign * step * to[i];
        consider(unit(direction));
      }
    }
  }
  return best;
}

}  // namespace streamkit::stereo
