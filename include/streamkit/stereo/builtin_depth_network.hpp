#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/depth_network.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::stereo {

struct STREAMKIT_API BuiltinDepthOptions {
  /// The shorter side of the frame as the network sees it; the longer side follows the frame's
  /// aspect ratio. A larger value resolves smaller objects; the cost grows with its square. The
  /// network is trained at the default. A multiple of 32, from 32 to 1024.
  int short_side_px = 96;
};

/// The depth network that is compiled into the library: small, and without any other dependency.
/// It computes in integers on one core, the same depth on every processor.
///
/// Black bars (letterbox, pillarbox) are detected, and the network sees the frame without them. The
/// depth of the bars is the median of the depth between them, so that they change neither the range
/// of the depth nor its middle.
class STREAMKIT_API BuiltinDepthNetwork final : public DepthNetwork {
 public:
  /// Errors: InvalidArgument (an option out of its range).
  static Result<std::unique_ptr<BuiltinDepthNetwork>> create(BuiltinDepthOptions options = {});
  /// Uses another network than the one that is compiled in: the bytes of a file that
  /// tools/depth_training has written. They are not needed afterwards, and may come from an
  /// untrusted origin.
  /// Errors: InvalidArgument (an option out of its range); CorruptData (damaged); Unsupported
  /// (another version of the format).
  static Result<std::unique_ptr<BuiltinDepthNetwork>> create(std::span<const std::uint8_t> file,
                                                             BuiltinDepthOptions options = {});
  ~BuiltinDepthNetwork() override;

  /// Every value is finite. A map has about half the resolution that the network sees.
  /// Errors: Unsupported (pixel format).
  Result<void> infer(std::span<const VideoFrame> frames, std::span<DepthMap> depths) override;

 private:
  struct State;
  explicit BuiltinDepthNetwork(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

}  // namespace streamkit::stereo
