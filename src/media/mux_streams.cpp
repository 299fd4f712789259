#include "media/mux_streams.hpp"

#include <string_view>

#include "media/codec_parameters.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/frame_color.hpp"
#include "media/hdr_metadata.hpp"

namespace streamkit::media {
namespace {

Result<AVStream*> new_stream(AVFormatContext* muxer, const std::string& codec, AVMediaType type,
                             const Bytes& config) {
  AVStream* stream = avformat_new_stream(muxer, nullptr);
  if (stream == nullptr) return out_of_memory();
  if (auto set = describe_codec(*stream->codecpar, codec, type, config); !set) return set.error();
  return stream;
}

// Apple's players take HEVC only by this name of its sample entry, which says that the parameter
// sets are in the header.
void name_sample_entry(const AVFormatContext& muxer, AVCodecParameters& parameters) {
  const std::string_view name = muxer.oformat->name;
  if (parameters.codec_id != AV_CODEC_ID_HEVC || (name != "mp4" && name != "mov")) return;
  parameters.codec_tag = MKTAG('h', 'v', 'c', '1');
}

// Takes ownership of `told`, which an av_*_alloc() function returned.
template <typename Told>
Result<void> add_side_data(AVStream* stream, AVPacketSideDataType type, Told* told,
                           std::size_t size) {
  if (told == nullptr) return out_of_memory();
  if (av_stream_add_side_data(stream, type, reinterpret_cast<std::uint8_t*>(told), size) >= 0) {
    return {};
  }
  av_free(told);
  return out_of_memory();
}

// Containers can only name the left view first. For the opposite order, no name is better than a
// name that swaps the eyes.
Result<void> tell_packing(AVFormatContext* muxer, AVStream* stream, FramePacking packing) {
  const bool beside = packing.arrangement == FrameArrangement::SideBySide;
  if ((!beside && packing.arrangement != FrameArrangement::TopBottom) || packing.right_first) {
    return {};
  }
  AVStereo3D* stereo = av_stereo3d_alloc();
  if (stereo != nullptr) stereo->type = beside ? AV_STEREO3D_SIDEBYSIDE : AV_STEREO3D_TOPBOTTOM;
  auto told = add_side_data(stream, AV_PKT_DATA_STEREO3D, stereo, sizeof(*stereo));
  // The boxes st3d and sv3d are not part of the MP4 standard itself.
  muxer->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
  if (!told || !packing.half_spheres) return told;

  std::size_t size = 0;
  AVSphericalMapping* sphere = av_spherical_alloc(&size);
  if (sphere != nullptr) {
    sphere->projection = AV_SPHERICAL_EQUIRECTANGULAR_TILE;
    // A quarter of the whole circle, in units of 1/2^32, is missing at either side.
    sphere->bound_left = sphere->bound_right = 1U << 30;
  }
  return add_side_data(stream, AV_PKT_DATA_SPHERICAL, sphere, size);
}

}  // namespace

Result<AVStream*> add_stream(AVFormatContext* muxer, const VideoTrack& track) {
  if (!track.orientation.upright() || track.crop != PictureCrop{}) {
    return Error{ErrorCode::Unsupported,
                 "rotated, mirrored or cropped frames cannot be muxed without decoding"};
  }
  auto stream = new_stream(muxer, track.codec, AVMEDIA_TYPE_VIDEO, track.codec_config);
  if (!stream) return stream;
  AVCodecParameters& parameters = *(*stream)->codecpar;
  name_sample_entry(*muxer, parameters);
  const VideoFormat& format = track.format;
  parameters.width = format.width_px;
  parameters.height = format.height_px;
  parameters.format = pixels_of(format.pixel_format);
  parameters.sample_aspect_ratio = {1, 1};
  // Players of HDR look for it before they decode.
  const bool deep = format.pixel_format == PixelFormat::I420P10;
  if (deep) set_color(parameters, color_of(track.coded_color));
  parameters.color_range = format.range == ColorRange::Full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  (*stream)->sample_aspect_ratio = {1, 1};
  (*stream)->avg_frame_rate = {format.frame_rate.num, format.frame_rate.den};
  if (auto stated = state_hdr_metadata(**stream, track.hdr); !stated) return stated.error();
  if (auto told = tell_packing(muxer, *stream, track.packing); !told) return told.error();
  return stream;
}

Result<AVStream*> add_stream(AVFormatContext* muxer, const AudioTrack& track) {
  auto stream = new_stream(muxer, track.codec, AVMEDIA_TYPE_AUDIO, track.codec_config);
  if (!stream) return stream;
  AVCodecParameters& parameters = *(*stream)->codecpar;
  describe_sound(parameters, track);
  (*stream)->time_base = {1, track.format.sample_rate_hz};
  return stream;
}

Result<PacketPtr> borrow_packet(const Packet& packet, const AVStream& stream) {
  PacketPtr borrowed(av_packet_alloc());
  if (borrowed == nullptr) return out_of_memory();
  borrowed->data = const_cast<std::uint8_t*>(packet.data.data());  // muxers only read the data
  borrowed->size = static_cast<int>(packet.data.size());
  borrowed->stream_index = stream.index;
  borrowed->pts = from_media_time(packet.pts, stream.time_base);
  borrowed->dts = from_media_time(packet.dts, stream.time_base);
  borrowed->duration =
      from_media_time(packet.pts + packet.duration, stream.time_base) - borrowed->pts;
  if (packet.keyframe) borrowed->flags |= AV_PKT_FLAG_KEY;
  return borrowed;
}

}  // namespace streamkit::media
