#pragma once

#include <optional>
#include <streamkit/core/packet.hpp>
#include <streamkit/media/video_codec.hpp>

#include "media/nal_units.hpp"

namespace streamkit::media {

/// What the sequence parameter set of H.264 or HEVC states about the coded pictures.
struct SequenceHeader {
  /// As decoders output them: without what the set crops.
  int width_px = 0;
  int height_px = 0;
  /// 0/1: not stated.
  PixelAspect pixel_aspect = {};
  ColorTags color = {};
  /// Frames per second; 0/1: not stated, or variable.
  FrameRate frame_rate{0, 1};
  /// chroma_format_idc and bits per sample, from 8.
  int chroma_format = 1;
  int luma_bits = 8;
  int chroma_bits = 8;
};

/// Reads the first sequence parameter set. The bytes may come from an untrusted origin. Empty if
/// there is none, or if it is damaged.
/// Sources: ITU-T H.264, 7.3.2.1.1 and E.1.1; ITU-T H.265, 7.3.2.2 and E.2.1.
[[nodiscard]] std::optional<SequenceHeader> read_sequence_header(const ParameterSets& sets,
                                                                 VideoCodec codec);

/// Returns the width that pixels of this aspect need when they are shown as squares.
[[nodiscard]] int shown_width_px(int width_px, PixelAspect aspect) noexcept;

/// Sets the size of the track to that of the coded pictures, and what the track does not state.
void apply(const SequenceHeader& header, VideoTrack& track);

}  // namespace streamkit::media
