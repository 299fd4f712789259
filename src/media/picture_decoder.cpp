#include "media/picture_decoder.hpp"

#include <algorithm>
#include <chrono>

#include "media/codec_parameters.hpp"
#include "media/color_report.hpp"
#include "media/ffmpeg_error.hpp"

namespace streamkit::media {
namespace {

bool is_usable(const VideoTrack& track) noexcept {
  const VideoFormat& format = track.format;
  const int rotation = track.orientation.rotation_degrees;
  const PictureCrop& crop = track.crop;
  return format.width_px > 0 && format.height_px > 0 && format.width_px % 2 == 0 &&
         format.height_px % 2 == 0 && format.frame_rate.valid() &&
         format.pixel_format == PixelFormat::I420 && rotation % 90 == 0 && rotation >= 0 &&
         rotation < 360 && crop.left_px >= 0 && crop.top_px >= 0 && crop.right_px >= 0 &&
         crop.bottom_px >= 0;
}

VideoFormat wanted_format(VideoFormat own, const PictureOptions& options) {
  if (options.size) {
    own.width_px = options.size->width_px;
    own.height_px = options.size->height_px;
  }
  if (options.constant_rate) own.frame_rate = *options.constant_rate;
  if (!options.color) return own;
  VideoFormat wanted = *options.color;
  wanted.width_px = own.width_px;
  wanted.height_px = own.height_px;
  wanted.frame_rate = own.frame_rate;
  return wanted;
}

Result<ParametersPtr> coded_parameters(const VideoTrack& track) {
  const VideoFormat& format = track.format;
  if (!is_usable(track)) {
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
  const bool turned = track.orientation.sideways();
  const PictureCrop& crop = track.crop;
  const PixelAspect& aspect = track.pixel_aspect;
  const int width = turned ? format.height_px : format.width_px;
  const bool stretched = aspect.num > 0 && aspect.den > 0;
  parameters->width =
      crop.left_px + crop.right_px +
      (stretched ? static_cast<int>(av_rescale(width, aspect.den, aspect.num)) : width);
  parameters->height = (turned ? format.width_px : format.height_px) + crop.top_px + crop.bottom_px;
  set_color(*parameters, color_of(track.coded_color));
  return parameters;
}

}  // namespace

Result<std::unique_ptr<PictureDecoder>> PictureDecoder::open(const InputFile& file,
                                                             const PictureOptions& options) {
  AVStream* stream = file.video();
  // A file that is read for conversion waits for the encoder, which takes many times longer.
  constexpr int kThreadsBesideAnEncoder = 2;
  auto codec =
      open_codec(*stream->codecpar, stream->time_base,
                 options.constant_rate ? 0 : kThreadsBesideAnEncoder, file.max_coded_pixels());
  if (!codec) return codec.error().with_context(file.name());
  std::unique_ptr<PictureDecoder> decoder(new PictureDecoder(file.name(), stream->time_base));
  decoder->codec_ = std::move(*codec);
  const VideoTrack track = video_track(file, options.keep_hdr);
  decoder->format_ = wanted_format(track.format, options);
  decoder->hdr_ = track.hdr;
  if (auto checked = check_color(*stream, decoder->format_, options.context); !checked) {
    return checked.error().with_context(file.name());
  }
  decoder->assumed_color_ = color_by_height(stream->codecpar->height);
  decoder->coded_size_ = {stream->codecpar->width, stream->codecpar->height};
  if (options.constant_rate) decoder->grid_.emplace(*options.constant_rate);
  if (auto opened = decoder->open_normalizer(track, options.constant_rate); !opened) {
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
  decoder->assumed_color_ = color_of(decoder->format_);
  if (auto opened = decoder->open_normalizer(track, {}); !opened) return opened.error();
  return decoder;
}

Result<void> PictureDecoder::open_normalizer(const VideoTrack& track,
                                             std::optional<FrameRate> constant_rate) {
  crop_ = track.crop;
  decoded_.reset(av_frame_alloc());
  if (decoded_ == nullptr) return out_of_memory();
  auto normalizer = VideoNormalizer::create(
      {format_, track.orientation, track.pixel_aspect, track.interlaced, constant_rate});
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
  complete_frame();
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

// Crops the decoded frame and gives it the colour tags that it lacks.
void PictureDecoder::complete_frame() {
  AVFrame& frame = *decoded_;
  split_range_from_format(frame);
  set_color(frame, complete_color(color_of(frame), static_cast<AVPixelFormat>(frame.format),
                                  codec_->codec_id, assumed_color_));
  if (coded_size_.width_px == 0) coded_size_ = {frame.width, frame.height};
  const bool cropped = crop_ != PictureCrop{} && frame.width == coded_size_.width_px &&
                       frame.height == coded_size_.height_px;
  if (!cropped) return;
  frame.crop_left += static_cast<std::size_t>(crop_.left_px);
  frame.crop_top += static_cast<std::size_t>(crop_.top_px);
  frame.crop_right += static_cast<std::size_t>(crop_.right_px);
  frame.crop_bottom += static_cast<std::size_t>(crop_.bottom_px);
  // A crop that leaves nothing is ignored, as are hardware frames.
  av_frame_apply_cropping(&frame, AV_FRAME_CROP_UNALIGNED);
}

Result<void> PictureDecoder::end_of_pictures() {
  finished_ = true;
  return normalizer_->flush();
}

Error PictureDecoder::no_picture() const {
  return {ErrorCode::CorruptData, "no frame of " + name_ + " can be decoded"};
}

}  // namespace streamkit::media
