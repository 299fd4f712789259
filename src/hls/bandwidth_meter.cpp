#include <algorithm>
#include <streamkit/hls/bandwidth_meter.hpp>

namespace streamkit::hls {
namespace {

// Bits per second, rounded up: BANDWIDTH is an upper bound.
std::uint64_t bit_rate(std::uint64_t size_bytes, MediaTime duration) noexcept {
  if (duration <= MediaTime{0}) return 0;
  const auto micros =
      std::max<std::int64_t>(1, std::chrono::round<std::chrono::microseconds>(duration).count());
  constexpr double kBitMicros = 8.0 * 1'000'000;
  const double rate = static_cast<double>(size_bytes) * kBitMicros / static_cast<double>(micros);
  const auto whole = static_cast<std::uint64_t>(rate);
  return static_cast<double>(whole) < rate ? whole + 1 : whole;
}

}  // namespace

void BandwidthMeter::add(MediaTime duration, std::uint64_t size_bytes) {
  if (duration <= MediaTime{0}) return;
  total_.duration += duration;
  total_.size_bytes += size_bytes;
  newest_.push_back({duration, size_bytes});

  // All sets that end with this segment.
  Segment set;
  std::size_t used = 0;
  for (auto segment = newest_.rbegin(); segment != newest_.rend(); ++segment, ++used) {
    const MediaTime longer = set.duration + segment->duration;
    if (used > 0 && 2 * longer > 3 * target_duration_) break;
    set.duration = longer;
    set.size_bytes += segment->size_bytes;
    if (2 * set.duration < target_duration_) continue;
    peak_bps_ = std::max(peak_bps_, bit_rate(set.size_bytes, set.duration));
  }
  newest_.erase(newest_.begin(),
                newest_.begin() + static_cast<std::ptrdiff_t>(newest_.size() - used));
}

Bandwidth BandwidthMeter::bandwidth() const noexcept {
  const std::uint64_t average = bit_rate(total_.size_bytes, total_.duration);
  return {std::max(peak_bps_, average), average};
}

}  // namespace streamkit::hls
