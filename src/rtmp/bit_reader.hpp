#pragma once

#include <algorithm>
#include <cstdint>

#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

/// Reads the bits of a header, the highest of each byte first. Beyond the end every read returns 0,
/// and ok() is false from then on.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }

  /// Reads up to 32 bits.
  std::uint32_t bits(int count) noexcept {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 1 | bit();
    return value;
  }
  bool flag() noexcept { return bit() != 0; }
  void skip(std::uint64_t count) noexcept {
    position_ += count;
    if (position_ > bytes_.size() * std::uint64_t{8}) ok_ = false;
  }
  /// ue(v), a number of the Exp-Golomb code. Source: Rec. ITU-T H.264, 9.1.
  std::uint32_t unsigned_golomb() noexcept {
    int zeros = 0;
    while (ok_ && bit() == 0) ++zeros;
    if (zeros > 31) ok_ = false;
    return ok_ ? (1U << zeros) - 1 + bits(zeros) : 0;
  }
  /// se(v). Source: Rec. ITU-T H.264, 9.1.1.
  std::int32_t signed_golomb() noexcept {
    const std::uint32_t code = unsigned_golomb();
    const auto half = static_cast<std::int32_t>(code / 2);
    return code % 2 == 1 ? half + 1 : -half;
  }

 private:
  std::uint32_t bit() noexcept {
    if (position_ / 8 >= bytes_.size()) {
      ok_ = false;
      return 0;
    }
    const std::uint8_t byte = bytes_[position_ / 8];
    const auto shift = static_cast<int>(7 - position_ % 8);
    ++position_;
    return byte >> shift & 1U;
  }

  ByteView bytes_;
  std::uint64_t position_ = 0;
  bool ok_ = true;
};

}  // namespace streamkit::rtmp
