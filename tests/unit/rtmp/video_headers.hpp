#pragma once

#include <cstdint>
#include <streamkit/core/packet.hpp>
#include <vector>

namespace streamkit::rtmp {

/// Writes the bits of a header.
class BitWriter {
 public:
  BitWriter& bits(std::uint64_t value, int count);
  BitWriter& golomb(std::uint32_t value);
  /// Ends with a 1 and zeros.
  Bytes trailing();
  Bytes bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  int used_ = 8;
};

struct AvcSequenceOptions {
  int width_px = 64;
  int height_px = 48;
  /// Frames per second; 0: not stated.
  std::uint32_t rate_hz = 0;
  bool interlaced = false;
  /// 66 is Baseline, 100 High.
  int profile = 66;
};
/// The NAL units of parameter sets.
Bytes avc_sequence_set(const AvcSequenceOptions& options);
Bytes avc_picture_set(std::uint8_t mark = 0);
/// An avcC record.
Bytes avc_record(const AvcSequenceOptions& options = {}, int length_bytes = 4);

Bytes hevc_sequence_set(int width_px, int height_px, int depth = 8);
/// An hvcC record.
Bytes hevc_record(int width_px, int height_px, int depth = 8);

/// A sequence header unit, and an av1C record.
Bytes av1_sequence_unit(int width_px, int height_px, bool high_depth = false);
Bytes av1_record(int width_px, int height_px, bool high_depth = false);

/// NAL units after lengths of `length_bytes`.
Bytes access_unit(const std::vector<Bytes>& units, int length_bytes = 4);

}  // namespace streamkit::rtmp
