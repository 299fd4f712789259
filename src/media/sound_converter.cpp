#include "media/sound_converter.hpp"

#include <cstring>

#include "media/codec_parameters.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/input_file.hpp"

namespace streamkit::media {

Result<std::unique_ptr<SoundConverter>> SoundConverter::open(const AudioTrack& track,
                                                             const AudioFormat& format,
                                                             MediaTime start) {
  ParametersPtr parameters(avcodec_parameters_alloc());
  if (parameters == nullptr) return out_of_memory();
  auto described = describe_codec(*parameters, track.codec, AVMEDIA_TYPE_AUDIO, track.codec_config);
  if (!described) return described.error();
  describe_sound(*parameters, track);
  parameters->bit_rate = track.bit_rate_bps;  // the decoder of WMA needs it
  auto codec = open_codec(*parameters, kFlicks, 1);
  if (!codec) return codec.error();
  std::unique_ptr<SoundConverter> converter(new SoundConverter(format, start));
  converter->decoder_ = std::move(*codec);
  converter->decoded_.reset(av_frame_alloc());
  if (converter->decoded_ == nullptr) return out_of_memory();
  converter->ready_.resize(static_cast<std::size_t>(format.channels));
  return converter;
}

Result<void> SoundConverter::push(const Packet& packet) {
  if (packet.data.empty()) return {};
  PacketPtr coded(av_packet_alloc());
  if (coded == nullptr) return out_of_memory();
  // A padded copy, because decoders read beyond the end of a packet.
  if (av_new_packet(coded.get(), static_cast<int>(packet.data.size())) < 0) return out_of_memory();
  std::memcpy(coded->data, packet.data.data(), packet.data.size());
  coded->pts = packet.pts.count();
  coded->dts = packet.dts.count();
  coded->duration = packet.duration.count();
  coded->flags |= AV_PKT_FLAG_KEY;
  return decode(coded.get());
}

Result<void> SoundConverter::flush() {
  if (auto decoded = decode(nullptr); !decoded) return decoded;
  return close_chain();
}

Result<void> SoundConverter::decode(const AVPacket* packet) {
  if (avcodec_send_packet(decoder_.get(), packet) < 0 && packet != nullptr) damaged_ = true;
  for (;;) {
    const int code = avcodec_receive_frame(decoder_.get(), decoded_.get());
    if (code < 0) {
      damaged_ = damaged_ || (code != AVERROR(EAGAIN) && code != AVERROR_EOF);
      return {};
    }
    auto converted = convert(*decoded_);
    av_frame_unref(decoded_.get());
    if (!converted) return converted;
  }
}

Result<void> SoundConverter::convert(AVFrame& frame) {
  const bool same = frame.sample_rate == sample_rate_ && frame.format == sample_format_ &&
                    frame.ch_layout.nb_channels == channels_;
  if (chain_ == nullptr || !same) {
    if (auto closed = close_chain(); !closed) return closed;
    auto chain = FilterChain::open_resampler(frame, format_, samples_out_);
    if (!chain) return chain.error();
    chain_ = std::move(*chain);
    sample_rate_ = frame.sample_rate;
    sample_format_ = frame.format;
    channels_ = frame.ch_layout.nb_channels;
  }
  const std::int64_t ticks = frame.best_effort_timestamp;
  frame.pts = ticks == AV_NOPTS_VALUE ? input_end_.count() : (MediaTime{ticks} - start_).count();
  const MediaTime end = MediaTime{frame.pts} + from_ticks(frame.nb_samples, 1, sample_rate_);
  input_end_ = end;
  // The filter would count samples before its first time as late ones.
  if (end <= MediaTime{0}) return {};
  if (auto pushed = chain_->push(&frame); !pushed) return pushed;
  return collect();
}

Result<void> SoundConverter::close_chain() {
  if (chain_ == nullptr) return {};
  if (auto closed = chain_->close(input_end_); !closed) return closed;
  auto collected = collect();
  chain_.reset();
  return collected;
}

Result<void> SoundConverter::collect() {
  for (;;) {
    auto pulled = chain_->pull();
    if (!pulled) return pulled.error();
    if (*pulled == nullptr) return {};
    for (std::size_t channel = 0; channel < ready_.size(); ++channel) {
      const auto* samples = reinterpret_cast<const float*>((*pulled)->extended_data[channel]);
      ready_[channel].insert(ready_[channel].end(), samples, samples + (*pulled)->nb_samples);
    }
    samples_out_ += (*pulled)->nb_samples;
  }
}

AudioFrame SoundConverter::take() {
  AudioFrame frame;
  frame.format = format_;
  frame.sample_count = static_cast<int>(ready_[0].size());
  for (auto& channel : ready_) {
    frame.samples.insert(frame.samples.end(), channel.begin(), channel.end());
    channel.clear();
  }
  return frame;
}

}  // namespace streamkit::media
