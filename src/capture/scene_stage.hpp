#pragma once

#include <cstdint>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame_pool.hpp>

#include "capture/scene_backdrop.hpp"
#include "capture/scene_ground.hpp"
#include "capture/scene_props.hpp"
#include "capture/scene_view.hpp"

namespace streamkit::capture {

/// The world of a generated source, seen at any time. Painting is a pure function of the time.
class Stage {
 public:
  Stage(int width_px, int height_px, std::uint64_t seed);

  /// Paints every pixel of `frame`, which must have the scene's size.
  void paint(double seconds, const WritableFrame& frame) const;
  /// Returns the depth of every pixel of the frame that paint() paints.
  [[nodiscard]] DepthMap depth(double seconds) const;

 private:
  View view_;
  std::uint64_t seed_;
  PropRoom props_;
  Hills far_hills_;
  Hills near_hills_;
  Sky sky_;
  Ground ground_;
};

}  // namespace streamkit::capture
