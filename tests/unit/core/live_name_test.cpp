#include <gtest/gtest.h>

#include <streamkit/core/live_name.hpp>

namespace streamkit {
namespace {

TEST(LiveName, NamesSegmentsPartsAndInitializationSections) {
  EXPECT_EQ(live_segment_name(0), "segment-0.m4s");
  EXPECT_EQ(live_segment_name(18'446'744'073'709'551'615U), "segment-18446744073709551615.m4s");
  EXPECT_EQ(live_part_name(7, 12), "segment-7.12.m4s");
  EXPECT_EQ(live_init_name(3), "init-3.mp4");
}

TEST(LiveName, ReadsWhatManifestsWrite) {
  EXPECT_EQ(parse_live_file_name("init-0.mp4"), LiveFileName(LiveInitName{0}));
  EXPECT_EQ(parse_live_file_name("segment-17.m4s"), LiveFileName(LiveSegmentName{17}));
  EXPECT_EQ(parse_live_file_name("segment-17.3.m4s"), LiveFileName(LivePartName{17, 3}));
  EXPECT_EQ(parse_live_file_name("segment-999999999999999.m4s"),
            LiveFileName(LiveSegmentName{999'999'999'999'999}));
}

TEST(LiveName, RejectsOtherNames) {
  for (const auto* name : {"",
                           "init-.mp4",
                           "init-0.m4s",
                           "init-01.mp4",
                           "init-0.1.mp4",
                           "segment-.m4s",
                           "segment-1",
                           "segment-1.mp4",
                           "segment-1.ts",
                           "segment--1.m4s",
                           "segment-+1.m4s",
                           "segment-1..m4s",
                           "segment-1.2.3.m4s",
                           "segment-.1.m4s",
                           "segment-00.m4s",
                           "segment-1.01.m4s",
                           "segment-1000000000000000.m4s",
                           "segment-1.m4s ",
                           "SEGMENT-1.m4s",
                           "segment-.m4",
                           ".m4s",
                           "segment-m4s"}) {
    EXPECT_FALSE(parse_live_file_name(name)) << name;
  }
}

}  // namespace
}  // namespace streamkit
