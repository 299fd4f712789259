#include "media/codec_parameters.hpp"

#include <algorithm>
#include <bit>
#include <climits>

#include "media/clean_aperture.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/frame_color.hpp"
#include "media/hdr_metadata.hpp"
#include "media/picture_rate.hpp"
#include "media/video_normalizer.hpp"

namespace streamkit::media {
namespace {

Bytes codec_config(const AVCodecParameters& parameters) {
  if (parameters.extradata_size <= 0) return {};
  return Bytes(parameters.extradata, parameters.extradata + parameters.extradata_size);
}

}  // namespace

Result<void> describe_codec(AVCodecParameters& parameters, const std::string& codec,
                            AVMediaType type, const Bytes& codec_config) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(codec.c_str());
  if (descriptor == nullptr || descriptor->type != type) {
    return Error{ErrorCode::Unsupported, "FFmpeg knows no codec '" + codec + "' of this kind"};
  }
  parameters.codec_type = type;
  parameters.codec_id = descriptor->id;
  if (codec_config.empty()) return {};
  parameters.extradata =
      static_cast<std::uint8_t*>(av_mallocz(codec_config.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters.extradata == nullptr) return out_of_memory();
  std::copy(codec_config.begin(), codec_config.end(), parameters.extradata);
  parameters.extradata_size = static_cast<int>(codec_config.size());
  return {};
}

void describe_sound(AVCodecParameters& parameters, const AudioTrack& track) {
  parameters.sample_rate = track.format.sample_rate_hz;
  if (std::popcount(track.channel_mask) != track.format.channels ||
      av_channel_layout_from_mask(&parameters.ch_layout, track.channel_mask) < 0) {
    av_channel_layout_default(&parameters.ch_layout, track.format.channels);
  }
  parameters.frame_size = track.packet_samples;
  const int bits = av_get_bits_per_sample(parameters.codec_id);
  parameters.bits_per_coded_sample =
      track.bits_per_coded_sample > 0 ? track.bits_per_coded_sample : bits;
  parameters.block_align =
      track.block_bytes > 0 ? track.block_bytes : bits * track.format.channels / 8;
}

VideoTrack video_track(const InputFile& file, bool keep_hdr) {
  AVStream* stream = file.video();
  const AVCodecParameters& parameters = *stream->codecpar;
  VideoTrack track;
  track.codec = avcodec_get_name(parameters.codec_id);
  track.codec_config = codec_config(parameters);
  track.orientation = upright_orientation(stream);
  track.crop = clean_aperture(*file.context(), *stream);
  const AVRational stated = stream->sample_aspect_ratio;
  if (stated.num > 0 && stated.den > 0) track.pixel_aspect = {stated.num, stated.den};
  const AVRational aspect = av_guess_sample_aspect_ratio(file.context(), stream, nullptr);
  const PictureSize size =
      upright_size({parameters.width - track.crop.left_px - track.crop.right_px,
                    parameters.height - track.crop.top_px - track.crop.bottom_px},
                   aspect, track.orientation);
  track.format.width_px = even_side(size.width_px);
  track.format.height_px = even_side(size.height_px);
  track.format.frame_rate = stated_frame_rate(file);
  const FrameColor stated_color = color_of(parameters);
  track.coded_color = color_tags(stated_color);
  choose_output_color(track.format,
                      complete_color(stated_color, pixel_format_of(parameters), parameters.codec_id,
                                     color_by_height(parameters.height)),
                      keep_hdr);
  if (track.format.pixel_format == PixelFormat::I420P10) {
    track.hdr = hdr_metadata_of(file);
  }
  const AVFieldOrder order = parameters.field_order;
  track.interlaced = order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE;
  return track;
}

AudioTrack audio_track(const InputFile& file) { return audio_track(*file.audio()); }

AudioTrack audio_track(const AVStream& stream) {
  const AVCodecParameters& parameters = *stream.codecpar;
  AudioTrack track;
  track.codec = avcodec_get_name(parameters.codec_id);
  track.format = {parameters.sample_rate, parameters.ch_layout.nb_channels};
  track.packet_samples = parameters.frame_size;
  track.codec_config = codec_config(parameters);
  track.block_bytes = parameters.block_align;
  track.bit_rate_bps = static_cast<int>(std::clamp<std::int64_t>(parameters.bit_rate, 0, INT_MAX));
  track.bits_per_coded_sample = parameters.bits_per_coded_sample;
  if (parameters.ch_layout.order == AV_CHANNEL_ORDER_NATIVE) {
    track.channel_mask = parameters.ch_layout.u.mask;
  }
  return track;
}

}  // namespace streamkit::media
