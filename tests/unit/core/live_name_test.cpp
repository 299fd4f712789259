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

}  // namespace
}  // namespace streamkit
