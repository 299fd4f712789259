#include "quality/clip_depth.hpp"

#include <algorithm>
#include <chrono>
#include <streamkit/media/media_file.hpp>
#include <utility>
#include <vector>

namespace streamkit::quality {

ClipDepth::ClipDepth(const std::filesystem::path& clip, std::unique_ptr<DepthEstimator> estimator)
    : reader_(media::open_media_file(clip)), estimator_(std::move(estimator)) {}

const DepthMap* ClipDepth::at(double seconds) {
  bool more = reader_.has_value();
  while (more && (depth_.values.empty() || reached_ < seconds)) {
    auto item = (*reader_)->read({});
    more = item && !std::holds_alternative<EndOfStream>(*item);
    const auto* frame = more ? std::get_if<VideoFrame>(&*item) : nullptr;
    if (frame == nullptr) continue;
    reached_ = std::chrono::duration<double>(frame->pts + frame->duration).count();
    if (!estimator_->estimate(*frame, depth_)) return nullptr;
  }
  return depth_.values.empty() ? nullptr : &depth_;
}

double depth_around(const DepthMap& depth, JudgedPlace place) {
  const int radius = std::max(1, depth.width_px / 100);
  const int middle_x = static_cast<int>(place.x * depth.width_px);
  const int middle_y = static_cast<int>(place.y * depth.height_px);
  std::vector<float> values;
  for (int y = std::max(0, middle_y - radius);
       y <= std::min(depth.height_px - 1, middle_y + radius); ++y) {
    for (int x = std::max(0, middle_x - radius);
         x <= std::min(depth.width_px - 1, middle_x + radius); ++x) {
      values.push_back(depth.values[static_cast<std::size_t>(y * depth.width_px + x)]);
    }
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace streamkit::quality
