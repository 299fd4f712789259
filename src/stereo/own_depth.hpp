#pragma once

#include <cstdint>
#include <span>

namespace streamkit::stereo {

/// Returns own_depth/own_depth.bin, which is compiled into the library.
[[nodiscard]] std::span<const std::uint8_t> own_depth_file() noexcept;

}  // namespace streamkit::stereo
