#pragma once

#include <streamkit/core/result.hpp>
#include <streamkit/media/video_codec.hpp>
#include <string>
#include <vector>

#include "common/command_line.hpp"

namespace streamkit::common {

/// Returns the flags of a tool that encodes video: --codec and --hdr.
[[nodiscard]] std::vector<Flag> codec_flags();
/// Returns the flag --encoder, which such a tool has as well.
[[nodiscard]] Flag encoder_flag(std::string default_encoder);

struct CodecChoice {
  media::VideoCodec codec = media::VideoCodec::H264;
  /// For media::EncoderOptions::encoder: empty, "auto" or a name.
  std::string encoder = {};
  /// HDR stays HDR, which is HEVC whatever the codec.
  bool keep_hdr = false;
};

/// Reads --codec, --encoder and --hdr. A named encoder is of its own codec.
/// Errors: InvalidArgument (an unknown name; an encoder of another codec than --codec; `--hdr keep`
/// with `--codec h264`), naming the flag.
Result<CodecChoice> read_codec_flags(const Arguments& arguments);

}  // namespace streamkit::common
