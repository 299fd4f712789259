#pragma once

#include <cstdint>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <vector>

#include "capture/scene_palette.hpp"
#include "capture/scene_props.hpp"
#include "capture/scene_tone_map.hpp"
#include "capture/scene_view.hpp"
#include "capture/scene_world.hpp"

namespace streamkit::capture {

/// The paved ground, from `first_row` (even) to the bottom of the frame, with the shadows of the
/// things on it.
class Ground {
 public:
  Ground(const View& view, int first_row, std::uint64_t seed);
  void paint(const CameraPosition& camera, const std::vector<Thing>& things, const PropRoom& props,
             const WritableFrame& frame) const;
  void paint_depth(DepthMap& depth) const;

 private:
  struct Row {
    double z_m;
    int halvings_across;
    int halvings_away;
    Palette palette;
  };

  View view_;
  int first_row_;
  ToneMap tones_;
  std::vector<Row> rows_;
};

}  // namespace streamkit::capture
