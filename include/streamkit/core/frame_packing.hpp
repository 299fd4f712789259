#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <string_view>

namespace streamkit {

/// How two views share a picture, in the terms of H.264. The values are the standard's.
/// Source: ITU-T H.264 (08/2021), table D-8, frame_packing_arrangement_type.
enum class FrameArrangement : std::uint8_t {
  RowInterleaved = 2,
  SideBySide = 3,
  TopBottom = 4,
  None = 255,  ///< One view, or something that no player can unpack.
};

/// What players are told of a packed picture. A full and a half mode tell the same: players take
/// the picture's size from the picture.
struct STREAMKIT_API FramePacking {
  FrameArrangement arrangement = FrameArrangement::None;
  /// The right eye's view is the left or upper one: cross-eyed.
  bool right_first = false;
  /// Each view is half a sphere, equirectangular. Containers tell of it, pictures cannot.
  bool half_spheres = false;

  friend bool operator==(const FramePacking&, const FramePacking&) = default;
};

/// None for anaglyphs, which want no unpacking.
STREAMKIT_API [[nodiscard]] FramePacking frame_packing(StereoMode mode) noexcept;

/// What headset players look for at the end of a file's name, before its extension.
/// Source: github.com/nagadomi/nunif, iw3: it names its files the same.
STREAMKIT_API [[nodiscard]] std::string_view file_name_suffix(StereoMode mode) noexcept;

}  // namespace streamkit
