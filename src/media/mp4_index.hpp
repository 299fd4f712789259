#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Checks what the index of an MP4 or MOV file announces, before a demuxer sees it: a row of 20
/// bytes can announce millions of samples, for each of which a demuxer takes memory. Any other file
/// passes.
/// Errors: limit_exceeded() for samples and tracks.
STREAMKIT_API Result<void> check_mp4_index(std::span<const std::uint8_t> file,
                                           const ResourcePolicy& policy);

}  // namespace streamkit::media
