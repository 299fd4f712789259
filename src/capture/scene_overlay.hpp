#pragma once

#include <cstdint>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame_pool.hpp>

namespace streamkit::capture {

/// The display in the top left corner: frame tag, time, frame number and lamp. Small frames contain
/// only a part of it, or nothing.
struct OverlayState {
  std::uint64_t frame_number = 0;
  std::uint64_t second = 0;
  bool lamp_lit = false;
};

void paint_overlay(const OverlayState& state, const WritableFrame& frame);

/// Sets the depth of the display to 0, the depth of the sky.
void paint_overlay_depth(DepthMap& depth);

}  // namespace streamkit::capture
