#include "media/color_report.hpp"

#include <string>

#include "media/codec_parameters.hpp"
#include "media/frame_color.hpp"

extern "C" {
#include <libavutil/dovi_meta.h>
#include <libavutil/pixdesc.h>
}

namespace streamkit::media {
namespace {

// Dolby Vision of this profile has colours of its own (IPT), which no tag describes.
bool is_dolby_vision_5(const AVStream& stream) {
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DOVI_CONF, &size);
  return data != nullptr && size >= sizeof(AVDOVIDecoderConfigurationRecord) &&
         reinterpret_cast<const AVDOVIDecoderConfigurationRecord*>(data)->dv_profile == 5;
}

std::string name_or_number(const char* name, int number) {
  return name == nullptr ? std::to_string(number) : name;
}

std::string describe(const FrameColor& color) {
  return name_or_number(av_color_space_name(color.matrix), color.matrix) + ", " +
         name_or_number(av_color_primaries_name(color.primaries), color.primaries) + ", " +
         name_or_number(av_color_transfer_name(color.transfer), color.transfer);
}

void report_assumptions(const FrameColor& color, int lines, const Context& context) {
  context.log(LogLevel::Info,
              "the video does not state its colours; as players do, BT.601 is assumed up to 576 "
              "lines and BT.709 above",
              {{"assumed", describe(color)}, {"lines", std::to_string(lines)}});
}

void report_conversion(const FrameColor& from, const FrameColor& to, const Context& context) {
  if (is_hdr(to) && from.transfer == to.transfer) {
    context.log(LogLevel::Info, "HDR video is kept as HDR", {{"as", describe(to)}});
  } else if (is_hdr(to)) {
    context.log(LogLevel::Info, "the video is converted to the HDR of its stream",
                {{"from", describe(from)}, {"to", describe(to)}});
  } else if (is_hdr(from)) {
    context.log(LogLevel::Info, "HDR video is tone-mapped to SDR BT.709",
                {{"from", describe(from)}});
  } else if (from.primaries != to.primaries || from.transfer != to.transfer) {
    context.log(LogLevel::Info, "the colours are converted to BT.709", {{"from", describe(from)}});
  }
}

void report_transparency(AVPixelFormat pixels, const Context& context) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(pixels);
  const bool alpha = descriptor != nullptr && (descriptor->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  if (!alpha || pixels == AV_PIX_FMT_PAL8) return;
  context.log(LogLevel::Info, "the transparency of the video is dropped",
              {{"pixel_format", descriptor->name}});
}

}  // namespace

Result<void> check_color(const AVStream& stream, const VideoFormat& output,
                         const Context& context) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVPixelFormat pixels = pixel_format_of(parameters);
  const FrameColor stated = color_of(parameters);
  const FrameColor assumed = color_by_height(parameters.height);
  const FrameColor color = complete_color(stated, pixels, parameters.codec_id, assumed);
  const FrameColor written = color_of(output);
  if (needs_zscale(color, written) && !has_zscale()) {
    return Error{ErrorCode::Unsupported, "its colour (" + describe(color) +
                                             ") needs an FFmpeg with the filters zscale (libzimg) "
                                             "and tonemap"};
  }
  if (is_dolby_vision_5(stream)) {
    context.log(LogLevel::Warning,
                "the video is Dolby Vision profile 5, whose colours (IPT) cannot be converted: "
                "they will be wrong");
  }
  if (stated.matrix == AVCOL_SPC_UNSPECIFIED && color.matrix == assumed.matrix) {
    report_assumptions(color, parameters.height, context);
  }
  report_conversion(color, written, context);
  report_transparency(pixels, context);
  return {};
}

}  // namespace streamkit::media
