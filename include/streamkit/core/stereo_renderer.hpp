#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit {

/// The largest state that a renderer may save.
inline constexpr std::size_t kMaxViewStateBytes = std::size_t{1} << 20;

/// Renders the packed two-view frame from a frame and its depth, given in presentation order; may
/// remember earlier frames.
/// Thread-safety: one thread at a time.
class STREAMKIT_API StereoRenderer {
 public:
  virtual ~StereoRenderer() = default;
  /// Returns the format of rendered frames for source frames of format `source`.
  /// Errors: InvalidArgument (too large once packed); Unsupported (pixel format).
  virtual Result<VideoFormat> output_format(const VideoFormat& source) const = 0;
  /// Renders a frame, which keeps its timestamps.
  /// Errors: those of output_format(); InvalidArgument (empty depth map).
  virtual Result<VideoFrame> render(const VideoFrame& frame, const DepthMap& depth) = 0;

  /// Returns what the renderer remembers of earlier frames, for load_state() of another renderer of
  /// the same kind, on any machine; at most kMaxViewStateBytes. Equal frames give equal bytes.
  /// Empty means that it remembers nothing, which is the default.
  [[nodiscard]] virtual Bytes save_state() const { return {}; }
  /// Restores a state saved by save_state() of the same kind of renderer, as if this one had
  /// rendered those frames itself. The bytes may come from an untrusted origin. Empty bytes, and
  /// bytes that give an error, leave it as a renderer that has rendered nothing yet.
  /// Errors: CorruptData (damaged); Unsupported (another kind of renderer or version, or other
  /// options).
  virtual Result<void> load_state(std::span<const std::uint8_t> state) {
    if (state.empty()) return {};
    return Error{ErrorCode::Unsupported, "this renderer does not support saved state"};
  }
};

}  // namespace streamkit
