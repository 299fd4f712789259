#include "rtmp/timeline.hpp"

#include <algorithm>
#include <chrono>

namespace streamkit::rtmp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kMaxStepMs = 10'000;
// A writer that starts anew goes back to 0; one that rounds goes back by milliseconds.
constexpr std::int64_t kMaxStepBackMs = 1'000;
// Where the timeline continues after a jump.
constexpr std::int64_t kStepAfterJumpMs = 20;
// The least distance of two packets of a track: some ticks of every usual time scale.
constexpr MediaTime kLeastStep = MediaTime(milliseconds(1)) / 8;

// More than any order of frames needs.
constexpr MediaTime kMaxComposition = seconds(10);

// The rounding of milliseconds, and what writers add to it, is not corrected.
constexpr MediaTime kAudioTolerance = milliseconds(2);
// A larger error is not a drift, but a pause or a writer that has started anew.
constexpr MediaTime kAudioGap = milliseconds(100);
// Writers stamp single packets late. Audio is missing if as many in a row are.
constexpr int kLatePackets = 16;
constexpr MediaTime kAudioCorrection = kLeastStep;

// The signed difference modulo 2^32, or modulo 2^31 if only that is a small step.
std::int64_t step(std::uint32_t from, std::uint32_t to) noexcept {
  const std::uint32_t difference = to - from;
  const std::int64_t whole = static_cast<std::int32_t>(difference);
  const std::int64_t half = static_cast<std::int32_t>(difference << 1) / 2;
  const bool half_is_small = half >= -kMaxStepMs && half <= kMaxStepMs;
  return half_is_small ? half : whole;
}

bool is_near(std::int64_t step_ms, std::int64_t back_ms) noexcept {
  return step_ms >= -back_ms && step_ms <= kMaxStepMs;
}

}  // namespace

Timeline::Position Timeline::place(TrackKind kind, std::uint32_t timestamp_ms) noexcept {
  Track& own = tracks_[kind == TrackKind::Video ? 0 : 1];
  const Track& other = tracks_[kind == TrackKind::Video ? 1 : 0];
  Position position{timestamp_ms, {}};
  const std::int64_t own_step = step(own.timestamp_ms, timestamp_ms);
  const std::int64_t other_step = step(other.timestamp_ms, timestamp_ms);
  if (own.seen && is_near(own_step, kMaxStepBackMs)) {
    position.milliseconds = own.position_ms + own_step;
  } else if (other.seen && is_near(other_step, own.seen ? kMaxStepBackMs : kMaxStepMs)) {
    position.milliseconds = other.position_ms + other_step;
  } else if (own.seen || other.seen) {
    position.jump_ms = own.seen ? own_step : other_step;
    const std::int64_t latest = own.seen && other.seen
                                    ? std::max(own.position_ms, other.position_ms)
                                : own.seen ? own.position_ms
                                           : other.position_ms;
    position.milliseconds = latest + kStepAfterJumpMs;
  }
  own = {true, timestamp_ms, position.milliseconds};
  return position;
}

VideoClock::Times VideoClock::next(MediaTime dts, MediaTime composition) noexcept {
  Times times;
  const MediaTime plausible = std::clamp(composition, -kMaxComposition, kMaxComposition);
  times.moved = plausible != composition;
  composition = plausible;
  times.pts = dts + composition;
  lead_ = std::max(lead_, -composition);
  times.dts = dts - lead_;
  if (begun_ && times.dts < last_ + kLeastStep) {
    times.dts = last_ + kLeastStep;
    times.moved = true;
  }
  if (times.pts < times.dts) {
    times.pts = times.dts;
    times.moved = true;
  }
  if (continues_) times.duration = times.dts - last_;
  begun_ = continues_ = true;
  last_ = times.dts;
  return times;
}

void VideoClock::restart() noexcept {
  continues_ = false;
  lead_ = MediaTime(0);
}

AudioClock::Times AudioClock::next(MediaTime time, MediaTime duration) noexcept {
  const MediaTime error = time - expected_;
  if (!continues_ || error > kAudioGap || error < -kAudioGap) {
    expected_ = time;
    late_packets_ = 0;
  } else {
    correct(error, duration);
  }
  Times times{expected_, false};
  if (begun_ && times.time < last_ + kLeastStep) {
    times.time = expected_ = last_ + kLeastStep;
    times.moved = true;
  }
  begun_ = continues_ = true;
  last_ = times.time;
  expected_ += duration;
  return times;
}

void AudioClock::correct(MediaTime error, MediaTime duration) noexcept {
  if (error < duration / 2) {
    late_packets_ = 0;
    if (error > kAudioTolerance) expected_ += kAudioCorrection;
    if (error < -kAudioTolerance) expected_ -= kAudioCorrection;
    return;
  }
  lateness_ = late_packets_ == 0 ? error : std::min(lateness_, error);
  if (++late_packets_ < kLatePackets) return;
  expected_ += lateness_;
  late_packets_ = 0;
}

}  // namespace streamkit::rtmp
