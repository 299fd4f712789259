#include "capture/sound_track.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "capture/audio_frame_of.hpp"
#include "media/ffmpeg_error.hpp"

namespace streamkit::capture {

Result<std::unique_ptr<SoundTrack>> SoundTrack::open(TrackFeed& feed, const AudioFormat& format) {
  std::unique_ptr<SoundTrack> track;
  const AVStream* stream = feed.file().audio();
  if (stream == nullptr) return track;
  auto decoder = media::open_codec(*stream->codecpar, stream->time_base);
  // If this FFmpeg cannot decode the audio, the video is still played.
  if (!decoder) {
    feed.leave_out(TrackKind::Audio);
    return track;
  }
  track.reset(new SoundTrack(feed));
  track->format_ = format;
  track->decoder_ = std::move(*decoder);
  track->decoded_.reset(av_frame_alloc());
  if (track->decoded_ == nullptr) return media::out_of_memory();
  return track;
}

Result<std::optional<AudioFrame>> SoundTrack::next() {
  for (;;) {
    if (!ready_.empty()) {
      AudioFrame frame = std::move(ready_.front());
      ready_.pop_front();
      return std::optional(std::move(frame));
    }
    if (silent_samples_ > 0) return std::optional(take_silence());
    if (finished_) return std::optional<AudioFrame>();
    auto done = waits_for_silence_ ? take_decoded() : receive();
    if (!done) return done.error();
  }
}

Result<void> SoundTrack::receive() {
  const int code = avcodec_receive_frame(decoder_.get(), decoded_.get());
  if (code == AVERROR(EAGAIN)) {
    auto packet = feed_.read(TrackKind::Audio);
    if (!packet) return packet.error();
    // A damaged packet leaves a gap, which the filter fills.
    avcodec_send_packet(decoder_.get(), packet->get());
    draining_ = draining_ || *packet == nullptr;
    return {};
  }
  if (code < 0) {
    finished_ = code == AVERROR_EOF || draining_;
    return finished_ ? close_chain() : Result<void>();
  }
  const std::int64_t ticks = decoded_->best_effort_timestamp;
  decoded_->pts = ticks == AV_NOPTS_VALUE
                      ? AV_NOPTS_VALUE
                      : media::to_media_time(ticks, feed_.file().audio()->time_base).count();
  return take_decoded();
}

// The filter fills gaps in one go, so a long one is kept from it.
Result<void> SoundTrack::take_decoded() {
  constexpr MediaTime kLongGap = std::chrono::seconds(1);
  waits_for_silence_ = false;
  if (decoded_->pts != AV_NOPTS_VALUE && MediaTime{decoded_->pts} > input_end_ + kLongGap) {
    if (auto closed = close_chain(); !closed) return closed;
    const std::int64_t until = to_ticks(MediaTime{decoded_->pts}, 1, format_.sample_rate_hz);
    input_end_ = MediaTime{decoded_->pts};
    silent_samples_ = std::max<std::int64_t>(until - samples_out_, 0);
    waits_for_silence_ = silent_samples_ > 0;
    if (waits_for_silence_) return {};
  }
  auto converted = convert();
  av_frame_unref(decoded_.get());
  return converted;
}

AudioFrame SoundTrack::take_silence() {
  AudioFrame frame;
  frame.format = format_;
  frame.sample_count = static_cast<int>(std::min<std::int64_t>(silent_samples_, kFrameSamples));
  frame.samples.assign(static_cast<std::size_t>(frame.sample_count * format_.channels), 0.0F);
  silent_samples_ -= frame.sample_count;
  samples_out_ += frame.sample_count;
  return frame;
}

Result<void> SoundTrack::convert() {
  const bool same = decoded_->sample_rate == sample_rate_ && decoded_->format == sample_format_ &&
                    decoded_->ch_layout.nb_channels == channels_;
  if (chain_ == nullptr || !same) {
    if (auto closed = close_chain(); !closed) return closed;
    // Audio begins at time 0 even if the track starts later.
    const std::string frames = ",asetnsamples=n=" + std::to_string(kFrameSamples) + ":p=0";
    auto chain = media::FilterChain::open_resampler(*decoded_, format_, samples_out_, frames);
    if (!chain) return chain.error();
    chain_ = std::move(*chain);
    sample_rate_ = decoded_->sample_rate;
    sample_format_ = decoded_->format;
    channels_ = decoded_->ch_layout.nb_channels;
  }
  if (decoded_->pts != AV_NOPTS_VALUE) {
    input_end_ = MediaTime{decoded_->pts} + from_ticks(decoded_->nb_samples, 1, sample_rate_);
  }
  if (auto pushed = chain_->push(decoded_.get()); !pushed) return pushed;
  return collect();
}

Result<void> SoundTrack::close_chain() {
  if (chain_ == nullptr) return {};
  if (auto closed = chain_->close(input_end_); !closed) return closed;
  auto collected = collect();
  chain_.reset();
  return collected;
}

Result<void> SoundTrack::collect() {
  for (;;) {
    auto pulled = chain_->pull();
    if (!pulled) return pulled.error();
    if (*pulled == nullptr) return {};
    const AVFrame& converted = **pulled;
    AudioFrame frame = audio_frame_of(converted, format_);
    samples_out_ += converted.nb_samples;
    ready_.push_back(std::move(frame));
  }
}

}  // namespace streamkit::capture
