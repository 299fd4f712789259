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

/// Relative inverse depth of one picture: 1 is nearest, 0 farthest, linear in disparity between.
/// Row-major, `width_px * height_px` values; may be smaller than the picture, which it covers
/// whole.
struct STREAMKIT_API DepthMap {
  int width_px = 0;
  int height_px = 0;
  std::vector<float> values = {};
};

/// No estimator's state is larger.
inline constexpr std::size_t kMaxDepthStateBytes = std::size_t{8} << 20;

/// Guesses depth from pictures, given in presentation order; may remember earlier ones.
/// Thread-safety: one thread at a time.
class STREAMKIT_API DepthEstimator {
 public:
  virtual ~DepthEstimator() = default;
  /// Writes into `depth`, whose memory it uses again. Every value is finite and from 0 to 1.
  /// Errors: Unsupported (pixel format); those of what it asks for depth.
  virtual Result<void> estimate(const VideoFrame& frame, DepthMap& depth) = 0;

  /// Pictures that are best given at once, at least 1: one given alone is never refused.
  [[nodiscard]] virtual std::size_t batch() const noexcept { return 1; }
  /// The maps of several pictures, in presentation order; the same as of one after the other, and
  /// at most sooner. After an error the maps are of no use.
  /// Precondition: as many maps as pictures, at least one.
  virtual Result<void> estimate_batch(std::span<const VideoFrame> frames,
                                      std::span<DepthMap> depths) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (auto done = estimate(frames[i], depths[i]); !done) return done;
    }
    return {};
  }

  /// Forgets earlier pictures: call it where the video jumps.
  virtual void reset() = 0;

  /// What it remembers of the pictures so far, for load_state() of another estimator of its kind,
  /// on any machine; at most kMaxDepthStateBytes. Equal pictures give equal bytes. Empty: it
  /// remembers nothing, which is the default.
  [[nodiscard]] virtual Bytes save_state() const { return {}; }
  /// Goes on where the estimator stood that saved `state`, as if it had seen those pictures itself.
  /// Bytes of any origin may be given; empty ones are those of an estimator just reset. After an
  /// error it stands as after reset().
  /// Errors: CorruptData (damaged); Unsupported (of another kind of estimator or version, or made
  /// with options that do not fit).
  virtual Result<void> load_state(std::span<const std::uint8_t> state) {
    reset();
    if (state.empty()) return {};
    return Error{ErrorCode::Unsupported, "this depth estimator carries no state over"};
  }
};

}  // namespace streamkit
