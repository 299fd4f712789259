#include "capture/controlled_source.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace streamkit::capture_tool {

bool ControlledSource::over() const noexcept {
  return duration_.count() > 0 && end() >= duration_ && audio_end_ >= duration_;
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
    if (over()) return SourceItem{EndOfStream{}};
    auto item = source_.read(stop);
    if (!item) return item;
    if (auto* frame = std::get_if<VideoFrame>(&*item)) {
      if (duration_.count() > 0 && frame->pts >= duration_) continue;
      if (auto waited = wait_for(frame->pts, stop); !waited) return waited.error();
      return SourceItem{shown(std::move(*frame))};
    }
    if (auto* audio = std::get_if<AudioFrame>(&*item)) {
      if (duration_.count() > 0 && audio->pts >= duration_) continue;
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
  audio_end_ = audio.pts + audio.duration();
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
