#include "capture/live_sound_decoder.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "capture/audio_frame_of.hpp"
#include "media/ffmpeg_error.hpp"

namespace streamkit::capture {

Result<std::unique_ptr<LiveSoundDecoder>> LiveSoundDecoder::open(const AVStream& stream,
                                                                 const AudioFormat& format) {
  auto codec = media::open_codec(*stream.codecpar, stream.time_base, 1);
  if (!codec) return codec.error();
  std::unique_ptr<LiveSoundDecoder> decoder(new LiveSoundDecoder(format, stream.time_base));
  decoder->decoder_ = std::move(*codec);
  decoder->decoded_.reset(av_frame_alloc());
  if (decoder->decoded_ == nullptr) return media::out_of_memory();
  return decoder;
}

Result<std::vector<AudioFrame>> LiveSoundDecoder::push(const AVPacket& packet) {
  if (auto decoded = decode(&packet); !decoded) return decoded.error();
  return std::exchange(ready_, {});
}

Result<std::vector<AudioFrame>> LiveSoundDecoder::flush() {
  if (auto decoded = decode(nullptr); !decoded) return decoded.error();
  if (auto closed = close_chain(); !closed) return closed.error();
  return std::exchange(ready_, {});
}

Result<void> LiveSoundDecoder::decode(const AVPacket* packet) {
  avcodec_send_packet(decoder_.get(), packet);
  while (avcodec_receive_frame(decoder_.get(), decoded_.get()) >= 0) {
    auto converted = convert(*decoded_);
    av_frame_unref(decoded_.get());
    if (!converted) return converted;
  }
  return {};
}

Result<void> LiveSoundDecoder::convert(AVFrame& frame) {
  constexpr MediaTime kJitter = std::chrono::milliseconds(40);
  const std::int64_t ticks = frame.best_effort_timestamp;
  const bool stated = ticks != AV_NOPTS_VALUE;
  const MediaTime pts = stated ? media::to_media_time(ticks, time_base_) : input_end_;
  const bool same = frame.sample_rate == sample_rate_ && frame.format == sample_format_ &&
                    frame.ch_layout.nb_channels == channels_;
  const bool continues = chain_ != nullptr && same && std::chrono::abs(pts - input_end_) < kJitter;
  if (!continues) {
    if (auto closed = close_chain(); !closed) return closed;
    const std::string rate = std::to_string(format_.sample_rate_hz);
    const std::string layout = format_.channels == 1 ? "mono" : "stereo";
    auto chain = media::FilterChain::open_audio(
        frame, "aresample=" + rate + ",aformat=sample_fmts=fltp:sample_rates=" + rate +
                   ":channel_layouts=" + layout +
                   ",asetnsamples=n=" + std::to_string(format_.sample_rate_hz / 50) + ":p=0");
    if (!chain) return chain.error();
    chain_ = std::move(*chain);
    sample_rate_ = frame.sample_rate;
    sample_format_ = frame.format;
    channels_ = frame.ch_layout.nb_channels;
  }
  frame.pts = pts.count();
  input_end_ = pts + from_ticks(frame.nb_samples, 1, sample_rate_);
  if (auto pushed = chain_->push(&frame); !pushed) return pushed;
  return collect();
}

Result<void> LiveSoundDecoder::close_chain() {
  if (chain_ == nullptr) return {};
  if (auto closed = chain_->close(input_end_); !closed) return closed;
  auto collected = collect();
  chain_.reset();
  return collected;
}

Result<void> LiveSoundDecoder::collect() {
  for (;;) {
    auto pulled = chain_->pull();
    if (!pulled) return pulled.error();
    if (*pulled == nullptr) return {};
    const AVFrame& converted = **pulled;
    AudioFrame run = audio_frame_of(converted, format_);
    run.pts = MediaTime{converted.pts};
    ready_.push_back(std::move(run));
  }
}

}  // namespace streamkit::capture
