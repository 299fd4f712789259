#include <streamkit/core/frame_packing.hpp>

namespace streamkit {

FramePacking frame_packing(StereoMode mode) noexcept {
  switch (mode) {
    case StereoMode::FullSbs:
    case StereoMode::HalfSbs:
      return {FrameArrangement::SideBySide};
    case StereoMode::FullTb:
    case StereoMode::HalfTb:
      return {FrameArrangement::TopBottom};
    case StereoMode::AnaglyphDubois:
      break;
  }
  return {};
}

std::string_view file_name_suffix(StereoMode mode) noexcept {
  switch (mode) {
    case StereoMode::FullSbs:
      return "_LRF_Full_SBS";
    case StereoMode::HalfSbs:
      return "_LR";
    case StereoMode::FullTb:
      return "_TBF_fulltb";
    case StereoMode::HalfTb:
      return "_TB";
    case StereoMode::AnaglyphDubois:
      return "_redcyan";
  }
  return "";
}

}  // namespace streamkit
