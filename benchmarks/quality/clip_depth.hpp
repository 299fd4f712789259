#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/media_reader.hpp>

#include "quality/judged_pairs.hpp"

namespace streamkit::quality {

/// Depth of a clip at moments in rising order, estimated over all frames up to each.
class ClipDepth {
 public:
  ClipDepth(const std::filesystem::path& clip, std::unique_ptr<DepthEstimator> estimator);

  /// Null where the clip cannot be read; its last depth where it ends before. Valid until the next
  /// call.
  const DepthMap* at(double seconds);

 private:
  Result<std::unique_ptr<MediaReader>> reader_;
  const std::unique_ptr<DepthEstimator> estimator_;
  DepthMap depth_;
  double reached_ = 0;
};

/// The median of depth around a place, of 2 % of the map's width.
[[nodiscard]] double depth_around(const DepthMap& depth, JudgedPlace place);

}  // namespace streamkit::quality
