#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <streamkit/core/packet.hpp>
#include <string_view>
#include <vector>

namespace streamkit::fuzz {

/// A box of an MP4 file, taken apart for fuzzing.
struct Mp4Box {
  /// Empty: bytes that are not a box, as behind the last one.
  std::string_view name() const noexcept { return {type.data(), has_header ? type.size() : 0}; }

  bool has_header = true;
  std::array<char, 4> type = {};
  /// If true, the header has the size in 64 bits.
  bool wide = false;
  /// The size that the header states, if it is not the true one.
  std::optional<std::uint32_t> stated_size = {};
  /// The fields before the children, or the whole content of a box without children.
  Bytes fields = {};
  std::vector<Mp4Box> children = {};
  /// The number of bytes before this box, in the file that was parsed.
  std::size_t offset = 0;
};

/// Returns whether the bytes begin like an MP4 file.
[[nodiscard]] bool is_mp4(std::span<const std::uint8_t> bytes) noexcept;

/// Takes a file apart. What is not a box is kept as bytes, so that print_mp4() returns the same.
[[nodiscard]] std::vector<Mp4Box> parse_mp4(std::span<const std::uint8_t> bytes);

/// Puts the boxes together, with true sizes where a box does not state another one.
[[nodiscard]] Bytes print_mp4(const std::vector<Mp4Box>& boxes);

/// Returns the number of bytes that print_mp4() makes of the box.
[[nodiscard]] std::size_t size_of(const Mp4Box& box) noexcept;

/// Moves the offsets of tables (stco, co64, trun) that point at media data to where the data are
/// now.
void follow_media_data(std::vector<Mp4Box>& boxes);

[[nodiscard]] std::uint32_t read_u32(std::span<const std::uint8_t> bytes, std::size_t at) noexcept;
void write_u32(Bytes& bytes, std::size_t at, std::uint32_t value) noexcept;

}  // namespace streamkit::fuzz
