#include <gtest/gtest.h>

#include <streamkit/live/live_file_name.hpp>

namespace streamkit::live {
namespace {

TEST(LiveFileName, ReadsWhatManifestsWrite) {
  EXPECT_EQ(parse_live_file_name("init-0.mp4"), LiveFileName(LiveInitName{0}));
  EXPECT_EQ(parse_live_file_name("segment-17.m4s"), LiveFileName(LiveSegmentName{17}));
  EXPECT_EQ(parse_live_file_name("segment-17.3.m4s"), LiveFileName(LivePartName{17, 3}));
  EXPECT_EQ(parse_live_file_name("segment-999999999999999.m4s"),
            LiveFileName(LiveSegmentName{999'999'999'999'999}));
}

TEST(LiveFileName, RejectsOtherNames) {
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
}  // namespace streamkit::live
