#pragma once

#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <string_view>

namespace streamkit {

/// Arrangement of the two eyes' views in one frame.
enum class StereoMode {
  FullSbs,            ///< Left | right, each at full size: twice as wide.
  HalfSbs,            ///< Left | right, each at half width: same size.
  FullTb,             ///< Left over right, each at full size: twice as high.
  HalfTb,             ///< Left over right, each at half height: same size.
  FullCross,          ///< Right | left, each at full size, for crossed eyes without glasses.
  HalfCross,          ///< Right | left, each at half width.
  RowInterlaced,      ///< Even rows left, odd rows right: same size.
  AnaglyphColor,      ///< Red-cyan: red of the left, green and blue of the right view.
  AnaglyphHalfColor,  ///< As AnaglyphColor, red from the left view's brightness.
  AnaglyphGray,       ///< Red-cyan of both views' brightness.
  AnaglyphWimmer,     ///< Red-cyan "optimized": red from the left view's green and blue.
  AnaglyphDubois,     ///< Red-cyan by least squares. Source: E. Dubois, ICASSP 2001.
  Vr180,              ///< Left | right, each a half sphere, equirectangular, seen 90 degrees wide.
  Depth,              ///< The depth in grey, nearest white: same size.
  Rgbd,               ///< The source frame | its depth in grey: twice as wide.
  LeftView,           ///< The left eye's view alone: same size.
  RightView           ///< The right eye's view alone: same size.
};

/// One row of the table that capture, server, worker and documentation share.
struct STREAMKIT_API StereoModeInfo {
  StereoMode mode;
  /// Name of the mode in keys, JSON and flags.
  std::string_view name;
  std::string_view summary;
  /// Size of the packed frame, as a multiple of the source's width and height; for Vr180, as a
  /// multiple of the longer side.
  int width_factor;
  int height_factor;
};

/// Returns every mode, in the order in which help texts list them.
STREAMKIT_API [[nodiscard]] std::span<const StereoModeInfo> stereo_modes() noexcept;
STREAMKIT_API [[nodiscard]] const StereoModeInfo& info(StereoMode mode) noexcept;
STREAMKIT_API [[nodiscard]] std::string_view to_string(StereoMode mode) noexcept;
/// Returns nothing if no mode has this name.
STREAMKIT_API [[nodiscard]] std::optional<StereoMode> parse_stereo_mode(
    std::string_view name) noexcept;
/// Returns all names for error messages: "sbs, half_sbs, ...".
STREAMKIT_API [[nodiscard]] std::string_view stereo_mode_names() noexcept;

/// Returns the packed format for source frames of format `source`.
STREAMKIT_API [[nodiscard]] VideoFormat packed_format(StereoMode mode, VideoFormat source) noexcept;

}  // namespace streamkit
