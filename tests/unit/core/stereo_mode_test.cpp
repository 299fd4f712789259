#include <gtest/gtest.h>

#include <set>
#include <streamkit/core/stereo_mode.hpp>
#include <string>

namespace streamkit {
namespace {

TEST(StereoMode, EachRowOfTheTableFindsItselfByModeAndByName) {
  std::set<std::string_view> names;
  for (const StereoModeInfo& row : stereo_modes()) {
    EXPECT_EQ(&info(row.mode), &row) << row.name;
    EXPECT_EQ(to_string(row.mode), row.name);
    EXPECT_EQ(parse_stereo_mode(row.name), row.mode);
    EXPECT_FALSE(row.summary.empty()) << row.name;
    names.insert(row.name);
  }
  EXPECT_EQ(names.size(), stereo_modes().size());
}

TEST(StereoMode, NamesAreSafeInKeysAndFlags) {
  for (const StereoModeInfo& row : stereo_modes()) {
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos)
        << row.name;
  }
}

TEST(StereoMode, KeepsTheNamesThatIntegratorsKnow) {
  EXPECT_EQ(to_string(StereoMode::FullSbs), "sbs");
  EXPECT_EQ(to_string(StereoMode::HalfSbs), "half_sbs");
  EXPECT_EQ(to_string(StereoMode::FullTb), "tb");
  EXPECT_EQ(to_string(StereoMode::HalfTb), "half_tb");
  EXPECT_EQ(to_string(StereoMode::AnaglyphDubois), "anaglyph_dubois");
}

TEST(StereoMode, HalfSpheresAreSquareAndOfEvenSides) {
  const VideoFormat portrait =
      packed_format(StereoMode::Vr180, {.width_px = 101, .height_px = 333});
  EXPECT_EQ(portrait.width_px, 668);
  EXPECT_EQ(portrait.height_px, 334);
}

TEST(StereoMode, RefusesOtherNames) {
  for (const char* name : {"", "SBS", "sbs ", " sbs", "full_sbs", "half-sbs", "sbs,tb"}) {
    EXPECT_FALSE(parse_stereo_mode(name)) << "'" << name << "'";
  }
}

TEST(StereoMode, ListsEveryNameForErrorMessages) {
  std::string expected;
  for (const StereoModeInfo& row : stereo_modes()) {
    expected += (expected.empty() ? "" : ", ") + std::string(row.name);
  }
  EXPECT_EQ(stereo_mode_names(), expected);
}

TEST(StereoMode, PacksTwoFullViewsIntoALargerPicture) {
  const VideoFormat source{.width_px = 1280, .height_px = 720, .frame_rate = {25, 1}};
  struct Row {
    StereoMode mode;
    int width_px;
    int height_px;
  };
  for (const Row& row : {Row{StereoMode::FullSbs, 2560, 720}, Row{StereoMode::HalfSbs, 1280, 720},
                         Row{StereoMode::FullTb, 1280, 1440}, Row{StereoMode::HalfTb, 1280, 720},
                         Row{StereoMode::FullCross, 2560, 720}, Row{StereoMode::Rgbd, 2560, 720},
                         Row{StereoMode::Vr180, 2560, 1280}, Row{StereoMode::LeftView, 1280, 720},
                         Row{StereoMode::AnaglyphDubois, 1280, 720}}) {
    VideoFormat expected = source;
    expected.width_px = row.width_px;
    expected.height_px = row.height_px;
    EXPECT_EQ(packed_format(row.mode, source), expected) << to_string(row.mode);
  }
}

}  // namespace
}  // namespace streamkit
