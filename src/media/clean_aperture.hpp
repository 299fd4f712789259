#pragma once

#include <streamkit/core/packet.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Returns the clean aperture of a track of an MP4 or MOV file, which FFmpeg does not read: the
/// part of its frames that is meant to be shown, with even edges. Empty if the file states none,
/// or one that does not fit the pictures. The position in the file is kept.
/// Source: ISO/IEC 14496-12, CleanApertureBox.
[[nodiscard]] PictureCrop clean_aperture(AVFormatContext& context, const AVStream& stream);

}  // namespace streamkit::media
