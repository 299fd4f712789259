#include <array>
#include <cmath>
#include <utility>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/input_file.hpp"
#include "media/track_selection.hpp"

namespace streamkit::media {

Result<CodecPtr> open_codec(const AVCodecParameters& parameters, AVRational time_base, int threads,
                            std::int64_t max_pixels) {
  const std::string name = codec_name_of(parameters);
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) {
    return Error{ErrorCode::Unsupported,
                 "this FFmpeg has no decoder for the codec of this track: " + name};
  }
  CodecPtr context(avcodec_alloc_context3(codec));
  if (context == nullptr) return out_of_memory();
  make_quiet(*context);
  if (const int code = avcodec_parameters_to_context(context.get(), &parameters); code < 0) {
    return ffmpeg_error(code, "cannot set up the " + name + " decoder");
  }
  context->pkt_timebase = time_base;
  context->thread_count = threads;
  if (max_pixels > 0) context->max_pixels = max_pixels;
  if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0) {
    return ffmpeg_error(code, "cannot open the " + name + " decoder");
  }
  return context;
}

void split_range_from_format(AVFrame& frame) noexcept {
  constexpr std::array<std::pair<AVPixelFormat, AVPixelFormat>, 5> kFullRangeFormats = {
      {{AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P},
       {AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
       {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P},
       {AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P},
       {AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P}}};
  for (const auto& [full, plain] : kFullRangeFormats) {
    if (frame.format != full) continue;
    frame.format = plain;
    frame.color_range = AVCOL_RANGE_JPEG;
    return;
  }
}

Orientation upright_orientation(const AVStream* stream) {
  const auto* matrix = reinterpret_cast<const std::int32_t*>(
      av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
  if (matrix == nullptr) return {};
  // A point (x, y) is shown at (a x + c y, b x + d y), with y downwards.
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  if (std::abs(a) + std::abs(d) >= std::abs(b) + std::abs(c)) {
    return {d < 0 ? 180 : 0, (a < 0) != (d < 0)};
  }
  return {c < 0 ? 90 : 270, (b < 0) == (c < 0)};
}

}  // namespace streamkit::media
