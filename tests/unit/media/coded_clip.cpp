#include "media/coded_clip.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>
}

namespace streamkit::media {
namespace {

struct Free {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
  void operator()(AVFormatContext* file) const {
    avio_closep(&file->pb);
    avformat_free_context(file);
  }
};

// The weights of red and blue in luma.
std::array<double, 2> weights(int matrix) {
  switch (matrix) {
    case 4:
      return {0.30, 0.11};
    case 5:
    case 6:
      return {0.299, 0.114};
    case 7:
      return {0.212, 0.087};
    case 9:
      return {0.2627, 0.0593};
    default:
      return {0.2126, 0.0722};
  }
}

// Returns component `index` of a colour, as the pixel format stores it.
int sample(const Rgb& rgb, int index, const AVPixFmtDescriptor& format, int matrix, bool full) {
  const int depth = format.comp[index].depth;
  const double most = (1 << depth) - 1;
  if (index == 3) return static_cast<int>(most);
  const auto at = static_cast<std::size_t>(index);
  if ((format.flags & AV_PIX_FMT_FLAG_RGB) != 0)
    return static_cast<int>(std::lround(rgb[at] * most));
  const auto [red, blue] = weights(matrix);
  const double luma = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2];
  const double chroma =
      index == 1 ? (rgb[2] - luma) / (2 * (1 - blue)) : (rgb[0] - luma) / (2 * (1 - red));
  const double unit = 1 << (depth - 8);
  double value = 0;
  if (index == 0) value = full ? luma * most : (16 + 219 * luma) * unit;
  if (index != 0) value = (full ? chroma * most : 224 * chroma * unit) + 128 * unit;
  return static_cast<int>(std::lround(std::clamp(value, 0.0, most)));
}

std::unique_ptr<AVFrame, Free> draw(const CodedClip& clip, AVPixelFormat format) {
  std::unique_ptr<AVFrame, Free> frame(av_frame_alloc());
  frame->width = clip.width_px;
  frame->height = clip.height_px;
  frame->format = format;
  frame->colorspace = static_cast<AVColorSpace>(clip.color.matrix);
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  // The function that writes the samples only sets bits.
  for (AVBufferRef* buffer : frame->buf) {
    if (buffer != nullptr) std::fill_n(buffer->data, buffer->size, std::uint8_t{0});
  }
  const AVPixFmtDescriptor& layout = *av_pix_fmt_desc_get(format);
  const int matrix = clip.color.matrix == 2 ? clip.matrix : clip.color.matrix;
  const bool full = clip.color.range.value_or(clip.range) == ColorRange::Full;
  for (int c = 0; c < layout.nb_components; ++c) {
    const bool chroma = (layout.flags & AV_PIX_FMT_FLAG_RGB) == 0 && (c == 1 || c == 2);
    const int across = chroma ? layout.log2_chroma_w : 0;
    const int down = chroma ? layout.log2_chroma_h : 0;
    const int width = AV_CEIL_RSHIFT(clip.width_px, across);
    std::vector<std::uint16_t> line(static_cast<std::size_t>(width));
    for (int y = 0; y < AV_CEIL_RSHIFT(clip.height_px, down); ++y) {
      for (int x = 0; x < width; ++x) {
        const Rgb rgb = clip.rgb(std::min(x << across, clip.width_px - 1), y << down);
        line[static_cast<std::size_t>(x)] =
            static_cast<std::uint16_t>(sample(rgb, c, layout, matrix, full));
      }
      av_write_image_line2(line.data(), frame->data, frame->linesize, &layout, 0, y, c, width, 2);
    }
  }
  return frame;
}

std::unique_ptr<AVCodecContext, Free> open_encoder_of(const CodedClip& clip, bool global_header) {
  const AVCodec* codec = avcodec_find_encoder_by_name(clip.encoder.c_str());
  EXPECT_NE(codec, nullptr) << clip.encoder;
  std::unique_ptr<AVCodecContext, Free> context(avcodec_alloc_context3(codec));
  context->width = clip.width_px;
  context->height = clip.height_px;
  context->pix_fmt = av_get_pix_fmt(clip.pixel_format.c_str());
  context->time_base = {1, 25};
  context->framerate = {25, 1};
  context->max_b_frames = 0;
  context->thread_count = 1;
  context->log_level_offset = AV_LOG_DEBUG;  // encoders report what they did
  context->colorspace = static_cast<AVColorSpace>(clip.color.matrix);
  context->color_primaries = static_cast<AVColorPrimaries>(clip.color.primaries);
  context->color_trc = static_cast<AVColorTransferCharacteristic>(clip.color.transfer);
  if (clip.color.range) {
    context->color_range =
        *clip.color.range == ColorRange::Full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  }
  context->sample_aspect_ratio = {clip.aspect.num, clip.aspect.den};
  if (global_header) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  av_dict_parse_string(&options, clip.options.c_str(), "=", ":", 0);
  EXPECT_GE(avcodec_open2(context.get(), codec, &options), 0) << clip.encoder;
  av_dict_free(&options);
  return context;
}

void add_display_matrix(AVStream* stream, const std::array<int, 4>& display) {
  constexpr std::int32_t kOne = 1 << 16;
  auto* matrix = reinterpret_cast<std::int32_t*>(
      av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(std::int32_t)));
  ASSERT_NE(matrix, nullptr);
  const std::array<std::int32_t, 9> values = {display[0] * kOne,
                                              display[1] * kOne,
                                              0,
                                              display[2] * kOne,
                                              display[3] * kOne,
                                              0,
                                              0,
                                              0,
                                              1 << 30};
  std::copy(values.begin(), values.end(), matrix);
}

void add_to_size(Bytes& file, std::size_t name_at, std::size_t more) {
  std::size_t size = more;
  for (std::size_t i = 0; i < 4; ++i) size += std::size_t{file[name_at - 4 + i]} << (24 - 8 * i);
  for (std::size_t i = 0; i < 4; ++i) {
    file[name_at - 4 + i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
  }
}

}  // namespace

void write_clip(const std::filesystem::path& path, const CodedClip& clip) {
  AVFormatContext* allocated = nullptr;
  ASSERT_GE(avformat_alloc_output_context2(&allocated, nullptr, nullptr, path.c_str()), 0);
  const std::unique_ptr<AVFormatContext, Free> file(allocated);
  const auto codec = open_encoder_of(clip, (file->oformat->flags & AVFMT_GLOBALHEADER) != 0);
  AVStream* stream = avformat_new_stream(file.get(), nullptr);
  ASSERT_GE(avcodec_parameters_from_context(stream->codecpar, codec.get()), 0);
  stream->time_base = codec->time_base;
  stream->avg_frame_rate = codec->framerate;
  stream->sample_aspect_ratio = codec->sample_aspect_ratio;
  if (clip.display) add_display_matrix(stream, *clip.display);
  ASSERT_GE(avio_open(&file->pb, path.c_str(), AVIO_FLAG_WRITE), 0);
  file->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  ASSERT_GE(avformat_write_header(file.get(), nullptr), 0) << path;
  const auto frame = draw(clip, codec->pix_fmt);
  const std::unique_ptr<AVPacket, Free> packet(av_packet_alloc());
  const std::int64_t first = to_ticks(clip.start, 1, 25);
  for (int n = 0; n <= clip.frames; ++n) {
    frame->pts = first + n;
    ASSERT_GE(avcodec_send_frame(codec.get(), n == clip.frames ? nullptr : frame.get()), 0);
    while (avcodec_receive_packet(codec.get(), packet.get()) >= 0) {
      packet->duration = 1;
      av_packet_rescale_ts(packet.get(), codec->time_base, stream->time_base);
      ASSERT_GE(av_interleaved_write_frame(file.get(), packet.get()), 0);
    }
  }
  ASSERT_GE(av_write_trailer(file.get()), 0);
}

Bytes with_sample_entry_box(Bytes file, const Bytes& box) {
  auto at = file.begin();
  std::size_t entry = 0;
  for (const std::string name : {"moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1"}) {
    at = std::search(at, file.end(), name.begin(), name.end());
    if (at == file.end()) {
      ADD_FAILURE() << "no box " << name;
      return file;
    }
    entry = static_cast<std::size_t>(at - file.begin());
    add_to_size(file, entry, box.size());
  }
  constexpr std::size_t kNameAndFields = 4 + 78;
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(entry + kNameAndFields), box.begin(),
              box.end());
  return file;
}

Rgb shown_at(const VideoFrame& frame, int x, int y) {
  const bool full = frame.format.range == ColorRange::Full;
  const auto [red, blue] = weights(frame.format.matrix == ColorMatrix::Bt601 ? 6 : 1);
  const double luma = frame.planes[0].row(y)[x];
  const double u = frame.planes[1].row(y / 2)[x / 2] - 128.0;
  const double v = frame.planes[2].row(y / 2)[x / 2] - 128.0;
  const double l = full ? luma / 255 : (luma - 16) / 219;
  const double scale = full ? 255 : 224;
  const double r = l + 2 * (1 - red) * v / scale;
  const double b = l + 2 * (1 - blue) * u / scale;
  return {r, (l - red * r - blue * b) / (1 - red - blue), b};
}

Rgb color_bars(int x, int width_px) {
  constexpr std::array<Rgb, 8> kBars = {{{1, 0, 0},
                                         {0, 1, 0},
                                         {0, 0, 1},
                                         {1, 1, 0},
                                         {1, 1, 1},
                                         {0, 0, 0},
                                         {0.5, 0.5, 0.5},
                                         {0.75, 0.5, 0.25}}};
  return kBars[static_cast<std::size_t>(std::clamp(x * 8 / width_px, 0, 7))];
}

}  // namespace streamkit::media
