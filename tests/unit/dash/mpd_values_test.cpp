#include "dash/mpd_values.hpp"

#include <gtest/gtest.h>

namespace streamkit::dash {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(MpdValues, ParsesDurations) {
  struct Row {
    const char* text;
    MediaTime expected;
  };
  for (const Row& row :
       std::initializer_list<Row>{{"PT0S", MediaTime{0}},
                                  {"PT1.5S", milliseconds(1500)},
                                  {"PT2M", minutes(2)},
                                  {"PT1H2M3.25S", hours(1) + minutes(2) + milliseconds(3250)},
                                  {"P1D", hours(24)},
                                  {"P2DT1S", hours(48) + seconds(1)},
                                  {"PT90M", minutes(90)}}) {
    EXPECT_EQ(parse_duration(row.text), row.expected) << row.text;
  }
  for (const char* text :
       {"", "P", "PT", "1S", "PT1", "PTS", "PT1S2M", "-PT1S", "PT-1S", "P1Y", "P1M", "P1DT",
        "PT1.5M", "PT1S ", "PT99999999999H", "P999999999D", "PT13071672386SS", "PT1,5S"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_TRUE(has_years_or_months("P1Y2M"));
  EXPECT_TRUE(has_years_or_months("P1MT1S"));
  EXPECT_FALSE(has_years_or_months("PT1M"));
}

TEST(MpdValues, PrintsWhatItParses) {
  for (const MediaTime time : {MediaTime{0}, MediaTime{1}, MediaTime(milliseconds(1500)),
                               MediaTime(hours(100)), MediaTime(seconds(2)) - MediaTime{1}}) {
    EXPECT_EQ(parse_duration(print_duration(time)), time);
  }
  EXPECT_EQ(print_duration(milliseconds(90'500)), "PT90.5S");
  for (const std::uint32_t permille : {0U, 1U, 960U, 1000U, 1040U, 4'294'967'295U}) {
    EXPECT_EQ(parse_permille(print_permille(permille)), permille);
  }
  EXPECT_EQ(print_permille(960), "0.96");
}

TEST(MpdValues, ParsesRates) {
  EXPECT_EQ(parse_rate("30"), (FrameRate{30, 1}));
  EXPECT_EQ(parse_rate("30000/1001"), (FrameRate{30'000, 1001}));
  for (const char* text : {"", "0", "30/0", "30/", "/1", "29.97", "-1", "1000001", "30/1/1"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
}

}  // namespace
}  // namespace streamkit::dash
