#include "stereo/motion_parallax.hpp"

#include <algorithm>
#include <cmath>

#include "stereo/depth_state.hpp"
#include "stereo/grid_sampling.hpp"

namespace streamkit::stereo {
namespace {

// In cells per frame. A smaller motion cannot be distinguished from noise; a motion beyond
// kFullMotion adds no trust.
constexpr float kLeastMotion = 0.05F;
constexpr float kFullMotion = 0.4F;
constexpr float kMemory = 0.93F;
// The weight of the evidence at which its trust is one half.
constexpr float kTrustHalf = 0.1F;
constexpr int kFlowRadius = 3;
constexpr int kSpreadRadius = 3;

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
  for (Grid* grid : {&evidence_, &weight_, &nearness_, &trust_}) {
    grid->resize(luma.width, luma.height);
  }
  moved_ = previous_.same_size(luma);
  if (moved_) {
    motion_.find(previous_, luma);
    carry_along();
    compare_with_background(far_weight);
  }
  previous_ = luma;
}

// Moves the evidence so far along with the objects.
void MotionParallax::carry_along() {
  const int width = previous_.width;
  const int height = previous_.height;
  box_blur(motion_.flow_x(), kFlowRadius, smooth_x_);
  box_blur(motion_.flow_y(), kFlowRadius, smooth_y_);
  scratch_.resize(width, height);
  for (Grid* grid : {&evidence_, &weight_}) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const GridPlace from =
            place_in(*grid, static_cast<float>(x - motion_.shift_x()) - smooth_x_.row(y)[x],
                     static_cast<float>(y - motion_.shift_y()) - smooth_y_.row(y)[x]);
        scratch_.row(y)[x] = between(*grid, from);
      }
    }
    std::swap(grid->values, scratch_.values);
  }
}

void MotionParallax::compare_with_background(const Grid& far_weight) {
  const Grid& flow_x = motion_.flow_x();
  const Grid& flow_y = motion_.flow_y();
  const Grid& confidence = motion_.confidence();
  const std::size_t size = flow_x.values.size();
  float background_x = 0;
  float background_y = 0;
  for (int round = 0; round < 3; ++round) {
    double sum_x = 0;
    double sum_y = 0;
    double total = 1e-9;
    for (std::size_t i = 0; i < size; ++i) {
      const float off_x = flow_x.values[i] - background_x;
      const float off_y = flow_y.values[i] - background_y;
      const float outlier = round == 0 ? 0.0F : 25.0F * (off_x * off_x + off_y * off_y);
      const double weight = confidence.values[i] * far_weight.values[i] / (1.0F + outlier);
      sum_x += weight * flow_x.values[i];
      sum_y += weight * flow_y.values[i];
      total += weight;
    }
    background_x = static_cast<float>(sum_x / total);
    background_y = static_cast<float>(sum_y / total);
  }

  scratch_.resize(flow_x.width, flow_x.height);
  for (std::size_t i = 0; i < size; ++i) {
    const float unlike =
        std::hypot(flow_x.values[i] - background_x, flow_y.values[i] - background_y);
    scratch_.values[i] = std::max(unlike - kLeastMotion, 0.0F) * confidence.values[i];
  }
  const float most = percentile(scratch_.values, 0.95);
  const float strength = std::min(most / kFullMotion, 1.0F);
  const float scale = 1.0F / std::max(most, kLeastMotion);
  for (std::size_t i = 0; i < size; ++i) {
    const float seen = strength * confidence.values[i];
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
