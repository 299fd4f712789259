#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <streamkit/core/packet.hpp>
#include <streamkit/media/frame_packing_sei.hpp>
#include <vector>

namespace streamkit::media {

using NalUnit = std::span<const std::uint8_t>;

/// Returns the NAL units of a coded picture, without start codes and lengths. What follows a length
/// that exceeds the picture is left out.
[[nodiscard]] std::vector<NalUnit> nal_units(std::span<const std::uint8_t> picture,
                                             NalFraming framing);

/// Returns the size of the picture when each NAL unit has a length of four bytes.
[[nodiscard]] std::size_t length_prefixed_bytes(const std::vector<NalUnit>& units) noexcept;

/// Writes the NAL units to `to`, each after its length in four bytes. Returns the end.
std::uint8_t* put_length_prefixed(const std::vector<NalUnit>& units, std::uint8_t* to) noexcept;

/// Returns whether decoding can begin at the picture: an IDR, in HEVC also a CRA or BLA.
[[nodiscard]] bool is_random_access(const std::vector<NalUnit>& picture, VideoCodec codec) noexcept;

/// Returns whether the first slice of an H.264 picture refers to no other picture. Always false for
/// HEVC.
[[nodiscard]] bool is_intra(const std::vector<NalUnit>& picture, VideoCodec codec) noexcept;

/// The parameter sets of a track: SPS and PPS, in HEVC also VPS. In the order in which they came.
using ParameterSets = std::vector<Bytes>;

/// Returns the parameter sets of `codec_config`, which is an avcC or hvcC record or has start
/// codes.
[[nodiscard]] ParameterSets sets_of_config(std::span<const std::uint8_t> codec_config,
                                           VideoCodec codec);

/// Returns the parameter sets that replace `known` when those of a coded picture are new: each kind
/// that the picture holds is replaced as a whole. Returns `known` if the picture holds no other.
[[nodiscard]] ParameterSets sets_after(const ParameterSets& known,
                                       const std::vector<NalUnit>& picture, VideoCodec codec);

/// Returns the sets with start codes.
[[nodiscard]] Bytes annex_b_of(const ParameterSets& sets);

/// Returns whether the sets suffice to decode: at least one of each kind.
[[nodiscard]] bool are_complete(const ParameterSets& sets, VideoCodec codec) noexcept;

}  // namespace streamkit::media
