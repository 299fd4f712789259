#pragma once

#include <optional>
#include <span>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <vector>

#include "stereo/convergence_follower.hpp"
#include "stereo/disparity_field.hpp"
#include "stereo/frame_reducer.hpp"
#include "stereo/row_pool.hpp"
#include "stereo/view_warp.hpp"

namespace streamkit::stereo {

/// Draws the views of a frame and its depth. Reuses its memory, and keeps the state that is carried
/// from frame to frame.
/// Thread-safety: one thread at a time.
class EyePair {
 public:
  explicit EyePair(const StereoOptions& options);

  /// Begins the next frame. Call it once for each frame; both arguments are read until its last
  /// draw.
  void begin(const VideoFrame& frame, const DepthMap& depth);
  /// See StereoRenderer.
  [[nodiscard]] Bytes save_state() const;
  Result<void> load_state(std::span<const std::uint8_t> state);
  /// Draws the requested views; null skips one.
  void draw(const ViewPlanes* left, const ViewPlanes* right);
  /// Draws the source frame unchanged.
  void draw_source(const ViewPlanes& place) const;
  /// Draws the depth in grey, nearest white, at the size of the frame.
  void draw_depth(const ViewPlanes& place);

 private:
  struct Lane {
    DisparityField::Cursor cursor;
    std::vector<std::int32_t> shifts;
    ViewWarp::Scratch scratch;
  };
  struct View {
    const ViewPlanes* place;
    Eye eye;
    ViewWarp* warp;
  };
  [[nodiscard]] DisparityScale scale() const;
  void draw_warped(const std::vector<View>& views);
  template <typename Sample>
  void draw_window(const View& view) const;
  template <typename Sample>
  void draw_depth_in(const ViewPlanes& place);
  // Calls `work(first, last, lane)` with each lane and its range of rows of shifts.
  template <typename Work>
  void in_bands(const Work& work);

  const StereoOptions options_;
  RowPool pool_;
  std::vector<Lane> lanes_;
  DisparityField field_;
  ViewWarp left_;
  ViewWarp right_;
  VideoFrame frame_;
  // frame_ as depth looks at it: with 8 bits per sample, and without defined chroma.
  VideoFrame guide_;
  FrameReducer reducer_;
  const DepthMap* depth_ = nullptr;
  std::optional<ConvergenceFollower> follower_;
  float convergence_;
};

}  // namespace streamkit::stereo
