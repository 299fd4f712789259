#pragma once

#include <vector>

#include "quality/moving_layers.hpp"

namespace streamkit::quality {

/// How what the source does not show is filled, picture by picture, against the true view.
struct FillScore {
  /// Infinite where nothing differs, NaN where there is no such pixel.
  double psnr_db = 0;
  /// The mean of how much more, or less, a pixel changes from one picture to the next than the true
  /// view's does, in steps of 8 bits; of pixels that are of the kind in both.
  double flicker = 0;
  /// The share of such pixels.
  double share = 0;
};

/// Takes pictures of one size in their order, and scores their pixels of one kind.
class FillScorer {
 public:
  explicit FillScorer(Seen kind) : kind_(kind) {}
  void add(const GreyPicture& made, const GreyPicture& real, const std::vector<Seen>& seen);
  [[nodiscard]] FillScore score() const;

 private:
  const Seen kind_;
  double squares_ = 0;
  double pixels_ = 0;
  double filled_ = 0;
  double changes_ = 0;
  double twice_ = 0;
  std::vector<int> errors_;
  std::vector<Seen> seen_;
};

/// What a plain converter makes of the wall: the source moved by whole pixels, and what it does not
/// show replaced by the nearest pixel in its row that it does. Only what `seen` calls Hidden or
/// Beyond is of use. Precondition: sizes match.
[[nodiscard]] GreyPicture stretch_wall(const GreyPicture& source, double wall_px,
                                       const std::vector<Seen>& seen, bool wall_at_left);

/// The same by the picture's mean.
void fill_with_mean(GreyPicture& view, const std::vector<Seen>& seen);

}  // namespace streamkit::quality
