#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <streamkit/core/depth_estimator.hpp>

namespace streamkit::quality {

/// How much depth changes from picture to picture where the clip itself does not, in shares of the
/// whole range.
struct Steadiness {
  /// Within chunks, each of which goes on with the state of the one before.
  double inside = 0;
  /// From a chunk's last picture to the next one's first, over that: mean of all divisions, and
  /// the standard deviation between them.
  double seams = 0;
  double seams_spread = 0;
  /// The same where chunks begin without a state.
  double without_state = 0;
};

/// Encodes the clip in short chunks as live capture does, an IDR at the start of each, and converts
/// each by itself. Does so once for each place of the seams, so that every picture's step is a seam
/// once and inside otherwise, and what the clip itself does there weighs on both sides alike.
/// All 0 where the clip cannot be read.
[[nodiscard]] Steadiness measure_steadiness(
    const std::filesystem::path& clip,
    const std::function<std::unique_ptr<DepthEstimator>()>& make_estimator);

/// How much the depth of a clip without cuts swells and shrinks, in shares of the whole range.
struct Swelling {
  /// The least and the largest spread() of depth after the first half second.
  double least = 0;
  double most = 0;
  /// The largest change of it within half a second.
  double largest_change = 0;
};

/// Estimates the depth of the whole clip. All 0 where it cannot be read or is shorter than a
/// second.
[[nodiscard]] Swelling measure_swelling(
    const std::filesystem::path& clip,
    const std::function<std::unique_ptr<DepthEstimator>()>& make_estimator);

}  // namespace streamkit::quality
