#pragma once

#include <streamkit/core/result.hpp>
#include <streamkit/media/video_codec.hpp>
#include <vector>

#include "common/command_line.hpp"

namespace streamkit::common {

/// Returns the flags of a tool that encodes video: --codec and --hdr.
[[nodiscard]] std::vector<Flag> codec_flags();

struct CodecChoice {
  media::VideoCodec codec = media::VideoCodec::H264;
  /// HDR stays HDR, which is HEVC whatever the codec.
  bool keep_hdr = false;
};

/// Reads --codec and --hdr.
/// Errors: InvalidArgument (an unknown name; `--hdr keep` with `--codec h264`), naming the flag.
Result<CodecChoice> read_codec_flags(const Arguments& arguments);

}  // namespace streamkit::common
