#pragma once

#include <cstddef>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// A network that estimates depth from single frames and remembers nothing between them; it runs in
/// this process or behind a service. A DepthEstimator around it turns its raw values into steady
/// depth.
/// Thread-safety: one thread at a time.
class STREAMKIT_API DepthNetwork {
 public:
  virtual ~DepthNetwork() = default;
  /// The number of frames that infer() handles best per call, at least 1. A larger number keeps a
  /// graphics card busy and delays that many frames.
  [[nodiscard]] virtual std::size_t batch() const noexcept { return 1; }
  /// Writes a map of each frame, in order, into `depths`, whose memory it reuses. The values are
  /// inverse depth: larger is nearer, linear in disparity, with any scale and offset. A value is
  /// not finite where the network produced none. A map covers its whole frame, in any resolution.
  /// Precondition: as many maps as frames, at least one; all frames of one format.
  /// Errors: Unsupported (pixel format); those of the network's runtime or service.
  virtual Result<void> infer(std::span<const VideoFrame> frames, std::span<DepthMap> depths) = 0;
};

}  // namespace streamkit
