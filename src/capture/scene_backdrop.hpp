#pragma once

#include <cstdint>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <vector>

#include "capture/scene_palette.hpp"
#include "capture/scene_tone_map.hpp"
#include "capture/scene_view.hpp"
#include "capture/scene_world.hpp"

namespace streamkit::capture {

/// The evening sky. It never moves and is painted only once.
class Sky {
 public:
  /// Paints the sky from the top of the frame down to `rows`, an even number.
  Sky(const View& view, int rows, std::uint64_t seed);
  void paint(const WritableFrame& frame) const;

 private:
  int rows_;
  std::array<std::vector<std::uint8_t>, 3> planes_;
};

/// A range of hills that is so far away that it only moves sideways.
class Hills {
 public:
  struct Look {
    double z_m;
    /// The mean height of the ridge above the ground, and its largest deviation.
    double height_m;
    double swing_m;
    /// The width of one point of the ridge, in metres.
    double pitch_m;
    /// The amplitude of each finer wave of the ridge relative to the one before.
    double roughness;
    Material material;
  };

  Hills(const View& view, const Look& look, std::uint64_t seed);
  /// Returns the first row of the frame below the foot of the hills.
  [[nodiscard]] int end_row() const { return end_row_; }
  void paint(const CameraPosition& camera, const WritableFrame& frame) const;
  void paint_depth(const CameraPosition& camera, DepthMap& depth) const;

 private:
  [[nodiscard]] std::vector<float> ridge(const CameraPosition& camera) const;

  View view_;
  Look look_;
  int end_row_;
  std::vector<float> heights_;
  ToneMap tones_;
  Palette palette_;
};

}  // namespace streamkit::capture
