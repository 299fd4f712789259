#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <streamkit/core/packet.hpp>
#include <string_view>

namespace streamkit::rtmp {

using ByteView = std::span<const std::uint8_t>;

/// Reads big-endian numbers from bytes. Beyond the end every read returns 0 or an empty view, and
/// ok() is false from then on.
class WireReader {
 public:
  explicit WireReader(ByteView bytes) noexcept : rest_(bytes) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  [[nodiscard]] ByteView rest() const noexcept { return rest_; }

  std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u24() noexcept { return static_cast<std::uint32_t>(number(3)); }
  std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(number(4)); }
  /// A signed number of 24 bits.
  std::int32_t i24() noexcept { return static_cast<std::int32_t>(u24() << 8) >> 8; }
  double f64() noexcept { return std::bit_cast<double>(number(8)); }

  ByteView bytes(std::size_t size) noexcept {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::string_view text(std::size_t size) noexcept {
    const ByteView taken = bytes(size);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  void fail() noexcept {
    ok_ = false;
    rest_ = {};
  }

 private:
  std::uint64_t number(std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes(size)) value = value << 8 | byte;
    return value;
  }

  ByteView rest_;
  bool ok_ = true;
};

/// Appends the lowest `size` bytes of a number, the highest of them first.
inline void append_number(Bytes& bytes, std::uint64_t value, std::size_t size) {
  for (std::size_t i = size; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

inline void append_bytes(Bytes& bytes, ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

inline void append_text(Bytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

[[nodiscard]] inline bool same_bytes(ByteView a, ByteView b) noexcept {
  return std::string_view(reinterpret_cast<const char*>(a.data()), a.size()) ==
         std::string_view(reinterpret_cast<const char*>(b.data()), b.size());
}

}  // namespace streamkit::rtmp
