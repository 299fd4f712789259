#pragma once

#include <cstdint>

namespace streamkit::onnx {

/// Converts to IEEE 754 binary16 and back. Rounds to nearest, ties to even; values that are too
/// large become infinite.
[[nodiscard]] std::uint16_t to_half(float value) noexcept;
[[nodiscard]] float from_half(std::uint16_t bits) noexcept;

}  // namespace streamkit::onnx
