#include "media/frame_color.hpp"

#include <algorithm>
#include <array>
#include <cstring>

extern "C" {
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/pixdesc.h>
}

namespace streamkit::media {
namespace {

bool has_flag(AVPixelFormat format, std::uint64_t flag) noexcept {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  return descriptor != nullptr && (descriptor->flags & flag) != 0;
}

bool is_rgb(AVPixelFormat format) noexcept {
  return has_flag(format, AV_PIX_FMT_FLAG_RGB) || has_flag(format, AV_PIX_FMT_FLAG_PAL);
}

bool is_gray(AVPixelFormat format) noexcept {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  return descriptor != nullptr && descriptor->nb_components <= 2 && !is_rgb(format);
}

// Codecs whose streams have a place for the range, and are of limited range where it is not used.
bool is_limited_by_default(AVCodecID codec) noexcept {
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_AV1 ||
         codec == AV_CODEC_ID_VP9;
}

bool is_bt601(AVColorSpace matrix) noexcept {
  return matrix == AVCOL_SPC_SMPTE170M || matrix == AVCOL_SPC_BT470BG;
}

AVColorSpace complete_matrix(const FrameColor& stated, bool rgb, AVColorSpace assumed) noexcept {
  if (rgb) return AVCOL_SPC_RGB;
  if (is_bt601(stated.matrix)) return AVCOL_SPC_SMPTE170M;
  constexpr std::array kKnown = {AVCOL_SPC_BT709,
                                 AVCOL_SPC_FCC,
                                 AVCOL_SPC_SMPTE240M,
                                 AVCOL_SPC_YCGCO,
                                 AVCOL_SPC_BT2020_NCL,
                                 AVCOL_SPC_BT2020_CL,
                                 AVCOL_SPC_CHROMA_DERIVED_NCL,
                                 AVCOL_SPC_CHROMA_DERIVED_CL,
                                 AVCOL_SPC_ICTCP};
  if (std::find(kKnown.begin(), kKnown.end(), stated.matrix) != kKnown.end()) return stated.matrix;
  if (is_hdr(stated) || stated.primaries == AVCOL_PRI_BT2020) return AVCOL_SPC_BT2020_NCL;
  if (stated.primaries == AVCOL_PRI_BT709) return AVCOL_SPC_BT709;
  if (stated.primaries == AVCOL_PRI_BT470BG || stated.primaries == AVCOL_PRI_SMPTE170M) {
    return AVCOL_SPC_SMPTE170M;
  }
  return assumed;
}

// Values that zscale knows, as those of kKnown above. Others are treated as not stated.
bool is_known(AVColorPrimaries primaries) noexcept {
  constexpr std::array kKnown = {AVCOL_PRI_BT709,     AVCOL_PRI_BT470M,   AVCOL_PRI_BT470BG,
                                 AVCOL_PRI_SMPTE170M, AVCOL_PRI_FILM,     AVCOL_PRI_BT2020,
                                 AVCOL_PRI_SMPTE428,  AVCOL_PRI_SMPTE431, AVCOL_PRI_SMPTE432,
                                 AVCOL_PRI_JEDEC_P22};
  return std::find(kKnown.begin(), kKnown.end(), primaries) != kKnown.end();
}

AVColorPrimaries complete_primaries(const FrameColor& color, const FrameColor& assumed) noexcept {
  // SMPTE 240M has the primaries of SMPTE 170M.
  if (color.primaries == AVCOL_PRI_SMPTE240M) return AVCOL_PRI_SMPTE170M;
  if (is_known(color.primaries)) return color.primaries;
  if (is_hdr(color)) return AVCOL_PRI_BT2020;
  switch (color.matrix) {
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return AVCOL_PRI_BT2020;
    case AVCOL_SPC_SMPTE240M:
      return AVCOL_PRI_SMPTE170M;
    case AVCOL_SPC_SMPTE170M:
      return assumed.matrix == AVCOL_SPC_SMPTE170M ? assumed.primaries : AVCOL_PRI_BT709;
    default:
      return AVCOL_PRI_BT709;
  }
}

AVColorTransferCharacteristic complete_transfer(const FrameColor& color,
                                                const FrameColor& assumed) noexcept {
  switch (color.transfer) {
    case AVCOL_TRC_GAMMA22:
    case AVCOL_TRC_GAMMA28:
    case AVCOL_TRC_SMPTE240M:
    case AVCOL_TRC_LINEAR:
    case AVCOL_TRC_LOG:
    case AVCOL_TRC_LOG_SQRT:
    case AVCOL_TRC_IEC61966_2_1:
    case AVCOL_TRC_SMPTE2084:
    case AVCOL_TRC_ARIB_STD_B67:
      return color.transfer;
    case AVCOL_TRC_UNSPECIFIED:
      if (color.matrix == AVCOL_SPC_SMPTE240M) return AVCOL_TRC_SMPTE240M;
      return color.matrix == assumed.matrix ? assumed.transfer : AVCOL_TRC_BT709;
    default:
      return AVCOL_TRC_BT709;  // its curve, or nearly so
  }
}

// Empty where VideoFormat has no such value.
std::optional<ColorMatrix> output_matrix(AVColorSpace matrix) noexcept {
  if (matrix == AVCOL_SPC_BT709) return ColorMatrix::Bt709;
  if (is_bt601(matrix)) return ColorMatrix::Bt601;
  return {};
}

std::optional<ColorPrimaries> output_primaries(AVColorPrimaries primaries) noexcept {
  if (primaries == AVCOL_PRI_BT709) return ColorPrimaries::Bt709;
  if (primaries == AVCOL_PRI_SMPTE170M) return ColorPrimaries::Bt601Lines525;
  if (primaries == AVCOL_PRI_BT470BG) return ColorPrimaries::Bt601Lines625;
  return {};
}

std::optional<ColorTransfer> output_transfer(AVColorTransferCharacteristic transfer) noexcept {
  if (transfer == AVCOL_TRC_BT709) return ColorTransfer::Bt709;
  if (transfer == AVCOL_TRC_IEC61966_2_1) return ColorTransfer::Srgb;
  if (transfer == AVCOL_TRC_GAMMA22) return ColorTransfer::Gamma22;
  if (transfer == AVCOL_TRC_GAMMA28) return ColorTransfer::Gamma28;
  return {};
}

// Shades of grey mean the same with every matrix. libswscale would take them as full range.
std::string gray_filters(AVColorRange range, const std::string& pixels) {
  const std::string from = range == AVCOL_RANGE_JPEG ? "pc" : "tv";
  return "scale=in_range=" + from + ":out_range=tv,format=" + pixels;
}

// zscale takes frames whose sides are multiples of their chroma's, and so does its output of 4:2:0.
std::string fit_for_zscale(const AVFrame& frame) {
  const AVPixFmtDescriptor* descriptor =
      av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  std::string text;
  if (descriptor != nullptr && std::max(descriptor->log2_chroma_w, descriptor->log2_chroma_h) > 1) {
    text = "format=yuv444p,";
  }
  if (frame.width % 2 == 0 && frame.height % 2 == 0) return text;
  const bool single = frame.width < 2 || frame.height < 2;
  const std::string size = std::to_string(std::max(2, frame.width / 2 * 2)) + ":" +
                           std::to_string(std::max(2, frame.height / 2 * 2));
  return text + (single ? "scale=" + size : "crop=" + size + ":0:0") + ",";
}

std::string target_of(const FrameColor& to, const std::string& pixels) {
  return "m=" + std::to_string(to.matrix) + ":p=" + std::to_string(to.primaries) +
         ":t=" + std::to_string(to.transfer) + ":r=limited:c=left,format=" + pixels;
}

constexpr double kWhiteNits = 203;  // ITU-R BT.2408

// Where HDR shows the white of SDR.
std::string white_level() { return "npl=" + std::to_string(kWhiteNits) + ":"; }

// Maps light up to `peak`, in units of white, to that of a screen. What is darker than about a
// third of white stays as it is; brighter light is compressed, with its saturation.
std::string tone_mapping(double peak) {
  return "zscale=" + white_level() +
         "t=linear:p=bt709,format=gbrpf32le,tonemap=mobius:desat=0:peak=" + std::to_string(peak) +
         ",";
}

// FFmpeg, in C, copies numbers of a file into its enumerations unchecked. One that names nothing
// counts as not stated; reading it as an enumeration would be undefined in C++.
template <typename Enum>
Enum known(const Enum& field, Enum end, Enum unspecified) noexcept {
  static_assert(sizeof(Enum) == sizeof(int));
  int number = 0;
  std::memcpy(&number, &field, sizeof number);
  return number >= 0 && number < static_cast<int>(end) ? static_cast<Enum>(number) : unspecified;
}

// Returns libswscale's name; null if it has not that matrix.
const char* scaler_matrix(AVColorSpace matrix) noexcept {
  switch (matrix) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_RGB:
      return "bt709";
    case AVCOL_SPC_SMPTE170M:
      return "bt601";
    case AVCOL_SPC_FCC:
      return "fcc";
    case AVCOL_SPC_SMPTE240M:
      return "smpte240m";
    case AVCOL_SPC_BT2020_NCL:
      return "bt2020";
    default:
      return nullptr;
  }
}

}  // namespace

FrameColor color_of(const AVFrame& frame) noexcept {
  return {known(frame.colorspace, AVCOL_SPC_NB, AVCOL_SPC_UNSPECIFIED),
          known(frame.color_primaries, AVCOL_PRI_NB, AVCOL_PRI_UNSPECIFIED),
          known(frame.color_trc, AVCOL_TRC_NB, AVCOL_TRC_UNSPECIFIED),
          known(frame.color_range, AVCOL_RANGE_NB, AVCOL_RANGE_UNSPECIFIED)};
}

FrameColor color_of(const AVCodecParameters& parameters) noexcept {
  return {known(parameters.color_space, AVCOL_SPC_NB, AVCOL_SPC_UNSPECIFIED),
          known(parameters.color_primaries, AVCOL_PRI_NB, AVCOL_PRI_UNSPECIFIED),
          known(parameters.color_trc, AVCOL_TRC_NB, AVCOL_TRC_UNSPECIFIED),
          known(parameters.color_range, AVCOL_RANGE_NB, AVCOL_RANGE_UNSPECIFIED)};
}

FrameColor color_of(const ColorTags& tags) noexcept {
  FrameColor color{static_cast<AVColorSpace>(tags.matrix),
                   static_cast<AVColorPrimaries>(tags.primaries),
                   static_cast<AVColorTransferCharacteristic>(tags.transfer)};
  if (tags.range) {
    color.range = *tags.range == ColorRange::Full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  }
  return color;
}

FrameColor color_of(const VideoFormat& format) noexcept {
  FrameColor color;
  color.matrix = AVCOL_SPC_BT709;
  if (format.matrix == ColorMatrix::Bt601) color.matrix = AVCOL_SPC_SMPTE170M;
  if (format.matrix == ColorMatrix::Bt2020) color.matrix = AVCOL_SPC_BT2020_NCL;
  color.range = format.range == ColorRange::Full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  color.primaries = AVCOL_PRI_BT709;
  if (format.primaries == ColorPrimaries::Bt601Lines525) color.primaries = AVCOL_PRI_SMPTE170M;
  if (format.primaries == ColorPrimaries::Bt601Lines625) color.primaries = AVCOL_PRI_BT470BG;
  if (format.primaries == ColorPrimaries::Bt2020) color.primaries = AVCOL_PRI_BT2020;
  color.transfer = AVCOL_TRC_BT709;
  if (format.transfer == ColorTransfer::Srgb) color.transfer = AVCOL_TRC_IEC61966_2_1;
  if (format.transfer == ColorTransfer::Gamma22) color.transfer = AVCOL_TRC_GAMMA22;
  if (format.transfer == ColorTransfer::Gamma28) color.transfer = AVCOL_TRC_GAMMA28;
  if (format.transfer == ColorTransfer::Pq) color.transfer = AVCOL_TRC_SMPTE2084;
  if (format.transfer == ColorTransfer::Hlg) color.transfer = AVCOL_TRC_ARIB_STD_B67;
  return color;
}

ColorTags color_tags(const FrameColor& color) noexcept {
  ColorTags tags{color.primaries, color.transfer, color.matrix, {}};
  if (color.range == AVCOL_RANGE_JPEG) tags.range = ColorRange::Full;
  if (color.range == AVCOL_RANGE_MPEG) tags.range = ColorRange::Limited;
  return tags;
}

void set_color(AVFrame& frame, const FrameColor& color) noexcept {
  frame.colorspace = color.matrix;
  frame.color_primaries = color.primaries;
  frame.color_trc = color.transfer;
  frame.color_range = color.range;
}

void set_color(AVCodecParameters& parameters, const FrameColor& color) noexcept {
  parameters.color_space = color.matrix;
  parameters.color_primaries = color.primaries;
  parameters.color_trc = color.transfer;
  parameters.color_range = color.range;
}

void set_color(AVCodecContext& codec, const FrameColor& color) noexcept {
  codec.colorspace = color.matrix;
  codec.color_primaries = color.primaries;
  codec.color_trc = color.transfer;
  codec.color_range = color.range;
}

FrameColor color_by_height(int lines) noexcept {
  constexpr int kLargestSdHeight = 576;
  FrameColor color{AVCOL_SPC_BT709, AVCOL_PRI_BT709, AVCOL_TRC_BT709, AVCOL_RANGE_MPEG};
  if (lines > kLargestSdHeight) return color;
  color.matrix = AVCOL_SPC_SMPTE170M;
  // The primaries of television are assumed for its numbers of lines only.
  if (lines == 480 || lines == 486) color.primaries = AVCOL_PRI_SMPTE170M;
  if (lines == 576) color.primaries = AVCOL_PRI_BT470BG;
  return color;
}

FrameColor complete_color(FrameColor stated, AVPixelFormat format, AVCodecID codec,
                          const FrameColor& assumed) noexcept {
  const bool rgb = is_rgb(format);
  FrameColor color = stated;
  color.matrix = complete_matrix(stated, rgb, assumed.matrix);
  color.primaries = complete_primaries(color, assumed);
  color.transfer = complete_transfer(color, assumed);
  if (rgb) {
    // Players ignore another range here, which some recorders state and do not mean.
    color.range = AVCOL_RANGE_JPEG;
  } else if (color.range == AVCOL_RANGE_UNSPECIFIED) {
    const bool full = is_gray(format) && !is_limited_by_default(codec);
    color.range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  }
  return color;
}

bool is_hdr(const FrameColor& color) noexcept {
  return color.transfer == AVCOL_TRC_SMPTE2084 || color.transfer == AVCOL_TRC_ARIB_STD_B67;
}

std::string pixels_name(PixelFormat format) { return av_get_pix_fmt_name(pixels_of(format)); }

void choose_output_color(VideoFormat& format, const FrameColor& from, bool keep_hdr) noexcept {
  if (keep_hdr && is_hdr(from)) {
    format.pixel_format = PixelFormat::I420P10;
    format.range = ColorRange::Limited;
    format.matrix = ColorMatrix::Bt2020;
    format.primaries = ColorPrimaries::Bt2020;
    format.transfer = from.transfer == AVCOL_TRC_SMPTE2084 ? ColorTransfer::Pq : ColorTransfer::Hlg;
    return;
  }
  const auto primaries = output_primaries(from.primaries);
  const auto transfer = output_transfer(from.transfer);
  const bool kept = primaries && transfer;
  format.range = ColorRange::Limited;
  format.matrix =
      kept ? output_matrix(from.matrix).value_or(ColorMatrix::Bt709) : ColorMatrix::Bt709;
  format.primaries = kept ? *primaries : ColorPrimaries::Bt709;
  format.transfer = kept ? *transfer : ColorTransfer::Bt709;
}

double hdr_peak(const AVFrame& frame) noexcept {
  constexpr double kMostPqNits = 10'000;
  constexpr double kMostHlgNits = 1'000;
  double nits = frame.color_trc == AVCOL_TRC_SMPTE2084 ? kMostPqNits : kMostHlgNits;
  const auto* light = av_frame_get_side_data(&frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  const auto* mastering = av_frame_get_side_data(&frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  if (mastering != nullptr) {
    const auto& display = *reinterpret_cast<const AVMasteringDisplayMetadata*>(mastering->data);
    const bool stated = display.has_luminance != 0 && display.max_luminance.num > 0 &&
                        display.max_luminance.den > 0;
    if (stated) nits = av_q2d(display.max_luminance);
  }
  if (light != nullptr) {
    const auto& level = *reinterpret_cast<const AVContentLightMetadata*>(light->data);
    if (level.MaxCLL > 0) nits = level.MaxCLL;
  }
  return std::clamp(nits, kWhiteNits, kMostPqNits) / kWhiteNits;
}

bool has_zscale() noexcept {
  static const bool has =
      avfilter_get_by_name("zscale") != nullptr && avfilter_get_by_name("tonemap") != nullptr;
  return has;
}

bool needs_zscale(const FrameColor& from, const FrameColor& to) noexcept {
  return from.primaries != to.primaries || from.transfer != to.transfer ||
         scaler_matrix(from.matrix) == nullptr;
}

Result<std::string> color_filters(const AVFrame& first, const VideoFormat& to, bool zscale) {
  const FrameColor from = color_of(first);
  const FrameColor target = color_of(to);
  const std::string pixels = pixels_name(to.pixel_format);
  if (is_gray(static_cast<AVPixelFormat>(first.format))) return gray_filters(from.range, pixels);
  const bool same_light = from.primaries == target.primaries && from.transfer == target.transfer;
  if (same_light && from.matrix == target.matrix) return std::string();
  if (zscale) {
    std::string light;
    if (is_hdr(from) && !is_hdr(target)) light = tone_mapping(hdr_peak(first));
    const bool to_other_hdr = is_hdr(target) && from.transfer != target.transfer;
    return fit_for_zscale(first) + light + "zscale=" + (to_other_hdr ? white_level() : "") +
           target_of(target, pixels);
  }
  if (needs_zscale(from, target)) {
    return Error{ErrorCode::Unsupported,
                 "video of this colour needs an FFmpeg with the filters zscale and tonemap"};
  }
  return "scale=in_color_matrix=" + std::string(scaler_matrix(from.matrix)) +
         ":out_color_matrix=" + scaler_matrix(target.matrix) +
         ":out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,format=" +
         pixels;
}

}  // namespace streamkit::media
