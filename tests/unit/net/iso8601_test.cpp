#include <gtest/gtest.h>

#include <streamkit/net/iso8601.hpp>

namespace streamkit::net {
namespace {

WallTime at(std::int64_t seconds) { return WallTime{std::chrono::seconds(seconds)}; }

// Seconds from `date -u -d ... +%s`.
constexpr std::pair<std::int64_t, const char*> kTimes[] = {
    {0, "1970-01-01T00:00:00Z"},
    {951'782'400, "2000-02-29T00:00:00Z"},
    {951'868'799, "2000-02-29T23:59:59Z"},
    {1'369'353'600, "2013-05-24T00:00:00Z"},
    {1'709'164'800, "2024-02-29T00:00:00Z"},
    {1'735'689'599, "2024-12-31T23:59:59Z"},
    {1'795'255'200, "2026-11-21T10:00:00Z"},
    {4'107'542'400, "2100-03-01T00:00:00Z"},
};

TEST(Iso8601, PrintsAndReadsBack) {
  for (const auto& [seconds, text] : kTimes) {
    EXPECT_EQ(format_iso8601(at(seconds)), text);
    EXPECT_EQ(parse_iso8601(text).value(), at(seconds)) << text;
  }
}

TEST(Iso8601, PrintsMillisecondsAndReadsThemBack) {
  using std::chrono::microseconds;
  const auto print = [](microseconds time) { return format_iso8601_milliseconds(at(0) + time); };
  EXPECT_EQ(print(microseconds(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(print(microseconds(7'999)), "1970-01-01T00:00:00.007Z");
  EXPECT_EQ(print(microseconds(59'999'999)), "1970-01-01T00:00:59.999Z");
  EXPECT_EQ(print(microseconds(-1)), "1969-12-31T23:59:59.999Z");
  const WallTime time = at(1'795'255'200) + std::chrono::milliseconds(250);
  EXPECT_EQ(format_iso8601_milliseconds(time), "2026-11-21T10:00:00.250Z");
  EXPECT_EQ(parse_iso8601("2026-11-21T10:00:00.250Z").value(), time);
}

TEST(Iso8601, ReadsEveryDayBack) {
  const std::int64_t last = 9'214'646'400;  // 2262-01-01
  for (std::int64_t seconds = 43'200; seconds < last; seconds += 86'400) {
    const auto parsed = parse_iso8601(format_iso8601(at(seconds)));
    ASSERT_TRUE(parsed) << seconds;
    ASSERT_EQ(*parsed, at(seconds));
  }
}

TEST(Iso8601, RoundsDownToTheSecond) {
  EXPECT_EQ(format_iso8601(at(0) + std::chrono::milliseconds(999)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_iso8601(at(0) - std::chrono::milliseconds(1)), "1969-12-31T23:59:59Z");
}

TEST(Iso8601, ReadsFractions) {
  EXPECT_EQ(parse_iso8601("1970-01-01T00:00:01.5Z").value(),
            at(1) + std::chrono::milliseconds(500));
  EXPECT_EQ(parse_iso8601("1970-01-01T00:00:01.000000001Z").value(),
            at(1) + std::chrono::nanoseconds(1));
}

TEST(Iso8601, RefusesEverythingElse) {
  for (const char* text : {"",
                           "Z",
                           "2026-11-21",
                           "2026-11-21T10:00:00",
                           "2026-11-21 10:00:00Z",
                           "2026-11-21T10:00:00+00:00",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2100-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-11-00T00:00:00Z",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T10:60:00Z",
                           "2026-11-21T10:00:60Z",
                           "1969-12-31T23:59:59Z",
                           "2262-01-01T00:00:00Z",
                           "2026-11-21T10:00:00.Z",
                           "2026-11-21T10:00:00.1234567890Z",
                           "2026-11-21T10:00:00.1xZ",
                           " 2026-11-21T10:00:00Z",
                           "2026-11-21T10:00:00ZZ",
                           "2026-11-2\xc2T10:00:00Z"}) {
    const auto parsed = parse_iso8601(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(Iso8601, KnowsTheBasicForm) {
  EXPECT_EQ(format_iso8601_basic(at(1'369'353'600)), "20130524T000000Z");
  EXPECT_EQ(parse_iso8601_basic("20130524T000000Z").value(), at(1'369'353'600));
  for (const char* text : {"", "20130524", "20130524T000000", "20130230T000000Z",
                           "20130524t000000Z", "20130524T000000.0Z", "2013-05-24T00:00:00Z"}) {
    EXPECT_FALSE(parse_iso8601_basic(text)) << text;
  }
}

}  // namespace
}  // namespace streamkit::net
