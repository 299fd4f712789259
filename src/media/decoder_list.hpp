#pragma once

#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Returns the decoders of the policy's codecs, as FFmpeg's option "codec_whitelist" has them.
[[nodiscard]] std::string decoder_whitelist(const ResourcePolicy& policy);

/// Errors: limit_exceeded() for a codec that the policy does not list.
Result<void> check_codec(const ResourcePolicy& policy, AVCodecID codec, const std::string& name);

}  // namespace streamkit::media
