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
    case StereoMode::FullCross:
    case StereoMode::HalfCross:
      return {FrameArrangement::SideBySide, true};
    case StereoMode::RowInterlaced:
      return {FrameArrangement::RowInterleaved};
    case StereoMode::Vr180:
      return {FrameArrangement::SideBySide, false, true};
    case StereoMode::AnaglyphColor:
    case StereoMode::AnaglyphHalfColor:
    case StereoMode::AnaglyphGray:
    case StereoMode::AnaglyphWimmer:
    case StereoMode::AnaglyphDubois:
    case StereoMode::Depth:
    case StereoMode::Rgbd:
    case StereoMode::LeftView:
    case StereoMode::RightView:
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
    case StereoMode::FullCross:
      return "_RLF_cross";
    case StereoMode::HalfCross:
      return "_RL_cross";
    case StereoMode::RowInterlaced:
      return "_rows";
    case StereoMode::AnaglyphColor:
      return "_redcyan_color";
    case StereoMode::AnaglyphHalfColor:
      return "_redcyan_half_color";
    case StereoMode::AnaglyphGray:
      return "_redcyan_gray";
    case StereoMode::AnaglyphWimmer:
      return "_redcyan_wimmer";
    case StereoMode::AnaglyphDubois:
      return "_redcyan";
    case StereoMode::Vr180:
      return "_180x180_LR";
    case StereoMode::Depth:
      return "_depth";
    case StereoMode::Rgbd:
      return "_RGBD";
    case StereoMode::LeftView:
      return "_L";
    case StereoMode::RightView:
      return "_R";
  }
  return "";
}

}  // namespace streamkit
