#include "media/video_encoder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/frame_color.hpp"
#include "media/x26x_options.hpp"

namespace streamkit::media {
namespace {

constexpr int kMinBitRateBps = 10'000;

// Returns the output format: that of the source, or scaled down to `height_px` in proportion.
VideoFormat coded_format(VideoFormat source, int height_px) {
  if (height_px == 0 || height_px >= source.height_px) return source;
  const double scale = static_cast<double>(height_px) / source.height_px;
  source.width_px = std::max(2, static_cast<int>(source.width_px * scale / 2 + 0.5) * 2);
  source.height_px = height_px;
  return source;
}

// Returns a frame that points into `frame` and keeps its storage alive for as long as FFmpeg uses
// it.
Result<FramePtr> wrap(const VideoFrame& frame) {
  FramePtr wrapped(av_frame_alloc());
  if (wrapped == nullptr) return out_of_memory();
  auto* storage = new std::shared_ptr<const void>(frame.storage);
  const auto release = [](void* opaque, std::uint8_t*) {
    delete static_cast<std::shared_ptr<const void>*>(opaque);
  };
  // FFmpeg only reads it: encoder input is never written, and the buffer is marked as read-only.
  auto* pixels = const_cast<std::uint8_t*>(frame.planes[0].data);
  wrapped->buf[0] = av_buffer_create(pixels, 1, release, storage, AV_BUFFER_FLAG_READONLY);
  if (wrapped->buf[0] == nullptr) {
    delete storage;
    return out_of_memory();
  }
  for (std::size_t i = 0; i < frame.planes.size(); ++i) {
    wrapped->data[i] = const_cast<std::uint8_t*>(frame.planes[i].data);
    wrapped->linesize[i] = static_cast<int>(frame.planes[i].stride_bytes);
  }
  return wrapped;
}

Packet video_packet(const AVPacket& packet, MediaTime frame_duration) {
  Packet copy;
  copy.track = TrackKind::Video;
  copy.pts = MediaTime{packet.pts};
  copy.dts = MediaTime{packet.dts};
  copy.duration = packet.duration > 0 ? MediaTime{packet.duration} : frame_duration;
  copy.keyframe = (packet.flags & AV_PKT_FLAG_KEY) != 0;
  copy.data.assign(packet.data, packet.data + packet.size);
  return copy;
}

}  // namespace

Result<std::unique_ptr<VideoEncoder>> VideoEncoder::open(const EncoderOptions& options,
                                                         const VideoFormat& source) {
  std::unique_ptr<VideoEncoder> encoder(new VideoEncoder);
  const bool deep = source.pixel_format != PixelFormat::I420;
  if (deep) encoder->track_.hdr = options.hdr;
  encoder->kind_ = deep ? VideoCodec::Hevc : options.codec;
  encoder->source_ = source;
  encoder->track_.format = coded_format(source, options.height_px);
  if (options.chunk_duration > MediaTime{0}) encoder->grid_ = ChunkGrid{options.chunk_duration};
  const VideoFormat& coded = encoder->track_.format;
  if (coded.height_px != source.height_px) {
    const AVPixelFormat pixels = pixels_of(source.pixel_format);
    encoder->scaler_.reset(sws_getContext(source.width_px, source.height_px, pixels, coded.width_px,
                                          coded.height_px, pixels, SWS_BICUBIC, nullptr, nullptr,
                                          nullptr));
    if (encoder->scaler_ == nullptr) return out_of_memory();
  }
  if (auto opened = encoder->open_codec(options); !opened) return opened.error();
  return encoder;
}

Result<void> VideoEncoder::open_codec(const EncoderOptions& options) {
  const std::string name = encoder_name(kind_);
  const AVCodec* coder = avcodec_find_encoder_by_name(name.c_str());
  if (coder == nullptr) return Error{ErrorCode::Unsupported, "this FFmpeg has no " + name};
  codec_.reset(avcodec_alloc_context3(coder));
  if (codec_ == nullptr) return out_of_memory();
  make_quiet(*codec_);

  const VideoFormat& format = track_.format;
  track_.codec = coder->id == AV_CODEC_ID_HEVC ? "hevc" : "h264";
  codec_->width = format.width_px;
  codec_->height = format.height_px;
  codec_->pix_fmt = pixels_of(format.pixel_format);
  codec_->time_base = kFlicks;
  codec_->framerate = {format.frame_rate.num, format.frame_rate.den};
  codec_->sample_aspect_ratio = {1, 1};
  set_color(*codec_, color_of(format));
  track_.coded_color = color_tags(color_of(format));
  codec_->max_b_frames = options.b_frames;
  codec_->thread_count = options.threads;
  codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;
  if (options.video_bit_rate_bps) set_rate_control(*options.video_bit_rate_bps);

  // The first frame of a chunk is its only keyframe: the chunk is one fragment, and no fragment
  // begins elsewhere. With parameter sets in band, segments of different encoders can follow each
  // other.
  codec_->gop_size = grid_ ? 1 << 20 : 250;
  Options codec_options;
  set_encoder_options(kind_, {options, format, grid_.has_value()}, codec_options);
  if (const int code = avcodec_open2(codec_.get(), coder, codec_options.in_out()); code < 0) {
    return ffmpeg_error(code, "cannot open the " + std::string(display_name(kind_)) +
                                  " encoder for " + std::to_string(format.width_px) + "x" +
                                  std::to_string(format.height_px));
  }
  track_.codec_config.assign(codec_->extradata, codec_->extradata + codec_->extradata_size);
  return {};
}

Result<FramePtr> VideoEncoder::picture(const VideoFrame& frame) {
  FramePtr picture;
  if (scaler_ == nullptr) {
    auto wrapped = wrap(frame);
    if (!wrapped) return wrapped.error();
    picture = std::move(*wrapped);
  } else {
    picture.reset(av_frame_alloc());
    if (picture == nullptr) return out_of_memory();
  }
  picture->format = pixels_of(source_.pixel_format);
  picture->width = track_.format.width_px;
  picture->height = track_.format.height_px;
  set_color(*picture, color_of(track_.format));
  if (scaler_ != nullptr) {
    if (av_frame_get_buffer(picture.get(), 0) < 0) return out_of_memory();
    std::array<const std::uint8_t*, 3> data{};
    std::array<int, 3> strides{};
    for (std::size_t i = 0; i < 3; ++i) {
      data[i] = frame.planes[i].data;
      strides[i] = static_cast<int>(frame.planes[i].stride_bytes);
    }
    sws_scale(scaler_.get(), data.data(), strides.data(), 0, source_.height_px, picture->data,
              picture->linesize);
  }
  return picture;
}

Result<void> VideoEncoder::push(const VideoFrame& frame, std::vector<Packet>& packets) {
  if (frame.format.width_px != source_.width_px || frame.format.height_px != source_.height_px ||
      frame.format.pixel_format != source_.pixel_format) {
    return Error{ErrorCode::InvalidArgument,
                 "the format of the frame differs from that of the encoder"};
  }
  if (last_pts_ && frame.pts <= *last_pts_) {
    return Error{ErrorCode::InvalidArgument,
                 "the timestamp of the frame is not later than the one before"};
  }
  auto wrapped = picture(frame);
  if (!wrapped) return wrapped.error();
  AVFrame& input = **wrapped;
  input.pts = frame.pts.count();
  input.pkt_duration = frame.duration.count();
  const bool boundary = grid_ && (!last_pts_ || grid_->starts_chunk(*last_pts_, frame.pts));
  input.pict_type = boundary ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  last_pts_ = frame.pts;
  if (next_bit_rate_bps_ && (boundary || !grid_)) {
    // FFmpeg passes changed rates to x264 with the next frame.
    set_rate_control(*std::exchange(next_bit_rate_bps_, std::nullopt));
  }
  if (const int code = avcodec_send_frame(codec_.get(), &input); code < 0) {
    return ffmpeg_error(code, "cannot encode a frame");
  }
  return drain(packets);
}

void VideoEncoder::set_rate_control(int bit_rate_bps) {
  codec_->bit_rate = bit_rate_bps;
  codec_->rc_max_rate = codec_->bit_rate * 3 / 2;
  codec_->rc_buffer_size = static_cast<int>(std::min<std::int64_t>(codec_->rc_max_rate, 1 << 30));
}

Result<void> VideoEncoder::set_bit_rate(int bit_rate_bps) {
  if (bit_rate_bps < kMinBitRateBps) {
    return Error{ErrorCode::InvalidArgument, "video bit rate must be 10000 bps or more"};
  }
  if (codec_->bit_rate == 0) {
    return Error{ErrorCode::Unsupported, "the encoder was opened without a bit rate"};
  }
  if (kind_ != VideoCodec::H264) {
    return Error{ErrorCode::Unsupported, "the HEVC encoder cannot change its bit rate"};
  }
  next_bit_rate_bps_ = bit_rate_bps;
  return {};
}

Result<void> VideoEncoder::flush(std::vector<Packet>& packets) {
  if (const int code = avcodec_send_frame(codec_.get(), nullptr); code < 0) {
    return ffmpeg_error(code, "cannot finish the " + std::string(display_name(kind_)) + " stream");
  }
  return drain(packets);
}

Result<void> VideoEncoder::drain(std::vector<Packet>& packets) {
  const PacketPtr packet(av_packet_alloc());
  if (packet == nullptr) return out_of_memory();
  for (;;) {
    const int code = avcodec_receive_packet(codec_.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return ffmpeg_error(code, "cannot encode a frame");
    packets.push_back(video_packet(*packet, track_.format.frame_rate.frame_duration()));
    av_packet_unref(packet.get());
  }
}

}  // namespace streamkit::media
