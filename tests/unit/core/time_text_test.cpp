#include <gtest/gtest.h>

#include <array>
#include <random>
#include <streamkit/core/time_text.hpp>
#include <string>

namespace streamkit {
namespace {

std::string printed(MediaTime time, int min_decimals) {
  std::array<char, kMaxTimeText> text;
  return {text.data(), print_seconds(time, min_decimals, text)};
}

std::string printed(UtcTime time) {
  std::array<char, kMaxTimeText> text;
  return {text.data(), print_utc_time(time, text)};
}

TEST(TimeText, PrintsTheDecimalsThatSecondsNeed) {
  EXPECT_EQ(printed(std::chrono::seconds(2), 3), "2.000");
  EXPECT_EQ(printed(std::chrono::seconds(2), 0), "2");
  EXPECT_EQ(printed(std::chrono::milliseconds(1500), 0), "1.5");
  EXPECT_EQ(printed(MediaTime(1), 3), "0.000000001");
  EXPECT_EQ(printed(MediaTime::max(), 3), "13071672387.832732153");
}

TEST(TimeText, ParsesWhatItPrints) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto limit = static_cast<std::uint64_t>(MediaTime(std::chrono::hours(100'000)).count());
    const MediaTime time(static_cast<std::int64_t>(random() % limit >> random() % 50));
    ASSERT_EQ(parse_seconds(printed(time, 0)), time);
  }
  for (const UtcTime time : {kFirstUtcTime, UtcTime(std::chrono::milliseconds(-1)),
                             UtcTime(std::chrono::milliseconds(1'709'251'199'007)),
                             kUtcTimeEnd - std::chrono::milliseconds(1)}) {
    EXPECT_EQ(parse_utc_time(printed(time)), time);
  }
  EXPECT_EQ(printed(UtcTime(std::chrono::milliseconds(1'709'251'199'007))),
            "2024-02-29T23:59:59.007Z");
}

TEST(TimeText, RejectsOtherText) {
  for (const char* text : {"", "-1", "+1", "1e3", "1.2.3", " 1", "1 ", "0x1", "13071672387"}) {
    EXPECT_FALSE(parse_seconds(text)) << text;
  }
  for (const char* text : {"", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z"}) {
    EXPECT_FALSE(parse_utc_time(text)) << text;
  }
}

}  // namespace
}  // namespace streamkit
