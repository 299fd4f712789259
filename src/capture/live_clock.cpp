#include "capture/live_clock.hpp"

#include <algorithm>

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// Between the arrival of a packet and the time of its frame, at least.
constexpr nanoseconds kDelay = milliseconds(150);
// The buffer that a stream keeps when all of it came in time.
constexpr nanoseconds kMostSteady = milliseconds(300);
constexpr nanoseconds kMostSegmented = seconds(3);
// The first packets decide where the live edge is, those after them how unevenly packets come.
constexpr nanoseconds kBurst = milliseconds(300);
constexpr nanoseconds kSettling = seconds(1);
constexpr nanoseconds kWindow = seconds(10);
constexpr nanoseconds kStep = milliseconds(4);  // 400 ppm of a window
// Segments whose time is nearer than this continue what was read before the connection broke.
constexpr nanoseconds kNear = seconds(30);

nanoseconds from_media(MediaTime time) { return std::chrono::duration_cast<nanoseconds>(time); }

}  // namespace

std::unique_ptr<LiveClock> PlayoutClock::next(Arrival arrival) const {
  auto clock = std::make_unique<PlayoutClock>(arrival);
  clock->offset_ = offset_;
  clock->earliest_ = earliest_;
  return clock;
}

void PlayoutClock::arrive(TrackKind track, MediaTime time, CaptureTime now) {
  if (!begun_) start(time, now);
  const nanoseconds raw = now.time_since_epoch() - from_media(time) + kDelay;
  if (arrival_ == Arrival::Steady && now - first_arrival_ < kBurst) return settle(track, raw);
  const nanoseconds slack = *offset_ - raw;
  if (slack < (is_settling(now) ? nanoseconds(0) : -kDelay)) {
    offset_ = raw;
    least_slack_.reset();
    window_begin_ = now;
    return;
  }
  follow(slack, now);
}

void PlayoutClock::start(MediaTime time, CaptureTime now) {
  begun_ = true;
  window_begin_ = now;
  least_slack_.reset();
  const nanoseconds raw = now.time_since_epoch() - from_media(time);
  const bool continues =
      offset_ && arrival_ == Arrival::Segments && std::chrono::abs(*offset_ - raw) < kNear;
  if (continues) return;
  offset_ = raw + kDelay;
  least_ = {};
  first_arrival_ = now;
  earliest_ = arrival_ == Arrival::Steady ? now + kSettling : now;
}

bool PlayoutClock::is_settling(CaptureTime now) const {
  return arrival_ == Arrival::Steady && now - first_arrival_ < kSettling;
}

// A burst of older media comes first, and the later a packet is in it, the newer. Each track
// counts, because a container may send one ahead of the other.
void PlayoutClock::settle(TrackKind track, nanoseconds raw) {
  auto& least = least_[track == TrackKind::Video ? 0 : 1];
  least = least ? std::min(*least, raw) : raw;
  offset_ = *std::max(least_[0], least_[1]);  // an empty one is less than any
}

void PlayoutClock::follow(nanoseconds slack, CaptureTime now) {
  least_slack_ = least_slack_ ? std::min(*least_slack_, slack) : slack;
  if (now - window_begin_ < kWindow) return;
  const nanoseconds most = arrival_ == Arrival::Steady ? kMostSteady : kMostSegmented;
  if (arrival_ != Arrival::Whole && *least_slack_ > most) {
    *offset_ -= std::min(kStep, *least_slack_ - most);
  } else if (*least_slack_ < nanoseconds(0)) {
    *offset_ += std::min(kStep, -*least_slack_);
  }
  least_slack_.reset();
  window_begin_ = now;
}

std::optional<CaptureTime> PlayoutClock::time_of(MediaTime time, CaptureTime now) const {
  if (!begun_ || is_settling(now)) return {};
  return CaptureTime(from_media(time) + *offset_);
}

void DeviceClock::arrive(TrackKind /*track*/, MediaTime time, CaptureTime now) {
  constexpr nanoseconds kPlausible = seconds(1);
  constexpr std::int64_t kMostDriftPpm = 400;
  const nanoseconds raw = now.time_since_epoch() - from_media(time);
  if (!offset_ || std::chrono::abs(raw - *offset_) > kPlausible) {
    is_steady_ = raw >= nanoseconds(0) && raw < kPlausible;
    offset_ = raw;
  } else {
    const nanoseconds drift = (now - last_) * kMostDriftPpm / 1'000'000;
    offset_ = std::min(*offset_ + drift, raw);
  }
  last_ = now;
}

std::optional<CaptureTime> DeviceClock::time_of(MediaTime time, CaptureTime /*now*/) const {
  if (!offset_) return {};
  return CaptureTime(from_media(time) + (is_steady_ ? nanoseconds(0) : *offset_));
}

}  // namespace streamkit::capture
