#include "quality/view_quality.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace streamkit::quality {
namespace {

bool is_known(float disparity) { return std::isfinite(disparity) && disparity != 0; }

double psnr_db(double squares, double samples) {
  return 10 * std::log10(255.0 * 255.0 * samples / squares);
}

// A plane of doubles, as large as the pictures.
struct Plane {
  int width;
  int height;
  std::vector<double> values;

  [[nodiscard]] double at(int x, int y) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};

Plane luma_of(const media::RgbPicture& picture) {
  Plane luma{picture.width_px, picture.height_px, {}};
  luma.values.resize(picture.planes[0].size());
  for (std::size_t i = 0; i < luma.values.size(); ++i) {
    luma.values[i] =
        0.299 * picture.planes[0][i] + 0.587 * picture.planes[1][i] + 0.114 * picture.planes[2][i];
  }
  return luma;
}

Plane product(const Plane& a, const Plane& b) {
  Plane out = a;
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] *= b.values[i];
  return out;
}

constexpr int kRadius = 5;

std::array<double, 2 * kRadius + 1> gaussian() {
  std::array<double, 2 * kRadius + 1> weights{};
  double sum = 0;
  for (int i = -kRadius; i <= kRadius; ++i) {
    sum += weights[static_cast<std::size_t>(i + kRadius)] = std::exp(-i * i / (2 * 1.5 * 1.5));
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

// The Gaussian mean around each pixel; the picture's edge pixels go on beyond it.
Plane blurred(const Plane& plane) {
  static const auto weights = gaussian();
  const auto pass = [&](const Plane& from, int across, int down) {
    Plane to = from;
    for (int y = 0; y < from.height; ++y) {
      for (int x = 0; x < from.width; ++x) {
        double sum = 0;
        for (int i = -kRadius; i <= kRadius; ++i) {
          sum += weights[static_cast<std::size_t>(i + kRadius)] *
                 from.at(std::clamp(x + i * across, 0, from.width - 1),
                         std::clamp(y + i * down, 0, from.height - 1));
        }
        to.values[static_cast<std::size_t>(y) * static_cast<std::size_t>(from.width) +
                  static_cast<std::size_t>(x)] = sum;
      }
    }
    return to;
  };
  return pass(pass(plane, 1, 0), 0, 1);
}

double mean_ssim(const Plane& a, const Plane& b, int columns) {
  constexpr double kC1 = 0.01 * 255 * 0.01 * 255;
  constexpr double kC2 = 0.03 * 255 * 0.03 * 255;
  const Plane mean_a = blurred(a);
  const Plane mean_b = blurred(b);
  const Plane square_a = blurred(product(a, a));
  const Plane square_b = blurred(product(b, b));
  const Plane mixed = blurred(product(a, b));
  double sum = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < columns; ++x) {
      const double ma = mean_a.at(x, y);
      const double mb = mean_b.at(x, y);
      const double variances = square_a.at(x, y) - ma * ma + square_b.at(x, y) - mb * mb;
      const double covariance = mixed.at(x, y) - ma * mb;
      sum += (2 * ma * mb + kC1) * (2 * covariance + kC2) /
             ((ma * ma + mb * mb + kC1) * (variances + kC2));
    }
  }
  return sum / (static_cast<double>(columns) * a.height);
}

}  // namespace

std::vector<bool> covered_in_right_view(int width_px, int height_px,
                                        const std::vector<float>& disparity) {
  std::vector<bool> covered(disparity.size(), false);
  const auto width = static_cast<std::size_t>(width_px);
  for (std::size_t y = 0; y < static_cast<std::size_t>(height_px); ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const float value = disparity[y * width + x];
      if (!is_known(value)) continue;
      const double at = std::floor(static_cast<double>(x) - static_cast<double>(value) + 0.5);
      if (at >= 0 && at < width_px) covered[y * width + static_cast<std::size_t>(at)] = true;
    }
  }
  return covered;
}

int largest_disparity(const std::vector<float>& disparity) {
  float largest = 0;
  for (const float value : disparity) {
    if (is_known(value)) largest = std::max(largest, value);
  }
  return static_cast<int>(std::ceil(largest));
}

ViewScore score_view(const media::RgbPicture& real, const media::RgbPicture& made,
                     const std::vector<bool>& covered, int columns) {
  const auto width = static_cast<std::size_t>(real.width_px);
  double squares = 0;
  double hole_squares = 0;
  double holes = 0;
  for (std::size_t y = 0; y < static_cast<std::size_t>(real.height_px); ++y) {
    for (std::size_t x = 0; x < static_cast<std::size_t>(columns); ++x) {
      const std::size_t i = y * width + x;
      double square = 0;
      for (std::size_t channel = 0; channel < real.planes.size(); ++channel) {
        const double error = int{real.planes[channel][i]} - int{made.planes[channel][i]};
        square += error * error;
      }
      squares += square;
      if (covered[i]) continue;
      hole_squares += square;
      holes += 1;
    }
  }
  const double pixels = static_cast<double>(columns) * real.height_px;
  return {psnr_db(squares, 3 * pixels), psnr_db(hole_squares, 3 * holes), holes / pixels,
          mean_ssim(luma_of(real), luma_of(made), columns)};
}

}  // namespace streamkit::quality
