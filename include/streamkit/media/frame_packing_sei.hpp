#pragma once

#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/frame_packing.hpp>
#include <streamkit/core/packet.hpp>

namespace streamkit::media {

/// The NAL unit, without a start code, that tells how two views are packed, up to the next IDR that
/// tells otherwise. Precondition: an arrangement other than None.
/// Source: ITU-T H.264 (08/2021), D.1.26 and D.2.26.
STREAMKIT_API [[nodiscard]] Bytes frame_packing_sei(FramePacking packing);

/// How the NAL units of a picture follow each other: behind start codes (Annex B), or each behind
/// its length in 1 to 4 bytes.
struct STREAMKIT_API NalFraming {
  int length_bytes = 0;  ///< 0: start codes.
};
/// As a track's `codec_config` says: an avcC record has lengths, anything else start codes.
STREAMKIT_API [[nodiscard]] NalFraming nal_framing(
    std::span<const std::uint8_t> codec_config) noexcept;

/// Puts the NAL unit `sei` before the first slice of `picture`, behind parameter sets and other
/// SEI; a picture in which no slice is found stays as it is. Bytes of any origin may be given.
/// Returns whether it was put in.
STREAMKIT_API bool insert_sei(Bytes& picture, NalFraming framing,
                              std::span<const std::uint8_t> sei);

/// Encoders of `inner` whose track says how views are packed, and whose every IDR does: whatever
/// the encoder, and without asking it. None gives `inner` itself.
STREAMKIT_API [[nodiscard]] VideoEncoderFactory announce_frame_packing(VideoEncoderFactory inner,
                                                                       FramePacking packing);

}  // namespace streamkit::media
