#include "media/picture_decoder.hpp"

#include "media/ffmpeg_error.hpp"

namespace streamkit::media {

Result<std::unique_ptr<PictureDecoder>> PictureDecoder::open(
    const InputFile& file, std::optional<FrameRate> constant_rate) {
  AVStream* stream = file.video();
  // Reading for conversion waits for the encoder, which takes many times longer.
  constexpr int kThreadsBesideAnEncoder = 2;
  auto codec = open_decoder(stream, constant_rate ? 0 : kThreadsBesideAnEncoder);
  if (!codec) return codec.error().with_context(file.name());
  std::unique_ptr<PictureDecoder> decoder(new PictureDecoder(file));
  decoder->codec_ = std::move(*codec);
  decoder->decoded_.reset(av_frame_alloc());
  if (decoder->decoded_ == nullptr) return out_of_memory();

  const int rotation = upright_rotation(stream);
  const PictureSize size = upright_size(file.context(), stream, rotation);
  const AVFieldOrder order = stream->codecpar->field_order;
  const bool interlaced = order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE;
  auto normalizer =
      VideoNormalizer::create({size.width_px, size.height_px, rotation, interlaced, constant_rate});
  if (!normalizer) return normalizer.error();
  decoder->normalizer_ = std::move(*normalizer);

  decoder->format_.width_px = size.width_px;
  decoder->format_.height_px = size.height_px;
  decoder->format_.frame_rate = constant_rate.value_or(constant_frame_rate(file.context(), stream));
  decoder->format_.matrix = color_matrix(stream->codecpar->color_space, stream->codecpar->height);
  if (constant_rate) decoder->origin_ = file.start();
  return decoder;
}

void PictureDecoder::push(const AVPacket* packet) {
  if (avcodec_send_packet(codec_.get(), packet) < 0 && packet != nullptr) damaged_ = true;
  draining_ = draining_ || packet == nullptr;
}

Result<FramePtr> PictureDecoder::next() {
  for (;;) {
    auto picture = normalizer_->pull();
    if (!picture || *picture != nullptr || finished_) return picture;
    auto more = decode_one();
    if (!more) return more.error();
    if (!*more) return FramePtr();
  }
}

// False when the decoder needs a packet.
Result<bool> PictureDecoder::decode_one() {
  const int code = avcodec_receive_frame(codec_.get(), decoded_.get());
  if (code == AVERROR(EAGAIN)) return false;
  if (code < 0) {
    damaged_ = damaged_ || code != AVERROR_EOF;
    // While draining, a failing decoder would be called endlessly.
    if (code == AVERROR_EOF || draining_) {
      if (auto ended = end_of_pictures(); !ended) return ended.error();
    }
    return true;
  }
  split_range_from_format(*decoded_);
  const AVRational base = file_.video()->time_base;
  const std::int64_t ticks = decoded_->best_effort_timestamp;
  const MediaTime pts = ticks == AV_NOPTS_VALUE ? next_pts_ : to_media_time(ticks, base) - origin_;
  const MediaTime duration = decoded_->pkt_duration > 0
                                 ? to_media_time(decoded_->pkt_duration, base)
                                 : format_.frame_rate.frame_duration();
  const bool doubled = last_pts_ && pts <= *last_pts_;
  if (doubled) return true;
  last_pts_ = pts;
  next_pts_ = pts + duration;
  decoded_->pts = pts.count();
  decoded_->pkt_duration = duration.count();
  auto pushed = normalizer_->push(decoded_.get());
  av_frame_unref(decoded_.get());
  if (!pushed) return pushed.error();
  return true;
}

Result<void> PictureDecoder::end_of_pictures() {
  finished_ = true;
  return normalizer_->flush();
}

Error PictureDecoder::no_picture() const {
  return {ErrorCode::CorruptData, "no frame of " + file_.name() + " can be decoded"};
}

}  // namespace streamkit::media
