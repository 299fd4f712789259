#include "stereo/still_cues.hpp"

#include <algorithm>
#include <cmath>

namespace streamkit::stereo {
namespace {

// Air reduces the contrast of distant objects. The deviation of luma that counts as half of full
// contrast, and the radius of the window that measures it.
constexpr float kHalfContrast = 0.1F;
constexpr int kContrastRadius = 8;
// The share of the height of its foot in the frame that an object adopts, the part of it that is
// kept from cell to cell upwards, and the difference in luma that ends an object.
constexpr float kFootShare = 0.7F;
constexpr float kFootReach = 0.995F;
constexpr float kFootEdge = 0.35F;
// The mean difference of neighbouring pixels (luma from 0 to 1) that counts as texture.
constexpr float kTexture = 0.012F;
constexpr int kDetailRadius = 5;

}  // namespace

void StillCues::look(const VideoPlane& plane, const Grid& luma) {
  detail_.resize(luma.width, luma.height);
  downsample_detail(plane, detail_);
}

float StillCues::textured() const {
  const auto count = std::count_if(detail_.values.begin(), detail_.values.end(),
                                   [](float value) { return value > kTexture; });
  return std::min(4.0F * static_cast<float>(count) / static_cast<float>(detail_.values.size()),
                  1.0F);
}

void StillCues::find(const Grid& luma, float lower_is_nearer) {
  find_detail();
  find_contrast(luma);
  find_ground(luma, lower_is_nearer < 0);
}

void StillCues::find_detail() {
  for (float& value : detail_.values) value = value / (value + 2 * kTexture);
  box_blur(detail_, kDetailRadius, soft_detail_);
}

void StillCues::find_contrast(const Grid& luma) {
  box_blur(luma, kContrastRadius, soft_luma_);
  contrast_.resize(luma.width, luma.height);
  for (std::size_t i = 0; i < luma.values.size(); ++i) {
    contrast_.values[i] = luma.values[i] * luma.values[i];
  }
  box_blur(contrast_, kContrastRadius, contrast_);
  for (std::size_t i = 0; i < luma.values.size(); ++i) {
    const float mean = soft_luma_.values[i];
    const float deviation = std::sqrt(std::max(contrast_.values[i] - mean * mean, 0.0F));
    contrast_.values[i] = deviation / (deviation + kHalfContrast);
  }
}

// An object on the ground is as near as its foot: the height of the foot is carried up from cell to
// cell, and less so across edges.
void StillCues::find_ground(const Grid& luma, bool up) {
  const int width = luma.width;
  const int height = luma.height;
  ground_.resize(width, height);
  foot_.assign(static_cast<std::size_t>(width), 0.5F);
  for (int i = 0; i < height; ++i) {
    const int y = up ? i : height - 1 - i;
    const float down = 0.5F - (static_cast<float>(i) + 0.5F) / static_cast<float>(height);
    const float* here = luma.row(y);
    const float* below = luma.row(std::clamp(up ? y - 1 : y + 1, 0, height - 1));
    float* out = ground_.row(y);
    for (int x = 0; x < width; ++x) {
      const int left = std::max(x - 1, 0);
      const int right = std::min(x + 1, width - 1);
      const float edge =
          std::abs(here[left] + here[x] + here[right] - below[left] - below[x] - below[right]) /
          3.0F;
      const float kept = i == 0 ? 0.0F : kFootReach * std::exp(-edge / kFootEdge);
      float& carried = foot_[static_cast<std::size_t>(x)];
      carried = down + kept * (carried - down);
      out[x] = down + kFootShare * (carried - down);
    }
  }
}

}  // namespace streamkit::stereo
