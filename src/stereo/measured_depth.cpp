#include "stereo/measured_depth.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "stereo/depth_state.hpp"
#include "stereo/grid_sampling.hpp"
#include "stereo/rest_noise.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kFlowRadius = 3;
// Cells that may be noise: what was measured stays where it is.
constexpr float kAtRest = 0.1F;
constexpr int kChangeRadius = 2;
// Mean difference of luma that may be noise.
constexpr float kLeastChange = 0.004F;
// Mean difference of luma at which a place that was found again is trusted by half; and what is
// added while the camera travels, when everything is read between the cells.
constexpr float kDoubt = 0.02F;
constexpr float kTravelDoubt = 0.01F;

// The square of a deviation, in variances, from which on it is an outlier.
constexpr float kOutlier = FrameParallax::kOdd;

// A camera travels for a while, or not at all: how much of the earlier evidence for it is kept, and
// how much of it counts as none.
constexpr double kTravelMemory = 0.5;
constexpr double kLeastTravel = 0.7;
constexpr double kTravelMargin = 0.1;
// Below this the camera does not travel, and what was measured without proof is forgotten. Above
// it, over the margin, what moves by itself can no longer be distinguished from the rest.
constexpr float kNoTravel = 0.7F;
constexpr float kNoTravelMargin = 0.15F;
// A frame proves what is known if both correlate by this and the margin more; it is evidence
// against it if they correlate less. How much of the earlier proof is kept, and from where over the
// margin the measured depth is used.
constexpr double kAlike = 0.75;
constexpr double kAlikeMargin = 0.15;
constexpr double kProofMemory = 0.5;
constexpr float kUnproven = 0.35F;
constexpr float kProofMargin = 0.15F;
// Share of the frame's weight that must be known before a frame is compared with it.
constexpr double kKnown = 0.15;
// Correlation of a frame with what is known.
constexpr double kUnlike = 0.6;

// Information, in units of the scale's inverse square, that is trusted by half, and the most that
// is kept: what comes later has to count.
constexpr float kHalf = 8;
constexpr float kMost = 1500;
constexpr float kMostWeight = kMost / (kMost + kHalf);
// The most that is known of what moves by itself: that it is in front, not how far.
constexpr float kMostOfMover = 6;
constexpr float kMoverInformation = 5;
// The motion in cells, and its share of the camera's, that is no evidence that something moves; and
// how much more is full evidence.
constexpr double kLeastMover = 0.12;
constexpr double kMoverShare = 0.08;
constexpr float kFullMover = 0.3F;
constexpr float kLowest = -0.5F;
constexpr float kHighest = 1.5F;
constexpr float kMiddle = 0.5F;
// The variance of parallax, in cells, where the sweep is perfectly clear, and how unclear it may
// be.
constexpr float kSweepVariance = 0.05F;
constexpr float kSweepUnclear = 0.005F;
// By how many cells, and by which share of it, the sweep goes beyond the range of parallax.
constexpr double kLeastMargin = 0.3;
constexpr double kRangeMargin = 0.5;
constexpr double kDeviation = 0.25;
constexpr double kOrderMemory = 0.75;
constexpr float kDoubtedOrder = 0.2F;
constexpr float kOrderMargin = 0.3F;

float information_of(float weight) {
  const float kept = std::min(weight, kMostWeight);
  return kHalf * kept / (1 - kept);
}
float weight_of(float information) { return information / (information + kHalf); }

}  // namespace

// The relation of a frame's parallax to inverse depth: parallax = slope * depth + offset.
struct MeasuredDepth::Scale {
  double slope = 1;
  double offset = 0;
  // From 0 to 1 how certain it is that the camera travels, over time.
  double travels = 0;
  // The correlation with what is known, and whether enough was known.
  double alike = 0;
  bool comparable = false;
};

void MeasuredDepth::reset() {
  previous_ = {};
  order_ = 0;
  travels_ = 0;
  proof_ = 0;
  for (Grid* grid : {&evidence_, &weight_, &nearness_}) {
    std::fill(grid->values.begin(), grid->values.end(), 0.0F);
  }
}

bool MeasuredDepth::fits(const Numbers& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float number) {
    return number >= 0 && number <= 1 && quantize(number) == number;
  });
}

void MeasuredDepth::restore(const Grid& luma, const Grid& evidence, const Grid& weight,
                            const Numbers& numbers) {
  previous_ = luma;
  evidence_ = evidence;
  weight_ = weight;
  order_ = numbers[0];
  travels_ = numbers[1];
  proof_ = numbers[2];
}

void MeasuredDepth::update(const Grid& luma, int guess_x, int guess_y) {
  for (Grid* grid : {&evidence_, &weight_, &nearness_}) {
    grid->resize(luma.width, luma.height);
  }
  moved_ = previous_.same_size(luma);
  if (moved_) {
    motion_.find(previous_, luma, guess_x, guess_y);
    carry_along(luma);
  }
  if (moved_) measure(luma);
  previous_ = luma;
  for (std::size_t i = 0; i < nearness_.values.size(); ++i) {
    nearness_.values[i] = std::clamp(evidence_.values[i], 0.0F, 1.0F);
  }
}

void MeasuredDepth::measure(const Grid& luma) {
  motion_.refine();
  frame_.find(motion_);
  Scale scale = find_scale();
  learn_travel(scale);
  if (scale.travels > 0) {
    learn_depth(scale, luma);
    learn_order(scale);
  }
  learn_movers();
  if (scale.travels > 0) rescale();
  quantize(evidence_);
  quantize(weight_);
  order_ = quantize(order_);
}

// Chance similarities and motion by itself spread along some direction too, but not alike in frame
// after frame: depth does.
void MeasuredDepth::learn_travel(Scale& scale) {
  travels_ =
      quantize(static_cast<float>(kTravelMemory * travels_ + (1 - kTravelMemory) * scale.travels));
  if (scale.comparable) {
    const double alike = std::clamp((scale.alike - kAlike) / kAlikeMargin, -1.0, 1.0);
    const double share = (1 - kProofMemory) * frame_.travels();
    proof_ = quantize(std::max(static_cast<float>(proof_ + share * (alike - proof_)), 0.0F));
  }
  scale.travels *= std::clamp((travels_ - kLeastTravel) / kTravelMargin, 0.0, 1.0);
  if (order_ == 0 || proof_ >= kUnproven || travels_ >= kNoTravel) return;
  std::fill(weight_.values.begin(), weight_.values.end(), 0.0F);
  order_ = 0;
  proof_ = 0;
}

void MeasuredDepth::carry_along(const Grid& luma) {
  follow_flow(luma);
  prefer_common_motion();
  scratch_.resize(luma.width, luma.height);
  for (Grid* grid : {&evidence_, &weight_}) {
    for (int y = 0; y < luma.height; ++y) {
      for (int x = 0; x < luma.width; ++x) {
        scratch_.row(y)[x] =
            sharply_between(*grid, place_in(*grid, static_cast<float>(x) - smooth_x_.row(y)[x],
                                            static_cast<float>(y) - smooth_y_.row(y)[x]));
      }
    }
    std::swap(grid->values, scratch_.values);
  }
  const float half = kDoubt + kTravelDoubt * travels_;
  // Without this, noise alone forgets within seconds who sits still.
  const float noise = (1 - travels_) * noise_at_rest(difference_, smooth_x_, smooth_y_);
  for (std::size_t i = 0; i < luma.values.size(); ++i) {
    const float doubt = std::max(difference_.values[i] - noise, 0.0F) / half;
    const float found = 1 / (1 + doubt * doubt * doubt * doubt);
    weight_.values[i] = weight_of(found * information_of(weight_.values[i]));
  }
}

// Smooths the flow, and compares the frame with the one before, moved along it and as a whole.
void MeasuredDepth::follow_flow(const Grid& luma) {
  const int width = luma.width;
  const int height = luma.height;
  box_blur(motion_.flow_x(), kFlowRadius, smooth_x_);
  box_blur(motion_.flow_y(), kFlowRadius, smooth_y_);
  difference_.resize(width, height);
  unmoved_.resize(width, height);
  moves_.resize(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      float& along_x = smooth_x_.row(y)[x];
      float& along_y = smooth_y_.row(y)[x];
      along_x += static_cast<float>(motion_.shift_x());
      along_y += static_cast<float>(motion_.shift_y());
      if (std::abs(along_x) < kAtRest && std::abs(along_y) < kAtRest) along_x = along_y = 0;
      const float then = between(previous_, place_in(previous_, static_cast<float>(x) - along_x,
                                                     static_cast<float>(y) - along_y));
      difference_.row(y)[x] = std::abs(luma.row(y)[x] - then);
      const int from_x = std::clamp(x - motion_.shift_x(), 0, width - 1);
      const int from_y = std::clamp(y - motion_.shift_y(), 0, height - 1);
      unmoved_.row(y)[x] = std::abs(luma.row(y)[x] - previous_.row(from_y)[from_x]);
    }
  }
  box_blur(difference_, kChangeRadius, difference_);
  box_blur(unmoved_, kChangeRadius, unmoved_);
}

// Beside an edge the motion is that of both its sides. What the motion of the whole frame explains
// better does not move by itself.
void MeasuredDepth::prefer_common_motion() {
  for (std::size_t i = 0; i < moves_.values.size(); ++i) {
    float& unmoved = unmoved_.values[i];
    const float gain = unmoved - difference_.values[i];
    if (gain <= 0) {
      difference_.values[i] = unmoved;
      smooth_x_.values[i] = static_cast<float>(motion_.shift_x());
      smooth_y_.values[i] = static_cast<float>(motion_.shift_y());
    }
    moves_.values[i] = std::max(gain, 0.0F) / (unmoved + kLeastChange);
  }
}

MeasuredDepth::Scale MeasuredDepth::find_scale() const {
  Scale scale;
  scale.travels = frame_.travels();
  scale.slope = std::max(frame_.high() - frame_.low(), 1e-3);
  scale.offset = frame_.low();
  double total = 1e-9;
  double known = 0;
  frame_.each_place([&](std::size_t cell, double weight) {
    total += weight;
    known += weight * weight_.values[cell];
  });
  if (known >= kKnown * total) compare(scale);
  return scale;
}

// The line through the frame's parallax over the depth that is known, by least squares without
// outliers.
void MeasuredDepth::compare(Scale& scale) const {
  const Grid& seen = frame_.parallax();
  double slope = 0;
  double offset = frame_.median();
  for (int round = 0; round < 3; ++round) {
    double sum = 1e-9, of_depth = 0, of_parallax = 0, squares = 0, both = 0, own = 0;
    frame_.each_place([&](std::size_t cell, double weight) {
      const double depth = evidence_.values[cell];
      const double parallax = seen.values[cell];
      weight *= weight_.values[cell];
      if (round > 0) {
        const double miss = parallax - slope * depth - offset;
        weight /= 1 + miss * miss / (kOutlier * (frame_.variance().values[cell] + 0.01));
      }
      sum += weight;
      of_depth += weight * depth;
      of_parallax += weight * parallax;
      squares += weight * depth * depth;
      both += weight * depth * parallax;
      own += weight * parallax * parallax;
    });
    const double depth_variance = squares / sum - of_depth / sum * (of_depth / sum) + 1e-9;
    const double own_variance = own / sum - of_parallax / sum * (of_parallax / sum) + 1e-9;
    const double covariance = both / sum - of_depth / sum * (of_parallax / sum);
    slope = covariance / depth_variance;
    offset = of_parallax / sum - slope * of_depth / sum;
    scale.alike = covariance / std::sqrt(depth_variance * own_variance);
  }
  scale.comparable = true;
  if (std::abs(scale.alike) > kUnlike && std::abs(slope) > 1e-3) {
    scale.slope = slope;
    scale.offset = offset;
  } else {
    scale.travels = 0;
  }
}

// A direction of travel with its opposite and a turn to match looks nearly the same, near and far
// exchanged: they differ only in that everything has to be in front of the camera.
void MeasuredDepth::learn_order(const Scale& scale) {
  const double clear = std::clamp(frame_.median() / (frame_.spread() + 0.05), -1.0, 1.0);
  const double now = scale.slope > 0 ? clear : -clear;
  if (order_ == 0) {
    order_ = static_cast<float>(0.5 * now);
  } else {
    const double share = (1 - kOrderMemory) * scale.travels;
    order_ += static_cast<float>(share * (now - order_));
  }
  if (order_ >= 0) return;
  order_ = -order_;
  for (float& value : evidence_.values) value = 1 - value;
}

float MeasuredDepth::certainty() const {
  return std::clamp((order_ - kDoubtedOrder) / kOrderMargin, 0.0F, 1.0F) *
         std::clamp((proof_ - kUnproven) / kProofMargin, 0.0F, 1.0F);
}

float MeasuredDepth::mover_certainty() const {
  if (order_ != 0) return certainty();
  return 1 - std::clamp((travels_ - kNoTravel) / kNoTravelMargin, 0.0F, 1.0F);
}

void MeasuredDepth::learn_depth(const Scale& scale, const Grid& luma) {
  const double margin = kLeastMargin + kRangeMargin * (frame_.high() - frame_.low());
  sweep_.find(previous_, luma, frame_.camera(), frame_.typical(), frame_.low() - margin,
              frame_.high() + margin);
  const auto slope = static_cast<float>(scale.slope);
  const auto offset = static_cast<float>(scale.offset);
  const float share = static_cast<float>(scale.travels) * slope * slope;
  for (std::size_t i = 0; i < evidence_.values.size(); ++i) {
    const float clear = sweep_.clearness().values[i];
    const float variance = kSweepVariance / (clear * clear + kSweepUnclear);
    const float now =
        std::clamp((sweep_.parallax().values[i] - offset) / slope, 2 * kLowest, kHighest + kMiddle);
    const float information = share / (variance * (1 + frame_.odd().values[i] / kOutlier));
    float known = information_of(weight_.values[i]);
    const float off = now - evidence_.values[i];
    const float surprise = off * off / (1 / (known + 1e-3F) + 1 / (information + 1e-3F) + 0.02F);
    if (surprise > 4 * kOutlier) known *= 0.9F;
    evidence_.values[i] += off * information / (known + information + 1e-6F);
    weight_.values[i] = weight_of(std::min(known + information, kMost));
  }
}

void MeasuredDepth::learn_movers() {
  const float rest = 1 - std::max(static_cast<float>(frame_.travels()), travels_);
  const auto median = static_cast<float>(frame_.median());
  const auto least = static_cast<float>(kLeastMover + 2 * frame_.noise() +
                                        kMoverShare * (std::abs(frame_.median()) + frame_.turn()));
  for (std::size_t i = 0; i < evidence_.values.size(); ++i) {
    const float along = frame_.parallax().values[i] - median;
    const float square =
        rest * (frame_.across().values[i] + along * along * frame_.reach().values[i]);
    const float unlike = std::sqrt(square) - least;
    if (unlike <= 0) continue;
    const float moves = std::min(unlike / kFullMover, 1.0F);
    const float information =
        kMoverInformation * moves * moves_.values[i] * motion_.confidence().values[i];
    const float known = information_of(weight_.values[i]);
    evidence_.values[i] += (1 - evidence_.values[i]) * information / (known + information + 1e-6F);
    if (known < kMostOfMover) {
      weight_.values[i] = weight_of(std::min(known + information, kMostOfMover));
    }
  }
}

// Keeps the scale, which would drift: the mean in the middle, and one deviation.
void MeasuredDepth::rescale() {
  double total = 1e-9;
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < evidence_.values.size(); ++i) {
    const double weight = weight_.values[i];
    total += weight;
    sum += weight * evidence_.values[i];
    squares += weight * evidence_.values[i] * evidence_.values[i];
  }
  const double mean = sum / total;
  const double variance = squares / total - mean * mean;
  if (!(variance > 1e-6)) return;
  const auto scale = static_cast<float>(kDeviation / std::sqrt(variance));
  for (float& value : evidence_.values) {
    value = std::clamp(kMiddle + (value - static_cast<float>(mean)) * scale, kLowest, kHighest);
  }
}

}  // namespace streamkit::stereo
