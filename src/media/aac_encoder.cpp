#include "media/aac_encoder.hpp"

#include <algorithm>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"

namespace streamkit::media {

Result<std::unique_ptr<AacEncoder>> AacEncoder::open(const AudioFormat& format, int bit_rate_bps) {
  const AVCodec* aac = avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (aac == nullptr) return Error{ErrorCode::Unsupported, "this FFmpeg has no AAC encoder"};
  std::unique_ptr<AacEncoder> encoder(new AacEncoder);
  encoder->codec_.reset(avcodec_alloc_context3(aac));
  AVCodecContext* codec = encoder->codec_.get();
  if (codec == nullptr) return out_of_memory();
  make_quiet(*codec);
  codec->sample_fmt = AV_SAMPLE_FMT_FLTP;
  codec->sample_rate = format.sample_rate_hz;
  codec->time_base = {1, format.sample_rate_hz};
  av_channel_layout_default(&codec->ch_layout, format.channels);
  codec->bit_rate = bit_rate_bps;
  codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (const int code = avcodec_open2(codec, aac, nullptr); code < 0) {
    return ffmpeg_error(
        code, "cannot open the AAC encoder for " + std::to_string(format.sample_rate_hz) + " Hz");
  }
  encoder->track_.format = format;
  encoder->track_.packet_samples = codec->frame_size;
  encoder->track_.codec_config.assign(codec->extradata, codec->extradata + codec->extradata_size);
  encoder->pending_.resize(static_cast<std::size_t>(format.channels));
  return encoder;
}

Result<void> AacEncoder::push(const AudioFrame& frame, std::vector<Packet>& packets) {
  if (frame.format != track_.format) {
    return Error{ErrorCode::InvalidArgument, "the audio format differs from that of the encoder"};
  }
  if (!first_sample_) {
    first_sample_ = to_ticks(frame.pts, 1, track_.format.sample_rate_hz);
    next_sample_ = *first_sample_;
  }
  const auto count = static_cast<std::size_t>(frame.sample_count);
  for (std::size_t channel = 0; channel < pending_.size(); ++channel) {
    const float* samples = frame.samples.data() + channel * count;
    pending_[channel].insert(pending_[channel].end(), samples, samples + count);
  }
  return encode_full_frames(packets);
}

Result<void> AacEncoder::encode_full_frames(std::vector<Packet>& packets) {
  const auto size = static_cast<std::size_t>(track_.packet_samples);
  std::size_t used = 0;
  for (; used + size <= pending_[0].size(); used += size) {
    if (auto done = encode(used, packets); !done) return done;
  }
  for (auto& channel : pending_) {
    channel.erase(channel.begin(), channel.begin() + static_cast<std::ptrdiff_t>(used));
  }
  return {};
}

Result<void> AacEncoder::encode(std::size_t from, std::vector<Packet>& packets) {
  const FramePtr frame(av_frame_alloc());
  if (frame == nullptr) return out_of_memory();
  frame->format = AV_SAMPLE_FMT_FLTP;
  frame->sample_rate = track_.format.sample_rate_hz;
  frame->nb_samples = track_.packet_samples;
  frame->pts = next_sample_;
  if (av_channel_layout_copy(&frame->ch_layout, &codec_->ch_layout) < 0 ||
      av_frame_get_buffer(frame.get(), 0) < 0) {
    return out_of_memory();
  }
  for (std::size_t channel = 0; channel < pending_.size(); ++channel) {
    std::copy_n(pending_[channel].begin() + static_cast<std::ptrdiff_t>(from),
                track_.packet_samples, reinterpret_cast<float*>(frame->extended_data[channel]));
  }
  next_sample_ += track_.packet_samples;
  if (const int code = avcodec_send_frame(codec_.get(), frame.get()); code < 0) {
    return ffmpeg_error(code, "cannot encode audio");
  }
  return drain(packets);
}

Result<void> AacEncoder::flush(std::vector<Packet>& packets) {
  if (!pending_[0].empty()) {
    for (auto& channel : pending_) {
      channel.resize(static_cast<std::size_t>(track_.packet_samples), 0.0F);
    }
    if (auto done = encode_full_frames(packets); !done) return done;
  }
  if (const int code = avcodec_send_frame(codec_.get(), nullptr); code < 0) {
    return ffmpeg_error(code, "cannot finish the AAC stream");
  }
  return drain(packets);
}

Result<void> AacEncoder::drain(std::vector<Packet>& packets) {
  const PacketPtr packet(av_packet_alloc());
  if (packet == nullptr) return out_of_memory();
  for (;;) {
    const int code = avcodec_receive_packet(codec_.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return ffmpeg_error(code, "cannot encode audio");
    // The priming packet starts before the first sample, and before 0 at the beginning of a stream,
    // which fragmented MP4 cannot represent. Without it the first 21 ms fade in; with it the whole
    // stream would start late or need an edit list.
    if (packet->pts >= first_sample_.value_or(0)) {
      Packet copy;
      copy.track = TrackKind::Audio;
      copy.pts = to_media_time(packet->pts, codec_->time_base);
      copy.dts = copy.pts;
      copy.duration = to_media_time(track_.packet_samples, codec_->time_base);
      copy.keyframe = true;
      copy.data.assign(packet->data, packet->data + packet->size);
      packets.push_back(std::move(copy));
    }
    av_packet_unref(packet.get());
  }
}

}  // namespace streamkit::media
