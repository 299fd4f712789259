#include "stereo/motion_parallax.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "stereo/depth_state.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kSearchX = 8;
constexpr int kSearchY = 4;
constexpr int kSearchRowStep = 3;
constexpr int kFlowRadius = 3;
// Variance of a gradient that noise alone makes (luma 0 to 1).
constexpr float kNoise = 2e-4F;
// Cells per picture: less is not told from noise, more than kFullMotion adds no trust.
constexpr float kLeastMotion = 0.05F;
constexpr float kFullMotion = 0.4F;
constexpr float kMemory = 0.93F;
// The weight of evidence that is trusted by half.
constexpr float kTrustHalf = 0.1F;
constexpr int kSpreadRadius = 3;

int clamped(int i, int size) { return std::clamp(i, 0, size - 1); }

float percentile(std::vector<float> values, double share) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

void MotionParallax::reset() {
  previous_ = {};
  for (Grid* grid : {&evidence_, &weight_, &nearness_, &trust_}) {
    std::fill(grid->values.begin(), grid->values.end(), 0.0F);
  }
}

void MotionParallax::restore(const Grid& luma, const Grid& evidence, const Grid& weight) {
  previous_ = luma;
  evidence_ = evidence;
  weight_ = weight;
}

void MotionParallax::update(const Grid& luma, const Grid& far_weight) {
  for (Grid* grid : {&evidence_, &weight_, &nearness_, &trust_, &flow_x_, &flow_y_, &confidence_}) {
    grid->resize(luma.width, luma.height);
  }
  if (previous_.same_size(luma)) {
    find_shift(luma);
    find_flow(luma);
    compare_with_background(far_weight);
  }
  previous_ = luma;
}

void MotionParallax::find_shift(const Grid& luma) {
  const int reach_x = std::min(kSearchX, luma.width / 8);
  const int reach_y = std::min(kSearchY, luma.height / 8);
  const int inner_width = luma.width - 2 * reach_x;
  const auto levels = [](const float* row, int size) {
    std::vector<std::int16_t> out(static_cast<std::size_t>(size));
    for (int x = 0; x < size; ++x) {
      out[static_cast<std::size_t>(x)] = static_cast<std::int16_t>(row[x] * 1023.0F);
    }
    return out;
  };
  const std::vector<std::int16_t> before = levels(previous_.row(0), luma.width * luma.height);
  const std::vector<std::int16_t> now = levels(luma.row(0), luma.width * luma.height);

  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int dy = -reach_y; dy <= reach_y; ++dy) {
    for (int dx = -reach_x; dx <= reach_x; ++dx) {
      // Rest is preferred where nothing speaks for motion.
      std::int64_t cost = (std::abs(dx) + std::abs(dy)) * std::int64_t{inner_width} / 8;
      for (int y = reach_y; y < luma.height - reach_y; y += kSearchRowStep) {
        const std::int16_t* a = now.data() + y * luma.width + reach_x;
        const std::int16_t* b = before.data() + (y - dy) * luma.width + reach_x - dx;
        std::int32_t sum = 0;
        for (int x = 0; x < inner_width; ++x) sum += std::abs(a[x] - b[x]);
        cost += sum;
      }
      if (cost < least) {
        least = cost;
        shift_x_ = dx;
        shift_y_ = dy;
      }
    }
  }
}

void MotionParallax::find_flow(const Grid& luma) {
  const int width = luma.width;
  const int height = luma.height;
  for (Grid& product : products_) product.resize(width, height);
  for (int y = 0; y < height; ++y) {
    const float* above = luma.row(clamped(y - 1, height));
    const float* here = luma.row(y);
    const float* below = luma.row(clamped(y + 1, height));
    const float* before = previous_.row(clamped(y - shift_y_, height));
    for (int x = 0; x < width; ++x) {
      const float gx = 0.5F * (here[clamped(x + 1, width)] - here[clamped(x - 1, width)]);
      const float gy = 0.5F * (below[x] - above[x]);
      const float gt = here[x] - before[clamped(x - shift_x_, width)];
      const std::array<float, 5> values = {gx * gx, gx * gy, gy * gy, gx * gt, gy * gt};
      for (std::size_t i = 0; i < values.size(); ++i) products_[i].row(y)[x] = values[i];
    }
  }
  for (Grid& product : products_) box_blur(product, kFlowRadius, product);

  for (std::size_t i = 0; i < luma.values.size(); ++i) {
    const float xx = products_[0].values[i] + kNoise;
    const float xy = products_[1].values[i];
    const float yy = products_[2].values[i] + kNoise;
    const float xt = products_[3].values[i];
    const float yt = products_[4].values[i];
    const float determinant = xx * yy - xy * xy;
    flow_x_.values[i] = std::clamp((xy * yt - yy * xt) / determinant, -2.0F, 2.0F);
    flow_y_.values[i] = std::clamp((xy * xt - xx * yt) / determinant, -2.0F, 2.0F);
    // Close to the smaller eigenvalue: small on flat parts and along straight edges.
    const float least = determinant / (xx + yy) - 0.5F * kNoise;
    confidence_.values[i] = least / (least + 2 * kNoise);
  }
}

void MotionParallax::compare_with_background(const Grid& far_weight) {
  const std::size_t size = flow_x_.values.size();
  float background_x = 0;
  float background_y = 0;
  for (int round = 0; round < 3; ++round) {
    double sum_x = 0;
    double sum_y = 0;
    double total = 1e-9;
    for (std::size_t i = 0; i < size; ++i) {
      const float off_x = flow_x_.values[i] - background_x;
      const float off_y = flow_y_.values[i] - background_y;
      const float outlier = round == 0 ? 0.0F : 25.0F * (off_x * off_x + off_y * off_y);
      const double weight = confidence_.values[i] * far_weight.values[i] / (1.0F + outlier);
      sum_x += weight * flow_x_.values[i];
      sum_y += weight * flow_y_.values[i];
      total += weight;
    }
    background_x = static_cast<float>(sum_x / total);
    background_y = static_cast<float>(sum_y / total);
  }

  scratch_.resize(flow_x_.width, flow_x_.height);
  for (std::size_t i = 0; i < size; ++i) {
    const float unlike =
        std::hypot(flow_x_.values[i] - background_x, flow_y_.values[i] - background_y);
    scratch_.values[i] = std::max(unlike - kLeastMotion, 0.0F) * confidence_.values[i];
  }
  const float most = percentile(scratch_.values, 0.95);
  const float strength = std::min(most / kFullMotion, 1.0F);
  const float scale = 1.0F / std::max(most, kLeastMotion);
  for (std::size_t i = 0; i < size; ++i) {
    const float seen = strength * confidence_.values[i];
    const float near = std::min(scratch_.values[i] * scale, 1.0F);
    evidence_.values[i] = kMemory * evidence_.values[i] + (1 - kMemory) * strength * near;
    weight_.values[i] = kMemory * weight_.values[i] + (1 - kMemory) * seen;
  }
  quantize(evidence_);
  quantize(weight_);
  box_blur(evidence_, kSpreadRadius, nearness_);
  box_blur(weight_, kSpreadRadius, trust_);
  for (std::size_t i = 0; i < size; ++i) {
    nearness_.values[i] = std::min(nearness_.values[i] / (trust_.values[i] + 1e-3F), 1.0F);
    trust_.values[i] /= trust_.values[i] + kTrustHalf;
  }
}

}  // namespace streamkit::stereo
