#pragma once

#include <cstddef>
#include <cstdint>
#include <streamkit/core/packet.hpp>

#include "media/nal_units.hpp"

namespace streamkit::media {

/// Reads the bits of a NAL unit, without its emulation prevention bytes. Beyond the end there are
/// zeros, and ok() is false.
class BitReader {
 public:
  explicit BitReader(NalUnit unit) {
    int zeros = 0;
    for (const std::uint8_t byte : unit) {
      if (zeros >= 2 && byte == 3) {
        zeros = 0;
        continue;
      }
      bytes_.push_back(byte);
      zeros = byte == 0 ? zeros + 1 : 0;
    }
  }

  std::uint32_t bits(int count) {
    std::uint32_t value = 0;
    while (count-- > 0) value = value << 1 | bit();
    return value;
  }
  bool flag() { return bit() != 0; }
  void skip(int count) {
    while (count-- > 0) bit();
  }
  // ue(v)
  std::uint32_t number() {
    int zeros = 0;
    while (zeros < 32 && bit() == 0) {
      if (!ok()) return 0;
      ++zeros;
    }
    if (zeros >= 32) return fail();
    return (1U << zeros) - 1 + bits(zeros);
  }
  // se(v), of which only the place after it matters
  void skip_signed() { number(); }
  [[nodiscard]] bool ok() const { return !failed_; }
  std::uint32_t fail() {
    failed_ = true;
    return 0;
  }

 private:
  std::uint32_t bit() {
    const std::size_t byte = at_ / 8;
    if (byte >= bytes_.size()) return fail();
    const std::uint32_t value = bytes_[byte] >> (7 - at_ % 8) & 1U;
    ++at_;
    return value;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace streamkit::media
