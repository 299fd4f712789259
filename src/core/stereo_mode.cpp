#include <algorithm>
#include <array>
#include <cstddef>
#include <streamkit/core/stereo_mode.hpp>

namespace streamkit {
namespace {

// In the order of the enumerators, because info() indexes it.
constexpr std::array kModes = {
    StereoModeInfo{StereoMode::FullSbs, "sbs", "side by side, full width", 2, 1},
    StereoModeInfo{StereoMode::HalfSbs, "half_sbs", "side by side, half width", 1, 1},
    StereoModeInfo{StereoMode::FullTb, "tb", "top-bottom, full height", 1, 2},
    StereoModeInfo{StereoMode::HalfTb, "half_tb", "top-bottom, half height", 1, 1},
    StereoModeInfo{StereoMode::FullCross, "cross", "side by side for crossed eyes", 2, 1},
    StereoModeInfo{StereoMode::HalfCross, "half_cross", "side by side for crossed eyes, half width",
                   1, 1},
    StereoModeInfo{StereoMode::RowInterlaced, "row_interlaced",
                   "rows of left and right alternating", 1, 1},
    StereoModeInfo{StereoMode::AnaglyphColor, "anaglyph_color", "red-cyan glasses, colours", 1, 1},
    StereoModeInfo{StereoMode::AnaglyphHalfColor, "anaglyph_half_color",
                   "red-cyan glasses, calmer colours", 1, 1},
    StereoModeInfo{StereoMode::AnaglyphGray, "anaglyph_gray", "red-cyan glasses, grey", 1, 1},
    StereoModeInfo{StereoMode::AnaglyphWimmer, "anaglyph_wimmer", "red-cyan glasses (Wimmer)", 1,
                   1},
    StereoModeInfo{StereoMode::AnaglyphDubois, "anaglyph_dubois", "red-cyan glasses (Dubois)", 1,
                   1},
    StereoModeInfo{StereoMode::Vr180, "vr180", "two half spheres, equirectangular", 2, 1},
    StereoModeInfo{StereoMode::Depth, "depth", "the depth in grey", 1, 1},
    StereoModeInfo{StereoMode::Rgbd, "rgbd", "the source frame and its depth side by side", 2, 1},
    StereoModeInfo{StereoMode::LeftView, "left", "the left eye's view alone", 1, 1},
    StereoModeInfo{StereoMode::RightView, "right", "the right eye's view alone", 1, 1},
};

}  // namespace

std::span<const StereoModeInfo> stereo_modes() noexcept { return kModes; }

const StereoModeInfo& info(StereoMode mode) noexcept {
  return kModes[static_cast<std::size_t>(mode)];
}

std::string_view to_string(StereoMode mode) noexcept { return info(mode).name; }

std::optional<StereoMode> parse_stereo_mode(std::string_view name) noexcept {
  const auto found = std::find_if(kModes.begin(), kModes.end(),
                                  [&](const StereoModeInfo& row) { return row.name == name; });
  return found == kModes.end() ? std::nullopt : std::optional(found->mode);
}

std::string_view stereo_mode_names() noexcept {
  static const std::string names = [] {
    std::string joined;
    for (const StereoModeInfo& row : kModes) {
      joined += (joined.empty() ? "" : ", ") + std::string(row.name);
    }
    return joined;
  }();
  return names;
}

VideoFormat packed_format(StereoMode mode, VideoFormat source) noexcept {
  if (mode == StereoMode::Vr180) {
    const int longer = std::max(source.width_px, source.height_px);
    source.width_px = source.height_px = longer + longer % 2;
  }
  source.width_px *= info(mode).width_factor;
  source.height_px *= info(mode).height_factor;
  return source;
}

}  // namespace streamkit
