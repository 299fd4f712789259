#pragma once

#include <cstddef>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// A network that guesses depth from single pictures and remembers nothing of them; in this process
/// or behind a service. An estimator around it makes its raw numbers steady depth.
/// Thread-safety: one thread at a time.
class STREAMKIT_API DepthNetwork {
 public:
  virtual ~DepthNetwork() = default;
  /// Pictures that are best given at once, at least 1. More keeps a graphics card busy and holds
  /// that many pictures back.
  [[nodiscard]] virtual std::size_t batch() const noexcept { return 1; }
  /// Writes a map of each picture, in order, into `depths`, whose memory it uses again: inverse
  /// depth, larger is nearer, linear in disparity, but of any scale and offset. Values may be not
  /// finite where the network gave none. A map covers its whole picture in whatever size it has.
  /// Precondition: as many maps as pictures, at least one; pictures of one format.
  /// Errors: Unsupported (pixel format); those of the network's runtime or service.
  virtual Result<void> infer(std::span<const VideoFrame> frames, std::span<DepthMap> depths) = 0;
};

}  // namespace streamkit
