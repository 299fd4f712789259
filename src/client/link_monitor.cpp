#include "link_monitor.hpp"

#include <algorithm>
#include <streamkit/core/media_time.hpp>

namespace streamkit::client {
namespace {

// The weight of the newest upload.
constexpr double kWeight = 0.3;
constexpr double kSlowLoad = 1.0;
constexpr double kFastLoad = 0.85;

constexpr double kTooMuch = 0.9;
constexpr double kMuchRoom = 0.5;
constexpr double kShareOfLink = 0.8;
constexpr double kStepUp = 1.25;
constexpr int kUploadsBeforeStepUp = 4;

double seconds_of(std::chrono::nanoseconds time) {
  // A clock of a test may not move; no link is that fast.
  return std::max(1e-6, std::chrono::duration<double>(time).count());
}

double load_of(const UploadSample& sample) {
  const double length = to_seconds(sample.duration);
  return length > 0 ? seconds_of(sample.elapsed) / length : 0;
}

double bit_rate_of(const UploadSample& sample) {
  return static_cast<double>(sample.bytes) * 8 / seconds_of(sample.elapsed);
}

}  // namespace

void LinkMonitor::add(const UploadSample& sample) {
  const double weight = count_++ == 0 ? 1.0 : kWeight;
  status_.bits_per_second += weight * (bit_rate_of(sample) - status_.bits_per_second);
  status_.load += weight * (load_of(sample) - status_.load);
  slow_ = status_.load > (slow_ ? kFastLoad : kSlowLoad);
}

BitRateController::BitRateController(const AdaptiveBitRate& options)
    : options_(options), rate_bps_(options.max_bps) {}

int BitRateController::update(const UploadSample& sample, const LinkStatus& link) {
  if (options_.max_bps <= 0) return 0;
  const int least = std::min(options_.min_bps, options_.max_bps);
  const double load = load_of(sample);
  fast_uploads_ = load < kMuchRoom ? fast_uploads_ + 1 : 0;
  // The newest upload counts: an average would still remember the faster link.
  const double carried = std::min(link.bits_per_second, bit_rate_of(sample));
  const double audio = options_.audio_bps;
  if (load > kTooMuch && rate_bps_ + audio > carried * kTooMuch) {
    const double wanted = carried * kShareOfLink - audio;
    rate_bps_ = std::clamp(static_cast<int>(wanted), least, rate_bps_);
  } else if (fast_uploads_ >= kUploadsBeforeStepUp && rate_bps_ < options_.max_bps) {
    const double room = link.bits_per_second * kShareOfLink - audio;
    const double wanted = std::min(rate_bps_ * kStepUp, room);
    rate_bps_ = std::clamp(static_cast<int>(wanted), rate_bps_, options_.max_bps);
    fast_uploads_ = 0;
  }
  return rate_bps_;
}

}  // namespace streamkit::client
