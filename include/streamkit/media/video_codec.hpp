#pragma once

namespace streamkit::media {

/// The codecs in which video can be encoded.
enum class VideoCodec {
  H264,  ///< libx264.
  Hevc   ///< H.265, libx265.
};

}  // namespace streamkit::media
