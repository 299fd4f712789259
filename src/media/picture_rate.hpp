#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <vector>

#include "media/input_file.hpp"

namespace streamkit::media {

/// Places frames of any timestamps on the grid of a constant rate. Where two frames are nearest to
/// one place, the later one takes the next place, so that a frame whose timestamp is a little early
/// or late is not lost.
class STREAMKIT_API RateGrid {
 public:
  explicit RateGrid(FrameRate rate) : rate_(rate) {}
  /// Returns the frame's place; no value if there is none near its timestamp. Timestamps must rise.
  std::optional<std::int64_t> place(MediaTime pts);
  [[nodiscard]] FrameRate rate() const noexcept { return rate_; }

 private:
  const FrameRate rate_;
  std::optional<std::int64_t> last_;
};

/// Returns the average rate that the container states: the nearest usual rate if it is almost that.
/// The rate that interlaced video has in fields counts as half.
STREAMKIT_API [[nodiscard]] FrameRate stated_frame_rate(const InputFile& file);

/// Returns the constant rate for frames of these presentation times, in any order: their rate if it
/// is constant, otherwise the lowest usual rate of whose frames some are missing, otherwise the
/// lowest usual rate that has a place for each of them, at most 60 Hz.
STREAMKIT_API [[nodiscard]] FrameRate rate_of_times(std::vector<MediaTime> times, FrameRate stated);

/// Returns the constant rate at which no frame of the file is lost, at most 60 Hz. Timestamps of
/// frames decide: those of the index if it has all, otherwise those of the packets, for which
/// the file is opened once more and read: up to 32 MiB if the stated rate is a usual and constant
/// one, otherwise up to 256 MiB. What cannot be read so, such as a pipe, gets 60 Hz if its rate is
/// variable.
STREAMKIT_API [[nodiscard]] FrameRate lossless_frame_rate(const InputFile& file);

}  // namespace streamkit::media
