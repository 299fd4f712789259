#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <string_view>

namespace streamkit {

/// Arrangement of two views in one frame, in the terms of H.264. The values are those of the
/// standard.
/// Source: ITU-T H.264 (08/2021), table D-8, frame_packing_arrangement_type.
enum class FrameArrangement : std::uint8_t {
  RowInterleaved = 2,
  SideBySide = 3,
  TopBottom = 4,
  None = 255,  ///< One view, or an arrangement that no player can unpack.
};

/// The description of a packed frame that is written for players. It is the same for a full and a
/// half mode: players take the size from the video itself.
struct STREAMKIT_API FramePacking {
  FrameArrangement arrangement = FrameArrangement::None;
  /// The right eye's view is the left or upper one, for cross-eyed viewing.
  bool right_first = false;
  /// Each view is half a sphere, equirectangular. Only containers can state this, not the coded
  /// video.
  bool half_spheres = false;

  friend bool operator==(const FramePacking&, const FramePacking&) = default;
};

/// Returns the description of a mode's frames. The arrangement is None for anaglyphs, which need no
/// unpacking.
STREAMKIT_API [[nodiscard]] FramePacking frame_packing(StereoMode mode) noexcept;

/// Returns the suffix that headset players look for at the end of a file's name, before its
/// extension.
/// Source: github.com/nagadomi/nunif, iw3, which names its files the same.
STREAMKIT_API [[nodiscard]] std::string_view file_name_suffix(StereoMode mode) noexcept;

}  // namespace streamkit
