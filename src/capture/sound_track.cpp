#include "capture/sound_track.hpp"

#include <cstring>
#include <string>

#include "media/ffmpeg_error.hpp"

namespace streamkit::capture {

Result<std::unique_ptr<SoundTrack>> SoundTrack::open(const std::filesystem::path& path,
                                                     const AudioFormat& format,
                                                     const media::TrackChoice& tracks) {
  media::InputOptions options;
  options.tracks = tracks;
  auto file = media::InputFile::open(path, options);
  if (!file) return file.error();
  std::unique_ptr<SoundTrack> track;
  AVStream* stream = (*file)->audio();
  if (stream == nullptr) return track;
  auto decoder = media::open_codec(*stream->codecpar, stream->time_base);
  // If this FFmpeg cannot decode the audio, the video is still played.
  if (!decoder) return track;
  track.reset(new SoundTrack);
  track->format_ = format;
  track->file_ = std::move(*file);
  track->decoder_ = std::move(*decoder);
  track->decoded_.reset(av_frame_alloc());
  if (track->decoded_ == nullptr) return media::out_of_memory();
  track->file_start_ = track->file_->start();
  track->file_->keep_only(stream);
  return track;
}

Result<std::optional<AudioFrame>> SoundTrack::next() {
  for (;;) {
    if (!ready_.empty()) {
      AudioFrame frame = std::move(ready_.front());
      ready_.pop_front();
      return std::optional(std::move(frame));
    }
    if (finished_) return std::optional<AudioFrame>();
    if (auto done = receive(); !done) return done.error();
  }
}

Result<void> SoundTrack::receive() {
  const int code = avcodec_receive_frame(decoder_.get(), decoded_.get());
  if (code == AVERROR(EAGAIN)) {
    auto packet = file_->read();
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
  if (ticks != AV_NOPTS_VALUE) {
    decoded_->pts = (media::to_media_time(ticks, file_->audio()->time_base) - file_start_).count();
  }
  auto converted = convert();
  av_frame_unref(decoded_.get());
  return converted;
}

Result<void> SoundTrack::convert() {
  const bool same = decoded_->sample_rate == sample_rate_ && decoded_->format == sample_format_ &&
                    decoded_->ch_layout.nb_channels == channels_;
  if (chain_ == nullptr || !same) {
    if (auto closed = close_chain(); !closed) return closed;
    auto chain = media::FilterChain::open_audio(*decoded_, filters());
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

// With async and first_pts, gaps become silence, and audio begins at time 0 even if the track
// starts later.
std::string SoundTrack::filters() const {
  const std::string rate = std::to_string(format_.sample_rate_hz);
  return "aresample=" + rate +
         ":async=1:min_hard_comp=0.04:first_pts=" + std::to_string(samples_out_) +
         ",aformat=sample_fmts=fltp:sample_rates=" + rate +
         ":channel_layouts=stereo,asetnsamples=n=" + std::to_string(kFrameSamples) + ":p=0";
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
    const auto count = static_cast<std::size_t>(converted.nb_samples);
    AudioFrame frame;
    frame.format = format_;
    frame.sample_count = converted.nb_samples;
    frame.samples.resize(count * static_cast<std::size_t>(format_.channels));
    for (int channel = 0; channel < format_.channels; ++channel) {
      std::memcpy(frame.samples.data() + static_cast<std::size_t>(channel) * count,
                  converted.extended_data[channel], count * sizeof(float));
    }
    samples_out_ += converted.nb_samples;
    ready_.push_back(std::move(frame));
  }
}

}  // namespace streamkit::capture
