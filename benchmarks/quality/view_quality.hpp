#pragma once

#include <cstdint>
#include <streamkit/media/still_picture.hpp>
#include <vector>

namespace streamkit::quality {

/// Which pixels of the right view some pixel of the left one covers, of known disparity. Row-major
/// like the disparity of the left view in pixels, where what is not finite or 0 is unknown.
[[nodiscard]] std::vector<bool> covered_in_right_view(int width_px, int height_px,
                                                      const std::vector<float>& disparity);

/// The largest known disparity, rounded up: as many columns at the right of the right view are
/// never seen in the left one.
[[nodiscard]] int largest_disparity(const std::vector<float>& disparity);

struct ViewScore {
  /// Of all channels together; infinite where nothing differs, NaN where there is no such pixel.
  double psnr_db = 0;
  /// The same in the pixels that are not covered.
  double hole_psnr_db = 0;
  /// The share of those.
  double hole_share = 0;
  /// The mean structural similarity of the luma, window Gaussian of sigma 1.5.
  /// Source: Z. Wang et al., "Image quality assessment", IEEE TIP 13(4), 2004.
  double ssim = 0;
};

/// Compares a right view with the real one, in the columns before `columns`.
/// Precondition: the pictures are of one size, `covered` matches it, `columns` is at most the width
/// and at least 1.
[[nodiscard]] ViewScore score_view(const media::RgbPicture& real, const media::RgbPicture& made,
                                   const std::vector<bool>& covered, int columns);

}  // namespace streamkit::quality
