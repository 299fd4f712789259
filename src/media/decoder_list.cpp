#include "media/decoder_list.hpp"

#include <algorithm>
#include <streamkit/media/media_limits.hpp>

namespace streamkit::media {
namespace {

const std::vector<std::string>& codecs_of(const ResourcePolicy& policy) {
  return policy.decoders.empty() ? default_decoders() : policy.decoders;
}

const AVCodec* decoder_of(const std::string& codec) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(codec.c_str());
  return descriptor == nullptr ? nullptr : avcodec_find_decoder(descriptor->id);
}

}  // namespace

const std::vector<std::string>& default_decoders() {
  static const std::vector<std::string> codecs = {
      // Cameras, phones, browsers, broadcasts.
      "h264", "hevc", "av1", "vp8", "vp9", "mpeg1video", "mpeg2video", "mpeg4", "h263", "vc1",
      "mjpeg",
      // Editing and screen recordings.
      "prores", "dnxhd", "cfhd", "ffv1", "huffyuv", "ffvhuff", "utvideo", "qtrle", "png",
      "rawvideo", "v210",
      // Audio.
      "aac", "aac_latm", "mp2", "mp3", "ac3", "eac3", "dts", "truehd", "opus", "vorbis", "flac",
      "alac", "amr_nb", "amr_wb", "wmav2", "pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be",
      "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le",
      "pcm_f64be", "pcm_alaw", "pcm_mulaw", "pcm_bluray", "adpcm_ima_qt"};
  return codecs;
}

Result<void> check_decoders(const std::vector<std::string>& codecs) {
  for (const std::string& codec : codecs) {
    if (decoder_of(codec) != nullptr) continue;
    return Error{ErrorCode::InvalidArgument,
                 "this FFmpeg decodes no codec '" + codec +
                     "'; use names such as h264 (ffmpeg -codecs lists them)"};
  }
  return {};
}

std::string decoder_whitelist(const ResourcePolicy& policy) {
  std::string names;
  for (const std::string& codec : codecs_of(policy)) {
    const AVCodec* decoder = decoder_of(codec);
    if (decoder != nullptr) names += (names.empty() ? "" : ",") + std::string(decoder->name);
  }
  return names;
}

Result<void> check_codec(const ResourcePolicy& policy, AVCodecID codec, const std::string& name) {
  const auto& allowed = codecs_of(policy);
  const bool listed =
      std::find(allowed.begin(), allowed.end(), avcodec_get_name(codec)) != allowed.end();
  if (listed) return {};
  return limit_exceeded(
      Limit::Decoder,
      "decoder: the codec " + name + " is not among those that chunks may have (--decoders)");
}

}  // namespace streamkit::media
