#pragma once

#include <cstdint>
#include <optional>

namespace streamkit::media {

/// Continues the timestamps of a counter of 33 bits when it overflows. A step of more than half of
/// its range is one in the other direction.
class WrappedClock {
 public:
  /// Returns the time nearest to `near` that the counter shows as `ticks`.
  [[nodiscard]] static std::int64_t nearest(std::int64_t ticks, std::int64_t near) noexcept {
    constexpr std::int64_t kRange = std::int64_t{1} << 33;
    std::int64_t step = (ticks - near) % kRange;
    if (step < 0) step += kRange;
    return near + (step >= kRange / 2 ? step - kRange : step);
  }
  /// Takes the next timestamp of any track.
  std::int64_t unwrap(std::int64_t ticks) noexcept {
    last_ = last_ ? nearest(ticks, *last_) : ticks;
    return *last_;
  }

 private:
  std::optional<std::int64_t> last_;
};

}  // namespace streamkit::media
