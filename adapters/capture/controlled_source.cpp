#include "capture/controlled_source.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace streamkit::capture_tool {

namespace {

MediaTime end_of_last_frame(const FrameRate& rate, MediaTime duration) {
  return rate.time_of(rate.frames_before(duration));
}

}  // namespace

ControlledSource::ControlledSource(Source& source, MediaTime duration)
    : source_(source), limit_(end_of_last_frame(source.format().video.frame_rate, duration)) {}

void ControlledSource::limit(AudioFrame& audio) {
  const int rate_hz = audio.format.sample_rate_hz;
  const std::int64_t left = to_ticks(limit_, 1, rate_hz) - to_ticks(audio.pts, 1, rate_hz);
  audio_over_ = audio.sample_count >= left;
  audio.keep_first(left);
}

Result<void> ControlledSource::wait_for(MediaTime pts, std::stop_token stop) {
  if (clock_ == nullptr) return {};
  const auto offset = std::chrono::duration_cast<std::chrono::nanoseconds>(pts);
  if (!origin_) origin_ = clock_->steady_now() - offset;
  if (clock_->wait_until(*origin_ + offset, std::move(stop))) return {};
  return Error{ErrorCode::Cancelled, "capture stopped"};
}

Result<SourceItem> ControlledSource::read(std::stop_token stop) {
  for (;;) {
    if (frames_over_ && audio_over_) return SourceItem{EndOfStream{}};
    auto item = source_.read(stop);
    if (!item) return item;
    if (auto* frame = std::get_if<VideoFrame>(&*item)) {
      frames_over_ = limit_.count() > 0 && frame->pts + frame->duration >= limit_;
      if (frames_over_ && frame->pts >= limit_) continue;
      if (auto waited = wait_for(frame->pts, stop); !waited) return waited.error();
      return SourceItem{shown(std::move(*frame))};
    }
    if (auto* audio = std::get_if<AudioFrame>(&*item)) {
      if (limit_.count() > 0) limit(*audio);
      if (audio->sample_count == 0) continue;
      return SourceItem{heard(std::move(*audio))};
    }
    return item;
  }
}

VideoFrame ControlledSource::shown(VideoFrame frame) {
  ++frames_;
  end_ = (frame.pts + frame.duration).count();
  const std::lock_guard lock(mutex_);
  if (paused_ && last_) {
    VideoFrame still = *last_;
    still.pts = frame.pts;
    still.duration = frame.duration;
    return still;
  }
  last_ = frame;
  return frame;
}

std::optional<VideoFrame> ControlledSource::last_frame() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

AudioFrame ControlledSource::heard(AudioFrame audio) {
  double peak = 0;
  for (const float sample : audio.samples) peak = std::max(peak, std::abs(double{sample}));
  peak = std::min(peak, 1.0);
  double before = peak_;
  while (before < peak && !peak_.compare_exchange_weak(before, peak)) {
  }
  const bool silent = paused_ || muted_;
  const auto gain = static_cast<float>(silent ? 0 : level_.load());
  if (gain == 1) return audio;
  for (float& sample : audio.samples) sample = std::clamp(sample * gain, -1.0F, 1.0F);
  return audio;
}

void ControlledSource::set_audio(double level, bool muted) noexcept {
  level_ = level;
  muted_ = muted;
}

}  // namespace streamkit::capture_tool
