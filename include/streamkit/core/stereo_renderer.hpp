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

/// No renderer's state is larger.
inline constexpr std::size_t kMaxViewStateBytes = std::size_t{1} << 20;

/// Makes the packed two-view picture from a picture and its depth, given in presentation order; may
/// remember earlier ones. Thread-safety: one thread at a time.
class STREAMKIT_API StereoRenderer {
 public:
  virtual ~StereoRenderer() = default;
  /// What render() gives for pictures of format `source`. Errors: InvalidArgument (too large once
  /// packed); Unsupported (pixel format).
  [[nodiscard]] virtual Result<VideoFormat> output_format(const VideoFormat& source) const = 0;
  /// Timestamps carry over. Errors: as output_format(); InvalidArgument (empty depth map).
  virtual Result<VideoFrame> render(const VideoFrame& frame, const DepthMap& depth) = 0;

  /// What it remembers of the pictures so far, for load_state() of another renderer of its kind, on
  /// any machine; at most kMaxViewStateBytes. Equal pictures give equal bytes. Empty: it remembers
  /// nothing, which is the default.
  [[nodiscard]] virtual Bytes save_state() const { return {}; }
  /// Goes on where the renderer stood that saved `state`, as if it had drawn those pictures itself.
  /// Bytes of any origin may be given; empty ones, and any after which there is an error, are those
  /// of a renderer that has drawn nothing yet.
  /// Errors: CorruptData (damaged); Unsupported (of another kind of renderer or version, or of one
  /// with other options).
  virtual Result<void> load_state(std::span<const std::uint8_t> state) {
    if (state.empty()) return {};
    return Error{ErrorCode::Unsupported, "this renderer carries no state over"};
  }
};

}  // namespace streamkit
