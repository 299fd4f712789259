#include <gtest/gtest.h>

#include <set>
#include <streamkit/core/frame_packing.hpp>

namespace streamkit {
namespace {

TEST(FramePacking, FullAndHalfAreArrangedAlike) {
  const FramePacking beside{FrameArrangement::SideBySide};
  const FramePacking over{FrameArrangement::TopBottom};
  EXPECT_EQ(frame_packing(StereoMode::FullSbs), beside);
  EXPECT_EQ(frame_packing(StereoMode::HalfSbs), beside);
  EXPECT_EQ(frame_packing(StereoMode::FullTb), over);
  EXPECT_EQ(frame_packing(StereoMode::HalfTb), over);
}

TEST(FramePacking, AnAnaglyphIsNotToBeUnpacked) {
  EXPECT_EQ(frame_packing(StereoMode::AnaglyphDubois), FramePacking{});
}

TEST(FramePacking, EveryModeHasAFileNameOfItsOwn) {
  std::set<std::string_view> seen;
  for (const StereoModeInfo& row : stereo_modes()) {
    const std::string_view suffix = file_name_suffix(row.mode);
    EXPECT_TRUE(suffix.starts_with("_")) << row.name;
    EXPECT_TRUE(seen.insert(suffix).second) << suffix;
  }
}

}  // namespace
}  // namespace streamkit
