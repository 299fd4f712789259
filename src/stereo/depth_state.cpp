#include "stereo/depth_state.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>

namespace streamkit::stereo {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {'S', 'K', 'D', 'S'};
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kChecksumBytes = 4;
constexpr float kLowest = -1.0F;
constexpr float kSteps = 16384.0F;

std::uint16_t code_of(float value) noexcept {
  const float steps = (value - kLowest) * kSteps + 0.5F;
  // Written so that NaN becomes 0.
  if (!(steps > 0)) return std::isnan(value) ? static_cast<std::uint16_t>(kSteps) : 0;
  return static_cast<std::uint16_t>(std::min(steps, 65535.0F));
}

float value_of(std::uint16_t code) noexcept { return static_cast<float>(code) / kSteps + kLowest; }

// Source: ISO/IEC 13239; bitwise, with the polynomial 0x04C11DB7 in reversed bit order.
std::uint32_t crc32(std::span<const std::uint8_t> bytes) noexcept {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1U) * 0xEDB88320U);
      table[i] = value;
    }
    return table;
  }();
  std::uint32_t crc = ~0U;
  for (const std::uint8_t byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xFFU];
  return ~crc;
}

void append(Bytes& bytes, std::uint32_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

std::uint32_t number_at(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::uint32_t{bytes[at + i]} << 8 * i;
  return value;
}

Error damaged(const char* how) {
  return {ErrorCode::CorruptData, std::string("the state is ") + how};
}
Error foreign(const char* what) {
  return {ErrorCode::Unsupported, std::string("the state belongs to another ") + what};
}

}  // namespace

float quantize(float value) noexcept { return value_of(code_of(value)); }

void quantize(Grid& grid) noexcept {
  for (float& value : grid.values) value = quantize(value);
}

bool holds_shares(const Grid& grid) noexcept {
  return std::all_of(grid.values.begin(), grid.values.end(),
                     [](float value) { return value >= 0 && value <= 1; });
}

Bytes write_depth_state(DepthStateKind kind, const DepthState& state) {
  const int width = state.grids.empty() ? 0 : state.grids.front().width;
  const int height = state.grids.empty() ? 0 : state.grids.front().height;
  Bytes bytes(kMagic.begin(), kMagic.end());
  bytes.push_back(kDepthStateVersion);
  bytes.push_back(static_cast<std::uint8_t>(kind));
  for (const std::size_t count : {state.numbers.size(), state.grids.size()}) {
    assert(count <= 255);
    bytes.push_back(static_cast<std::uint8_t>(count));
  }
  append(bytes, static_cast<std::uint32_t>(width), 2);
  append(bytes, static_cast<std::uint32_t>(height), 2);
  for (const float value : state.numbers) append(bytes, std::bit_cast<std::uint32_t>(value), 4);
  for (const Grid& grid : state.grids) {
    assert(grid.width == width && grid.height == height);
    for (const float value : grid.values) append(bytes, code_of(value), 2);
  }
  append(bytes, crc32(bytes), kChecksumBytes);
  return bytes;
}

Result<DepthState> read_depth_state(std::span<const std::uint8_t> bytes, DepthStateKind kind,
                                    std::size_t expected_numbers, std::size_t expected_grids,
                                    int longest_side) {
  if (bytes.size() < kHeaderBytes + kChecksumBytes) return damaged("too short");
  if (!std::equal(kMagic.begin(), kMagic.end(), bytes.begin())) return foreign("kind");
  if (bytes[4] != kDepthStateVersion) return foreign("version");
  if (bytes[5] != static_cast<std::uint8_t>(kind) || bytes[6] != expected_numbers ||
      bytes[7] != expected_grids) {
    return foreign("kind");
  }
  const auto width = static_cast<int>(number_at(bytes, 8, 2));
  const auto height = static_cast<int>(number_at(bytes, 10, 2));
  if (width < 1 || height < 1) return damaged("without a size");
  if (std::max(width, height) > longest_side) return foreign("size");
  const std::size_t cells = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const std::size_t values_bytes = 4 * expected_numbers + 2 * expected_grids * cells;
  if (bytes.size() != kHeaderBytes + values_bytes + kChecksumBytes) return damaged("cut off");
  const std::size_t end = bytes.size() - kChecksumBytes;
  if (number_at(bytes, end, 4) != crc32(bytes.first(end))) return damaged("damaged");

  std::size_t at = kHeaderBytes;
  DepthState state;
  for (std::size_t i = 0; i < expected_numbers; ++i, at += 4) {
    state.numbers.push_back(std::bit_cast<float>(number_at(bytes, at, 4)));
    if (!std::isfinite(state.numbers.back())) return damaged("damaged");
  }
  state.grids.resize(expected_grids);
  for (Grid& grid : state.grids) {
    grid.resize(width, height);
    for (float& value : grid.values) {
      value = value_of(static_cast<std::uint16_t>(number_at(bytes, at, 2)));
      at += 2;
    }
  }
  return state;
}

}  // namespace streamkit::stereo
