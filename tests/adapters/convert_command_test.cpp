#include "worker/convert_command.hpp"

#include <gtest/gtest.h>

namespace streamkit::worker_tool {
namespace {

using std::chrono::seconds;

TEST(ConvertCommand, ReadsTimesOfASheet) {
  const auto times = parse_sheet_times("3,0.5,12,3").value();
  EXPECT_EQ(times,
            std::vector<MediaTime>({std::chrono::milliseconds(500), seconds(3), seconds(12)}));
  for (const char* wrong : {"", ",", "1,", ",1", "a", "1;2", "-1", "nan", "inf", "1e9", "1 ",
                            "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25"}) {
    const auto parsed = parse_sheet_times(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidArgument);
  }
}

}  // namespace
}  // namespace streamkit::worker_tool
