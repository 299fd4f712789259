#pragma once

#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/media/still_picture.hpp>
#include <vector>

namespace streamkit::quality {

/// A photograph with measured disparity, as a camera sees it that passes by: what is near moves by
/// its disparity more than what is far. Ends at the photograph itself, without the borders that
/// the camera did not see on its way.
class PassedPhotograph {
 public:
  enum class Camera {
    /// Looks straight on: what is far hardly moves.
    Passing,
    /// Turns to keep the middle of the depth in place: near and far move against each other.
    Circling,
    /// The same around what is near: what is far moves most.
    CirclingClose,
    /// Turns where it stands: no parallax.
    Turning,
  };
  /// `truth` is grey, 0 unknown, `scale` its value for a pixel; `frame` may lack its last column
  /// and row. Larger pictures are halved.
  PassedPhotograph(const VideoFrame& frame, const media::RgbPicture& truth, double scale,
                   Camera camera, bool upside_down);

  /// `left` pictures before the last one of `frames`.
  [[nodiscard]] VideoFrame picture(int left, int frames) const;
  /// Disparity of the last one; 0 unknown.
  [[nodiscard]] const DepthMap& truth() const { return truth_; }

 private:
  void leave_out_borders();

  std::vector<std::uint8_t> luma_;
  DepthMap whole_, truth_;
  float held_ = 0;
  bool turning_ = false;
  int left_ = 0;
};

}  // namespace streamkit::quality
