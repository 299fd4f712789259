#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <streamkit/core/packet.hpp>
#include <string>
#include <string_view>

namespace streamkit::worker {

/// Writes values one after another: numbers as 8 bytes, little-endian; texts and bytes behind their
/// length.
class WireWriter {
 public:
  void number(std::uint64_t value);
  void signed_number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void bytes(std::span<const std::uint8_t> value);
  void text(std::string_view value);
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

/// Reads what WireWriter wrote, from a sender that is not trusted. A value that is cut off or out
/// of its bounds is read as 0 or empty, and so are all after it; is_valid() is false then.
class WireReader {
 public:
  explicit WireReader(std::span<const std::uint8_t> in) : in_(in) {}

  std::uint64_t number(std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  std::int64_t signed_number(std::int64_t least, std::int64_t most);
  bool boolean() { return number(1) == 1; }
  Bytes bytes(std::size_t most);
  /// Control characters become '?'.
  std::string text(std::size_t most);
  /// Whether all values so far were there and within their bounds.
  [[nodiscard]] bool is_valid() const { return valid_; }
  /// Whether, in addition, nothing is left.
  [[nodiscard]] bool is_complete() const { return valid_ && in_.empty(); }
  void reject() { valid_ = false; }

 private:
  std::span<const std::uint8_t> part(std::size_t most);

  std::span<const std::uint8_t> in_;
  bool valid_ = true;
};

}  // namespace streamkit::worker
