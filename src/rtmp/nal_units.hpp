#pragma once

#include <vector>

#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

/// Splits an access unit of length-prefixed NAL units. Returns nothing if the lengths, numbers of
/// `length_bytes`, do not fit the bytes. Empty units are left out.
[[nodiscard]] std::vector<ByteView> split_nal_units(ByteView access_unit, int length_bytes);

/// Joins NAL units, each after its length in 4 bytes.
[[nodiscard]] Bytes join_nal_units(const std::vector<ByteView>& units);

/// Removes the bytes that keep start codes out of a NAL unit. Source: Rec. ITU-T H.264, 7.4.1.
[[nodiscard]] Bytes without_emulation_prevention(ByteView unit);

}  // namespace streamkit::rtmp
