#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

namespace streamkit {

/// Relative inverse depth of one frame: 1 is nearest, 0 farthest, linear in disparity between.
/// Row-major, `width_px * height_px` values. A map always covers the whole frame, but may have a
/// lower resolution.
struct STREAMKIT_API DepthMap {
  int width_px = 0;
  int height_px = 0;
  std::vector<float> values = {};
};

/// The largest state that an estimator may save.
inline constexpr std::size_t kMaxDepthStateBytes = std::size_t{8} << 20;

/// Estimates depth from frames, given in presentation order; may remember earlier frames.
/// Thread-safety: one thread at a time.
class STREAMKIT_API DepthEstimator {
 public:
  virtual ~DepthEstimator() = default;
  /// Writes the depth of `frame` into `depth`, whose memory it reuses. Every value is finite and
  /// from 0 to 1.
  /// Errors: Unsupported (pixel format); those of the network or service that it uses.
  virtual Result<void> estimate(const VideoFrame& frame, DepthMap& depth) = 0;

  /// The number of frames that estimate_batch() handles best per call, at least 1. A single frame
  /// is always accepted.
  [[nodiscard]] virtual std::size_t batch() const noexcept { return 1; }
  /// Estimates the depth of several frames in presentation order. Equivalent to calling estimate()
  /// for each frame; may be faster. After an error the contents of `depths` are unspecified.
  /// Precondition: as many maps as frames, at least one.
  virtual Result<void> estimate_batch(std::span<const VideoFrame> frames,
                                      std::span<DepthMap> depths) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (auto done = estimate(frames[i], depths[i]); !done) return done;
    }
    return {};
  }

  /// Forgets earlier frames. Call it where the video jumps.
  virtual void reset() = 0;

  /// Returns what the estimator remembers of earlier frames, for load_state() of another estimator
  /// of the same kind, on any machine; at most kMaxDepthStateBytes. Equal frames give equal bytes.
  /// Empty means that it remembers nothing, which is the default.
  [[nodiscard]] virtual Bytes save_state() const { return {}; }
  /// Restores a state saved by save_state() of the same kind of estimator, as if this one had seen
  /// those frames itself. The bytes may come from an untrusted origin; empty bytes have the effect
  /// of reset(). After an error the estimator is as after reset().
  /// Errors: CorruptData (damaged); Unsupported (another kind of estimator or version, or created
  /// with options that do not fit).
  virtual Result<void> load_state(std::span<const std::uint8_t> state) {
    reset();
    if (state.empty()) return {};
    return Error{ErrorCode::Unsupported, "this depth estimator does not support saved state"};
  }
};

}  // namespace streamkit
