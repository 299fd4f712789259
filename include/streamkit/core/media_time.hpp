#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <ratio>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>

namespace streamkit {

/// Media time in flicks: 1/705,600,000 s, which is exact for 90 kHz, the integer and NTSC frame
/// rates and the usual audio rates.
/// Source: github.com/facebookarchive/Flicks (the constant).
using MediaTime = std::chrono::duration<std::int64_t, std::ratio<1, 705'600'000>>;

/// Converts `ticks` of `num/den` seconds to media time, rounded to the nearest flick, halves away
/// from zero. Intermediate values are exact (128 bits).
/// A result that does not fit 64 bits (about 414 years) is the nearest one that does.
/// Precondition: num > 0, den > 0.
STREAMKIT_API [[nodiscard]] MediaTime from_ticks(std::int64_t ticks, std::int64_t num,
                                                 std::int64_t den) noexcept;

/// The inverse of from_ticks(), rounded to the nearest tick, halves away from zero.
STREAMKIT_API [[nodiscard]] std::int64_t to_ticks(MediaTime time, std::int64_t num,
                                                  std::int64_t den) noexcept;

/// Converts to seconds, for display and for EXTINF. Do not use it for arithmetic on a timeline.
STREAMKIT_API [[nodiscard]] double to_seconds(MediaTime time) noexcept;

/// Returns the flick nearest to `seconds`; NaN and infinities give 0.
STREAMKIT_API [[nodiscard]] MediaTime from_seconds(double seconds) noexcept;

/// A constant frame rate as a fraction, 30000/1001 for NTSC. The fraction need not be reduced.
/// Range: num and den from 1 to 1,000,000.
struct STREAMKIT_API FrameRate {
  std::int32_t num = 30;
  std::int32_t den = 1;

  [[nodiscard]] bool valid() const noexcept;
  [[nodiscard]] double hz() const noexcept { return static_cast<double>(num) / den; }
  /// Returns the time of frame `n`, counted from frame 0 at time 0, rounded to the nearest flick.
  /// Differs from `n * frame_duration()` for rates that flicks do not divide.
  [[nodiscard]] MediaTime time_of(std::int64_t n) const noexcept;
  [[nodiscard]] MediaTime frame_duration() const noexcept { return time_of(1); }
  /// Returns the number of frames whose time is before `end`.
  [[nodiscard]] std::int64_t frames_before(MediaTime end) const noexcept;

  friend bool operator==(const FrameRate& a, const FrameRate& b) noexcept {
    return std::int64_t{a.num} * b.den == std::int64_t{b.num} * a.den;
  }
};

/// Parses "30", "25/1", "30000/1001" or "29.97" (decimals near an NTSC rate mean that rate).
/// Returns nothing if the text is not a rate.
STREAMKIT_API [[nodiscard]] std::optional<FrameRate> parse_frame_rate(std::string_view text);
/// Formats a rate as "30" or "30000/1001".
STREAMKIT_API [[nodiscard]] std::string to_string(FrameRate rate);

}  // namespace streamkit
