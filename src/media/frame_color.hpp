#pragma once

#include <optional>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// The colour of frames in FFmpeg's terms, which are the code points of ITU-T H.273.
struct FrameColor {
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;

  friend bool operator==(const FrameColor&, const FrameColor&) = default;
};

[[nodiscard]] FrameColor color_of(const AVFrame& frame) noexcept;
[[nodiscard]] FrameColor color_of(const AVCodecParameters& parameters) noexcept;
[[nodiscard]] FrameColor color_of(const ColorTags& tags) noexcept;
[[nodiscard]] FrameColor color_of(const VideoFormat& format) noexcept;
[[nodiscard]] ColorTags color_tags(const FrameColor& color) noexcept;
void set_color(AVFrame& frame, const FrameColor& color) noexcept;
void set_color(AVCodecParameters& parameters, const FrameColor& color) noexcept;
void set_color(AVCodecContext& codec, const FrameColor& color) noexcept;

/// Returns the colour that players assume for untagged video: that of SD for at most 576 lines,
/// otherwise that of HD.
[[nodiscard]] FrameColor color_by_height(int lines) noexcept;

/// Fills in what a video does not state: from the other tags, from the pixel format and codec, and
/// last from `assumed`. Tags with the same meaning become the same tag.
[[nodiscard]] FrameColor complete_color(FrameColor stated, AVPixelFormat format, AVCodecID codec,
                                        const FrameColor& assumed) noexcept;

[[nodiscard]] bool is_hdr(const FrameColor& color) noexcept;

[[nodiscard]] inline AVPixelFormat pixels_of(PixelFormat format) noexcept {
  return format == PixelFormat::I420P10 ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
}

/// Returns FFmpeg's name of these samples, for filters.
[[nodiscard]] std::string pixels_name(PixelFormat format);

/// Sets the colour to which frames of the completed colour `from` are converted: SDR of limited
/// range, with the matrix, primaries and transfer of the source if VideoFormat has them, otherwise
/// BT.709. With `keep_hdr`, HDR becomes that of BT.2020 in 10 bits, PQ or HLG as it is.
void choose_output_color(VideoFormat& format, const FrameColor& from,
                         bool keep_hdr = false) noexcept;

/// Returns the brightest light that is expected of HDR frames, in units of diffuse white: what the
/// metadata of `frame` states, otherwise the most that its transfer is used for.
[[nodiscard]] double hdr_peak(const AVFrame& frame) noexcept;

/// Returns whether this FFmpeg has the filters that convert between primaries and from HDR.
[[nodiscard]] bool has_zscale() noexcept;
/// Returns whether a conversion needs them: libswscale converts between some matrices only.
[[nodiscard]] bool needs_zscale(const FrameColor& from, const FrameColor& to) noexcept;

/// Returns the filters that convert the colour of `first` and the frames after it, which must have
/// a completed colour, to that of `to` as 4:2:0 of limited range; empty if the samples mean
/// the same already, or if only their range differs.
/// Errors: Unsupported (`zscale` is false and the conversion needs that filter).
Result<std::string> color_filters(const AVFrame& first, const VideoFormat& to, bool zscale);

}  // namespace streamkit::media
