#include "media/video_encoder.hpp"

#include <algorithm>
#include <streamkit/core/frame_pool.hpp>
#include <utility>

#include "media/annex_b.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/frame_color.hpp"

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

VideoFrame gray_frame(const VideoFormat& format) {
  WritableFrame frame = FramePool().acquire(format);
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) std::fill_n(plane.row(y), plane.width_px, 128);
  }
  return std::move(frame).publish(MediaTime{0}, format.frame_rate.frame_duration());
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

// Adds what the encoder needs and what to do, which FFmpeg's messages leave out.
Error with_advice(const EncoderBackend& backend, Error error) {
  if (!backend.hardware()) return error;
  error.code = ErrorCode::Unsupported;
  error.message = "the encoder " + std::string(backend.name) + " does not work: " + error.message +
                  "; it needs " + needs_of(backend.family) + "; or use the encoder auto or " +
                  encoder_name(backend.codec);
  return error;
}

}  // namespace

Result<std::unique_ptr<VideoEncoder>> VideoEncoder::open(const EncoderBackend& backend,
                                                         const EncoderOptions& options,
                                                         const VideoFormat& source) {
  std::unique_ptr<VideoEncoder> encoder(new VideoEncoder(backend, source));
  if (source.pixel_format != PixelFormat::I420) encoder->track_.hdr = options.hdr;
  encoder->track_.format = coded_format(source, options.height_px);
  if (options.chunk_duration > MediaTime{0}) encoder->grid_ = ChunkGrid{options.chunk_duration};
  const AVCodec* coder = avcodec_find_encoder_by_name(backend.name);
  if (coder == nullptr) {
    return with_advice(backend,
                       {ErrorCode::Unsupported, "this FFmpeg has no " + std::string(backend.name)});
  }
  const bool on_device = (coder->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID)) != 0;
  if (const char* missing = missing_device(backend.family); on_device && missing != nullptr) {
    return with_advice(backend, {ErrorCode::Unsupported, missing});
  }
  if (auto opened = encoder->open_any_layout(options); !opened) {
    return with_advice(backend, std::move(opened).error());
  }
  if (auto described = encoder->describe_output(options); !described) return described.error();
  return encoder;
}

Result<void> VideoEncoder::open_any_layout(const EncoderOptions& options) {
  Result<void> opened;
  for (const AVPixelFormat layout : input_layouts(backend_, source_.pixel_format)) {
    opened = open_codec(options, layout);
    if (opened) break;
  }
  return opened;
}

void VideoEncoder::describe(const EncoderOptions& options) {
  const VideoFormat& format = track_.format;
  codec_->width = format.width_px;
  codec_->height = format.height_px;
  const bool own_times = backend_.family == EncoderFamily::X26x;
  // Other encoders know few time bases; frames are numbered for them.
  codec_->time_base =
      own_times ? kFlicks : AVRational{format.frame_rate.den, format.frame_rate.num};
  codec_->framerate = {format.frame_rate.num, format.frame_rate.den};
  codec_->sample_aspect_ratio = {1, 1};
  set_color(*codec_, color_of(format));
  codec_->max_b_frames = own_times ? options.b_frames : 0;
  codec_->thread_count = options.threads;
  codec_->flags |= AV_CODEC_FLAG_CLOSED_GOP;
  // These devices state parameter sets only in band.
  if (backend_.family != EncoderFamily::V4l2) codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
}

Result<void> VideoEncoder::open_codec(const EncoderOptions& options, AVPixelFormat layout) {
  const AVCodec* coder = avcodec_find_encoder_by_name(backend_.name);
  codec_.reset(avcodec_alloc_context3(coder));
  if (codec_ == nullptr) return out_of_memory();
  make_quiet(*codec_);
  const VideoFormat& format = track_.format;
  auto input = EncoderInput::create(source_, format, layout);
  if (!input) return input.error();
  input_ = *std::move(input);
  input_->describe(*codec_);
  describe(options);

  // The first frame of a chunk is its only keyframe: the chunk is one fragment, and no fragment
  // begins elsewhere. With parameter sets in band, segments of different encoders can follow each
  // other.
  Options codec_options;
  set_backend_options(backend_, {options, format, grid_.has_value()}, *codec_, codec_options);
  if (const int code = avcodec_open2(codec_.get(), coder, codec_options.in_out()); code < 0) {
    return ffmpeg_error(code, "cannot open the " + std::string(display_name(backend_.codec)) +
                                  " encoder for " + std::to_string(format.width_px) + "x" +
                                  std::to_string(format.height_px));
  }
  return {};
}

Result<void> VideoEncoder::describe_output(const EncoderOptions& options) {
  track_.codec = backend_.codec == VideoCodec::Hevc ? "hevc" : "h264";
  track_.coded_color = color_tags(color_of(track_.format));
  if (backend_.family == EncoderFamily::X26x) {
    track_.codec_config.assign(codec_->extradata, codec_->extradata + codec_->extradata_size);
    return {};
  }
  auto output = EncoderOutput::create(*codec_, backend_.codec);
  if (!output) return output.error();
  output_ = *std::move(output);
  if (output_->config().empty()) {
    auto config = config_of_first_packet(options);
    if (!config) return config.error();
    output_->set_config(*std::move(config));
  }
  track_.codec_config = output_->config();
  return {};
}

// Encodes a frame to learn the parameter sets, and opens the encoder again.
Result<Bytes> VideoEncoder::config_of_first_packet(const EncoderOptions& options) {
  std::vector<Packet> packets;
  if (auto sent = encode(gray_frame(source_), true); !sent) return sent.error();
  if (auto done = flush(packets); !done) return done.error();
  Bytes config;
  if (!packets.empty()) config = parameter_sets(packets.front().data, backend_.codec);
  if (config.empty()) {
    return with_advice(backend_,
                       {ErrorCode::Unsupported, "it writes a first frame without parameter sets"});
  }
  if (auto opened = open_any_layout(options); !opened) return opened.error();
  auto output = EncoderOutput::create(*codec_, backend_.codec);
  if (!output) return output.error();
  output_ = *std::move(output);
  return config;
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
  const bool forced = std::exchange(keyframe_forced_, false);
  const bool boundary =
      grid_ && (forced || !last_pts_ || grid_->starts_chunk(*last_pts_, frame.pts));
  last_pts_ = frame.pts;
  if (next_bit_rate_bps_ && (boundary || !grid_)) {
    // FFmpeg passes changed rates to x264 with the next frame.
    set_rate_control(*std::exchange(next_bit_rate_bps_, std::nullopt));
  }
  if (auto sent = encode(frame, boundary); !sent) return sent;
  return drain(packets);
}

Result<void> VideoEncoder::encode(const VideoFrame& frame, bool keyframe) {
  auto picture = input_->picture(frame);
  if (!picture) return picture.error();
  AVFrame& input = **picture;
  if (output_ != nullptr) {
    input.pts = output_->expect(frame.pts, frame.duration);
    input.pkt_duration = 1;
  } else {
    input.pts = frame.pts.count();
    input.pkt_duration = frame.duration.count();
  }
  input.pict_type = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  if (const int code = avcodec_send_frame(codec_.get(), &input); code < 0) {
    return ffmpeg_error(code, "cannot encode a frame");
  }
  return {};
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
  if (backend_.family != EncoderFamily::X26x || backend_.codec != VideoCodec::H264) {
    return Error{ErrorCode::Unsupported,
                 "the encoder " + std::string(backend_.name) + " cannot change its bit rate"};
  }
  next_bit_rate_bps_ = bit_rate_bps;
  return {};
}

Result<void> VideoEncoder::flush(std::vector<Packet>& packets) {
  if (const int code = avcodec_send_frame(codec_.get(), nullptr); code < 0) {
    return ffmpeg_error(
        code, "cannot finish the " + std::string(display_name(backend_.codec)) + " stream");
  }
  if (auto done = drain(packets); !done || output_ == nullptr) return done;
  return output_->take(nullptr, packets);
}

Result<void> VideoEncoder::drain(std::vector<Packet>& packets) {
  const PacketPtr packet(av_packet_alloc());
  if (packet == nullptr) return out_of_memory();
  for (;;) {
    const int code = avcodec_receive_packet(codec_.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return ffmpeg_error(code, "cannot encode a frame");
    if (output_ == nullptr) {
      packets.push_back(video_packet(*packet, track_.format.frame_rate.frame_duration()));
      av_packet_unref(packet.get());
    } else if (auto done = output_->take(packet.get(), packets); !done) {
      return done;
    }
  }
}

}  // namespace streamkit::media
