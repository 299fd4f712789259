#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <streamkit/core/frame.hpp>

namespace streamkit::capture {

/// Assigns captured frames to the frame slots of a constant rate: each slot shows the newest frame
/// captured until the middle between its time and that of the next slot.
class PictureSlots {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  explicit PictureSlots(FrameRate rate) : rate_(rate) {}

  /// Takes a frame that was captured at `at` on the stream's timeline. Times must not decrease.
  void push(Nanoseconds at, VideoFrame frame);
  /// The frame of the next slot, and the slot's time.
  struct Shown {
    VideoFrame frame;
    bool is_new = false;
  };
  Shown take();

  /// The number of slots taken.
  [[nodiscard]] std::int64_t next_slot() const noexcept { return next_; }
  /// Returns whether a frame is known that is too new for the next slot, so that this is decided.
  [[nodiscard]] bool decided() const;
  /// Until when a frame may be captured for the slot to show it.
  [[nodiscard]] Nanoseconds closes_at(std::int64_t slot) const;
  /// The first slot that can show what is captured at `at`.
  [[nodiscard]] std::int64_t slot_of(Nanoseconds at) const;
  /// Frames that were never shown.
  [[nodiscard]] std::uint64_t unused() const noexcept { return unused_; }

 private:
  struct Waiting {
    Nanoseconds at;
    VideoFrame frame;
  };

  const FrameRate rate_;
  std::deque<Waiting> waiting_;
  VideoFrame shown_;
  std::int64_t next_ = 0;
  std::uint64_t unused_ = 0;
};

/// Converts to the nearest nanosecond, for hours on end without a sum of roundings.
[[nodiscard]] std::chrono::nanoseconds to_nanoseconds(MediaTime time) noexcept;

}  // namespace streamkit::capture
