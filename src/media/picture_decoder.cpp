#include "media/picture_decoder.hpp"

#include <algorithm>
#include <chrono>

#include "media/codec_parameters.hpp"
#include "media/ffmpeg_error.hpp"

namespace streamkit::media {
namespace {

Result<ParametersPtr> coded_parameters(const VideoTrack& track) {
  const VideoFormat& format = track.format;
  const bool usable = format.width_px > 0 && format.height_px > 0 && format.width_px % 2 == 0 &&
                      format.height_px % 2 == 0 && format.frame_rate.valid() &&
                      format.pixel_format == PixelFormat::I420 &&
                      track.rotation_degrees % 90 == 0 && track.rotation_degrees >= 0 &&
                      track.rotation_degrees < 360;
  if (!usable) {
    return Error{ErrorCode::InvalidArgument, "the format of the video track is invalid"};
  }
  ParametersPtr parameters(avcodec_parameters_alloc());
  if (parameters == nullptr) return out_of_memory();
  if (auto described =
          describe_codec(*parameters, track.codec, AVMEDIA_TYPE_VIDEO, track.codec_config);
      !described) {
    return described.error();
  }
  // A few codecs do not carry the size in their data.
  const bool turned = track.rotation_degrees % 180 != 0;
  parameters->width = turned ? format.height_px : format.width_px;
  parameters->height = turned ? format.width_px : format.height_px;
  return parameters;
}

}  // namespace

Result<std::unique_ptr<PictureDecoder>> PictureDecoder::open(const InputFile& file,
                                                             std::optional<FrameRate> constant_rate,
                                                             std::optional<PictureSize> size) {
  AVStream* stream = file.video();
  // A file that is read for conversion waits for the encoder, which takes many times longer.
  constexpr int kThreadsBesideAnEncoder = 2;
  auto codec =
      open_codec(*stream->codecpar, stream->time_base, constant_rate ? 0 : kThreadsBesideAnEncoder);
  if (!codec) return codec.error().with_context(file.name());
  std::unique_ptr<PictureDecoder> decoder(new PictureDecoder(file.name(), stream->time_base));
  decoder->codec_ = std::move(*codec);
  const VideoTrack track = video_track(file);
  decoder->format_ = track.format;
  if (size) {
    decoder->format_.width_px = size->width_px;
    decoder->format_.height_px = size->height_px;
  }
  if (constant_rate) {
    decoder->format_.frame_rate = *constant_rate;
    decoder->grid_.emplace(*constant_rate);
  }
  if (auto opened =
          decoder->open_normalizer(track.rotation_degrees, track.interlaced, constant_rate);
      !opened) {
    return opened.error();
  }
  return decoder;
}

Result<std::unique_ptr<PictureDecoder>> PictureDecoder::open(const VideoTrack& track, int threads) {
  auto parameters = coded_parameters(track);
  if (!parameters) return parameters.error();
  auto codec = open_codec(**parameters, kFlicks, threads);
  if (!codec) return codec.error();
  std::unique_ptr<PictureDecoder> decoder(new PictureDecoder("the video track", kFlicks));
  decoder->codec_ = std::move(*codec);
  decoder->format_ = track.format;
  decoder->format_.range = ColorRange::Limited;
  if (auto opened = decoder->open_normalizer(track.rotation_degrees, track.interlaced, {});
      !opened) {
    return opened.error();
  }
  return decoder;
}

Result<void> PictureDecoder::open_normalizer(int rotation, bool interlaced,
                                             std::optional<FrameRate> constant_rate) {
  decoded_.reset(av_frame_alloc());
  if (decoded_ == nullptr) return out_of_memory();
  auto normalizer = VideoNormalizer::create(
      {format_.width_px, format_.height_px, rotation, interlaced, constant_rate});
  if (!normalizer) return normalizer.error();
  normalizer_ = std::move(*normalizer);
  return {};
}

void PictureDecoder::push(const AVPacket* packet) {
  const bool taken = avcodec_send_packet(codec_.get(), packet) >= 0;
  if (!taken && packet != nullptr) damaged_ = true;
  draining_ = draining_ || packet == nullptr;
  const bool only_decoding = taken && packet != nullptr && packet->pts == AV_NOPTS_VALUE &&
                             packet->dts != AV_NOPTS_VALUE && packet->size > 0;
  if (!only_decoding) return;
  decoding_times_.push(packet->dts);
  // No decoder holds back more frames than this.
  constexpr std::size_t kMostHeldBack = 64;
  if (decoding_times_.size() > kMostHeldBack) decoding_times_.pop();
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

// Returns false if the decoder needs a packet.
Result<bool> PictureDecoder::decode_one() {
  const int code = avcodec_receive_frame(codec_.get(), decoded_.get());
  if (code == AVERROR(EAGAIN)) return false;
  if (code < 0) {
    damaged_ = damaged_ || code != AVERROR_EOF;
    // While it is drained, a failing decoder would otherwise be called endlessly.
    if (code == AVERROR_EOF || draining_) {
      if (auto ended = end_of_pictures(); !ended) return ended.error();
    }
    return true;
  }
  split_range_from_format(*decoded_);
  if (!set_times(*decoded_)) {
    av_frame_unref(decoded_.get());
    return true;
  }
  auto pushed = normalizer_->push(decoded_.get());
  av_frame_unref(decoded_.get());
  if (!pushed) return pushed.error();
  return true;
}

std::int64_t PictureDecoder::shown_at(const AVFrame& frame) {
  if (frame.pts != AV_NOPTS_VALUE || decoding_times_.empty()) return frame.best_effort_timestamp;
  const std::int64_t earliest = decoding_times_.top();
  decoding_times_.pop();
  return earliest;
}

// Returns false for a frame that has no place at the constant rate.
bool PictureDecoder::set_times(AVFrame& frame) {
  // Every frame is kept: one that is not later than the one before follows it closely, so that
  // later ones keep their times.
  constexpr MediaTime kClosest = std::chrono::milliseconds(1);
  const std::int64_t ticks = shown_at(frame);
  MediaTime pts = ticks == AV_NOPTS_VALUE ? next_pts_ : to_media_time(ticks, time_base_);
  if (last_pts_ && pts <= *last_pts_) pts = *last_pts_ + kClosest;
  MediaTime duration = frame.pkt_duration > 0 ? to_media_time(frame.pkt_duration, time_base_)
                                              : format_.frame_rate.frame_duration();
  last_pts_ = pts;
  next_pts_ = pts + duration;
  if (grid_) {
    const auto place = grid_->place(pts);
    if (!place) return false;
    pts = grid_->rate().time_of(*place);
    duration = std::max(next_pts_ - pts, MediaTime{1});
  }
  frame.pts = pts.count();
  frame.pkt_duration = duration.count();
  return true;
}

Result<void> PictureDecoder::end_of_pictures() {
  finished_ = true;
  return normalizer_->flush();
}

Error PictureDecoder::no_picture() const {
  return {ErrorCode::CorruptData, "no frame of " + name_ + " can be decoded"};
}

}  // namespace streamkit::media
