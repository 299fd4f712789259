#pragma once

#include <memory>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <vector>

#include "common/codec_flags.hpp"
#include "common/command_line.hpp"

namespace streamkit::worker_tool {

/// Returns the flags that every converting command has: those of the views, --preset and
/// --crf.
[[nodiscard]] std::vector<common::Flag> conversion_flags(const char* default_preset,
                                                         const char* default_crf);
/// Reads the options of the views. Errors: InvalidArgument, naming the flag.
Result<stereo::StereoOptions> stereo_options(const common::Arguments& arguments);
/// Reads --preset and --crf. Errors: InvalidArgument; Unsupported (this FFmpeg lacks the encoder).
Result<media::EncoderOptions> encoder_config(const common::Arguments& arguments,
                                             const common::CodecChoice& codec = {});

/// Returns whether these options, as encoder_config() returns them, name a hardware encoder.
[[nodiscard]] bool is_hardware(const media::EncoderOptions& options);

}  // namespace streamkit::worker_tool
