#include "capture/live_timeline.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;

// A running audio device is waited for this much longer, so that a busy machine makes no gap.
constexpr milliseconds kPatience{400};

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::chrono::nanoseconds duration_of(const AudioFrame& run) {
  return std::chrono::nanoseconds(to_ticks(
      from_ticks(run.sample_count, 1, std::max(run.format.sample_rate_hz, 1)), 1, 1'000'000'000));
}

MediaTime audio_time(std::int64_t runs) {
  return from_ticks(runs * kLiveRun, 1, kLiveSound.sample_rate_hz);
}

}  // namespace

LiveTimeline::LiveTimeline(LiveSourceOptions options, VideoFrame black,
                           const std::vector<AudioFormat>& audio, CaptureTime now)
    : options_(options),
      black_(std::move(black)),
      started_(now),
      slots_(options.frame_rate),
      mix_(audio, std::chrono::duration<double>(options.most_filled).count()) {}

LiveTimeline::Nanoseconds LiveTimeline::next_audio() const {
  return to_nanoseconds(audio_time(audio_runs_));
}

void LiveTimeline::begin_at(CaptureTime time) {
  origin_ = time;
  if (options_.duration <= MediaTime{0}) return;
  end_slot_ = options_.frame_rate.frames_before(options_.duration);
}

void LiveTimeline::push(LiveFrame frame, CaptureTime now) {
  cut_long_gap(now);
  if (frame.time > now || frame.time < now - options_.most_filled) frame.time = now;
  if (last_frame_) frame.time = std::max(frame.time, *last_frame_);
  last_frame_ = frame.time;
  lost_since_.reset();
  if (stats_.video_state == InputState::Lost) stats_.video_state = InputState::Running;
  if (!origin_) begin_at(frame.time);
  // A frame from before a cut belongs to its end.
  slots_.push(std::max(stream_time(frame.time), Nanoseconds{0}), std::move(frame.frame));
}

void LiveTimeline::push(std::size_t input, const LiveAudio& run, CaptureTime now) {
  cut_long_gap(now);
  const bool plausible = run.time <= now && run.time >= now - options_.most_filled;
  const CaptureTime time = plausible ? run.time : now - duration_of(run.frame);
  if (!origin_ || time + duration_of(run.frame) <= *origin_) return;
  mix_.push(input, run, seconds(stream_time(time)), seconds(next_audio()));
}

void LiveTimeline::note(const InputEvent& event, CaptureTime now) {
  if (event.state == InputState::Lost) return lose_video(event.message, now);
  stats_.video_state = event.state;
  stats_.video_message = event.message;
  lost_since_.reset();
}

void LiveTimeline::lose_video(const std::string& message, CaptureTime now) {
  if (stats_.video_state != InputState::Lost) ++stats_.video_gaps;
  stats_.video_state = InputState::Lost;
  stats_.video_message = message;
  if (!lost_since_) lost_since_ = now;
}

void LiveTimeline::end_video(std::optional<Error> failure, CaptureTime now) {
  if (failure) lose_video(failure->message, now);
  lost_since_.reset();
  ended_since_ = now;
  failure_ = std::move(failure);
}

// Also while nobody calls advance(), so that what comes is never placed where a cut will be.
void LiveTimeline::cut_long_gap(CaptureTime now) {
  if (!origin_ || !last_advance_) return;
  const Nanoseconds cut = now - *last_advance_ - options_.most_filled;
  if (cut <= Nanoseconds{0}) return;
  *origin_ += cut;
  *last_advance_ += cut;
  // What waits keeps its time on the stream; what comes is placed anew.
  mix_.place_next();
  if (!is_cutting_) ++stats_.cuts;
  is_cutting_ = true;
  stats_.cut_time += cut;
}

void LiveTimeline::watch_for_end(CaptureTime now) {
  if (lost_since_ && now - *lost_since_ >= options_.lost_wait) {
    failure_ = Error{ErrorCode::Unavailable, "the video device is lost: " + stats_.video_message};
    ended_since_ = *lost_since_ + options_.lost_wait - options_.ended_wait;
    lost_since_.reset();
  }
  if (!ended_since_ || now - *ended_since_ < options_.ended_wait) return;
  if (!origin_) {
    finished_ = true;
    return;
  }
  end_at(stream_time(*ended_since_ + options_.ended_wait));
  ended_since_.reset();
}

// The slot that is being captured is the last one, and none that was returned.
void LiveTimeline::end_at(Nanoseconds time) {
  const std::int64_t last = slots_.slot_of(std::max(time, Nanoseconds{0}));
  const std::int64_t end = std::max(last + 1, slots_.next_slot());
  end_slot_ = std::min(end, end_slot_.value_or(end));
}

LiveTimeline::Output LiveTimeline::advance(CaptureTime now) {
  Output output;
  if (!finished_) {
    cut_long_gap(now);
    is_cutting_ = false;
    last_advance_ = now;
    watch_for_end(now);
    if (!origin_ && !finished_ && now - started_ >= options_.first_frame_wait) {
      begin_at(now);
      slots_.push(Nanoseconds{0}, black_);
    }
    if (origin_) {
      show_frames(stream_time(now), output);
      play_audio(stream_time(now), output);
    }
  }
  output.finished = finished_;
  if (finished_) output.failure = failure_;
  return output;
}

void LiveTimeline::show_frames(Nanoseconds now, Output& output) {
  while (!end_slot_ || slots_.next_slot() < *end_slot_) {
    const Nanoseconds closes = slots_.closes_at(slots_.next_slot());
    const bool is_due = now >= closes + options_.latency || (now >= closes && slots_.decided());
    if (!is_due) return;
    auto [frame, is_new] = slots_.take();
    if (!paused_) {
      frozen_.reset();
    } else if (frozen_) {
      frozen_->pts = frame.pts;
      frozen_->duration = frame.duration;
      frame = *frozen_;
      is_new = false;
    } else {
      frozen_ = frame;
    }
    if (stats_.video_state == InputState::Lost) {
      stats_.video_gap_time += to_nanoseconds(frame.duration);
    }
    ++(is_new ? stats_.frames_taken : stats_.frames_repeated);
    output.frames.push_back(std::move(frame));
  }
}

bool LiveTimeline::audio_is_due(Nanoseconds now) const {
  const Nanoseconds end = to_nanoseconds(audio_time(audio_runs_ + 1));
  if (now < end) return false;
  if (mix_.size() > 0 && mix_.ready()) return true;
  const Nanoseconds wait =
      options_.latency + (mix_.waits_for_running() ? kPatience : milliseconds{0});
  return now >= end + wait;
}

// Audio ends with the last frame, to the sample.
void LiveTimeline::play_audio(Nanoseconds now, Output& output) {
  const std::int64_t end =
      end_slot_ ? to_ticks(options_.frame_rate.time_of(*end_slot_), 1, kLiveSound.sample_rate_hz)
                : std::numeric_limits<std::int64_t>::max();
  while (audio_runs_ * kLiveRun < end && audio_is_due(now)) {
    AudioFrame run = mix_.render(paused_);
    run.pts = audio_time(audio_runs_);
    run.keep_first(end - audio_runs_ * kLiveRun);
    ++audio_runs_;
    output.audio.push_back(std::move(run));
  }
  finished_ = audio_runs_ * kLiveRun >= end && slots_.next_slot() >= *end_slot_;
}

LiveSourceStats LiveTimeline::stats() const {
  LiveSourceStats stats = stats_;
  stats.frames_unused = slots_.unused();
  stats.captured = options_.frame_rate.time_of(slots_.next_slot());
  stats.audio = mix_.stats();
  return stats;
}

}  // namespace streamkit::capture
