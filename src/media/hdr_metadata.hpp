#pragma once

#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"
#include "media/input_file.hpp"

namespace streamkit::media {

/// Returns what the container of HDR video states of its display and light, otherwise what its
/// first frame states. The frames of a pipe are not looked at.
[[nodiscard]] HdrMetadata hdr_metadata_of(const InputFile& file);
/// States it in the container, where it is known.
Result<void> state_hdr_metadata(AVStream& stream, const HdrMetadata& hdr);
/// Returns the parameters of x265 that state it in the coded video, each after a colon.
[[nodiscard]] std::string x265_hdr_params(const HdrMetadata& hdr);

}  // namespace streamkit::media
