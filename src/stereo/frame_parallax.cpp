#include "stereo/frame_parallax.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace streamkit::stereo {
namespace {

// The flow's own deviation in cells, however rich the texture.
constexpr double kFlowNoise = 0.08;
// The spread of parallax, in cells, that is no evidence of depth; its share of all motion that is
// not; the multiple of the noise that is not; and how much more is full evidence.
constexpr double kLeastSpread = 0.05;
constexpr double kLeastShare = 0.08;
constexpr double kNoiseShare = 3.0;
constexpr double kSpreadMargin = 0.08;
// The motion in cells below which a place is at rest, and the share of the frame that may be while
// a camera travels.
constexpr double kStill = 0.03;
constexpr double kMostStill = 0.35;
constexpr double kStillMargin = 0.15;

class Weighted {
 public:
  void add(double value, double weight) {
    all_.push_back({value, weight});
    total_ += weight;
  }
  void sort() {
    std::sort(all_.begin(), all_.end(),
              [](const One& a, const One& b) { return a.value < b.value; });
  }
  [[nodiscard]] double total() const { return total_; }
  /// Precondition: sorted.
  [[nodiscard]] double percentile(double share) const {
    double sum = 0;
    for (const One& one : all_) {
      sum += one.weight;
      if (sum >= share * total_) return one.value;
    }
    return all_.empty() ? 0 : all_.back().value;
  }

 private:
  struct One {
    double value;
    double weight;
  };
  std::vector<One> all_;
  double total_ = 1e-9;
};

}  // namespace

void FrameParallax::find(const PictureMotion& motion) {
  camera_ = find_camera_translation(motion);
  turn_ = std::sqrt(camera_.turn[0] * camera_.turn[0] + camera_.turn[1] * camera_.turn[1]);
  find_reach(motion.flow_x().width, motion.flow_x().height);
  find_places(motion);
  find_noise();
  summarize(motion);
}

void FrameParallax::find_reach(int width, int height) {
  const double half = width / 2.0;
  reach_.resize(width, height);
  double squares = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto [along_x, along_y] =
          camera_.towards((x + 0.5) / half - 1, (y + 0.5 - height / 2.0) / half);
      const double square = along_x * along_x + along_y * along_y;
      reach_.row(y)[x] = static_cast<float>(square);
      squares += square;
    }
  }
  typical_ = std::sqrt(squares / static_cast<double>(reach_.values.size()));
}

void FrameParallax::find_places(const PictureMotion& motion) {
  const int width = reach_.width;
  const int height = reach_.height;
  const double half = width / 2.0;
  for (Grid* grid : {&parallax_, &variance_, &across_, &odd_}) grid->resize(width, height);
  std::size_t cell = 0;
  for (int row = 0; row < height; ++row) {
    const double y = (row + 0.5 - height / 2.0) / half;
    for (int column = 0; column < width; ++column, ++cell) {
      const double x = (column + 0.5) / half - 1;
      const auto [turned_x, turned_y] = camera_.turned(x, y);
      const auto [along_x, along_y] = camera_.towards(x, y);
      const double off_x = double{motion.flow_x().values[cell]} + motion.shift_x() - turned_x;
      const double off_y = double{motion.flow_y().values[cell]} + motion.shift_y() - turned_y;
      const FlowInformation known = flow_information(motion, cell);
      const double by_x = known.xx * along_x + known.xy * along_y;
      const double by_y = known.xy * along_x + known.yy * along_y;
      // Rounding makes it negative along a straight edge.
      const double along = std::max(by_x * along_x + by_y * along_y, 0.0) + 1e-9;
      const double square = double{reach_.values[cell]} + 1e-6;
      const double miss = along_x * off_y - along_y * off_x;
      constexpr double kNoise = kFlowNoise * kFlowNoise;
      parallax_.values[cell] = static_cast<float>((by_x * off_x + by_y * off_y) / along * typical_);
      variance_.values[cell] =
          static_cast<float>(typical_ * typical_ * (1 / along + kNoise / square));
      across_.values[cell] = static_cast<float>(miss * miss / square);
      odd_.values[cell] = static_cast<float>(
          miss * miss / (along / (known.determinant() + 1e-9) + kNoise * square));
      reach_.values[cell] = static_cast<float>(square / (typical_ * typical_));
    }
  }
}

void FrameParallax::find_noise() {
  Weighted misses;
  each_place([&](std::size_t cell, double) {
    const double across = across_.values[cell];
    misses.add(std::sqrt(across), odd_.values[cell] / (across + 1e-9));
  });
  misses.sort();
  // In a spread as wide as that along the travel, as many places are below.
  noise_ = 2 * misses.percentile(0.6);
}

void FrameParallax::summarize(const PictureMotion& motion) {
  Weighted all;
  double at_rest = 0;
  each_place([&](std::size_t cell, double weight) {
    all.add(parallax_.values[cell], weight);
    const double x = double{motion.flow_x().values[cell]} + motion.shift_x();
    const double y = double{motion.flow_y().values[cell]} + motion.shift_y();
    if (x * x + y * y < kStill * kStill) at_rest += weight;
  });
  all.sort();
  median_ = all.percentile(0.5);
  spread_ = all.percentile(0.8) - all.percentile(0.2);
  low_ = all.percentile(0.05);
  high_ = all.percentile(0.95);
  const double least =
      kLeastSpread + kLeastShare * (std::abs(median_) + turn_) + kNoiseShare * noise_;
  const double moves = std::clamp((kMostStill - at_rest / all.total()) / kStillMargin, 0.0, 1.0);
  travels_ = moves * std::clamp((spread_ - least) / kSpreadMargin, 0.0, 1.0);
}

}  // namespace streamkit::stereo
