#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/media_time.hpp>
#include <streamkit/media/cmaf_packager.hpp>
#include <vector>

namespace streamkit::media {

/// Decides where segments begin.
class SegmentGrid {
 public:
  explicit SegmentGrid(MediaTime segment_duration) : segment_duration_(segment_duration) {}
  /// A segment begins at `start`.
  void begin(MediaTime start, MediaTime frame_duration) noexcept;
  /// Returns whether a keyframe at `pts` begins the next segment: it is at or after the boundary,
  /// or before it by less than half a frame.
  [[nodiscard]] bool is_due(MediaTime pts) const noexcept { return pts + tolerance_ >= boundary_; }
  [[nodiscard]] MediaTime start() const noexcept { return start_; }

 private:
  const MediaTime segment_duration_;
  MediaTime tolerance_{0};
  MediaTime start_{0};
  MediaTime boundary_{0};
};

/// The distance of frames, and how much it varies.
struct FramePace {
  MediaTime frame_duration{0};
  MediaTime jitter{0};
};

/// Returns the pace of frames with these decoding times, in order. With fewer than two,
/// `stated` is used.
[[nodiscard]] FramePace pace_of(const std::vector<MediaTime>& decoding_times, MediaTime stated);

/// Returns the longest duration of a part: the whole number of frames that is nearest to
/// `part_duration`, with room for the jitter, in whole milliseconds.
[[nodiscard]] MediaTime longest_part(const FramePace& pace, MediaTime part_duration) noexcept;

/// Finds the target duration of segments from the distances of keyframes.
class TargetFinder {
 public:
  explicit TargetFinder(MediaTime segment_duration) : segment_duration_(segment_duration) {}
  void keyframe(MediaTime pts) noexcept;
  /// Forgets the last keyframe: the timeline breaks.
  void restart() noexcept { last_.reset(); }
  [[nodiscard]] MediaTime longest_gop() const noexcept { return longest_gop_; }
  /// Returns the target for keyframes at the distances seen: a segment ends with the first one at
  /// or after the grid. Without two keyframes, that of the grid.
  [[nodiscard]] std::chrono::seconds target() const noexcept;

 private:
  const MediaTime segment_duration_;
  std::optional<MediaTime> last_;
  MediaTime longest_gop_{0};
};

/// Returns the duration that a segment must stay below, so that it is the target when rounded.
[[nodiscard]] constexpr MediaTime segment_limit(std::chrono::seconds target) noexcept {
  return target + MediaTime(std::chrono::milliseconds(500));
}

}  // namespace streamkit::media
