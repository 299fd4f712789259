#pragma once

#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/frame_packing.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/media/video_codec.hpp>

namespace streamkit::media {

/// Returns the NAL unit, without a start code, that declares how two views are packed. It applies
/// up to the next IDR with another declaration. Empty for an arrangement that the codec has no
/// number for: HEVC has none for interleaved rows.
/// Precondition: an arrangement other than None.
/// Sources: ITU-T H.264 (08/2021), D.1.26 and D.2.26; ITU-T H.265 (08/2021), D.2.16 and D.3.16.
STREAMKIT_API [[nodiscard]] Bytes frame_packing_sei(FramePacking packing,
                                                    VideoCodec codec = VideoCodec::H264);

/// Defines how the NAL units of a coded picture are separated: by start codes (Annex B), or by
/// their length in 1 to 4 bytes.
struct STREAMKIT_API NalFraming {
  int length_bytes = 0;  ///< 0: start codes.
  VideoCodec codec = VideoCodec::H264;
};
/// Returns the framing that a track's `codec_config` implies: lengths for an avcC or hvcC record,
/// otherwise start codes.
STREAMKIT_API [[nodiscard]] NalFraming nal_framing(std::span<const std::uint8_t> codec_config,
                                                   VideoCodec codec = VideoCodec::H264) noexcept;

/// Inserts the NAL unit `sei` before the first slice of `picture`, after parameter sets and other
/// SEI. A coded picture without a slice is left unchanged. The bytes may come from an untrusted
/// origin. Returns whether it was inserted.
STREAMKIT_API bool insert_sei(Bytes& picture, NalFraming framing,
                              std::span<const std::uint8_t> sei);

/// Returns a factory for encoders of `inner` whose track and every IDR declare how views are
/// packed, without support by the encoder. Returns `inner` itself for None.
STREAMKIT_API [[nodiscard]] VideoEncoderFactory announce_frame_packing(VideoEncoderFactory inner,
                                                                       FramePacking packing);

}  // namespace streamkit::media
