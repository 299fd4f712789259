#include <gtest/gtest.h>

#include <streamkit/dash/live_periods.hpp>

namespace streamkit::dash {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime kZero{seconds(1'709'251'200)};
constexpr NumberClock kClock{seconds(2), milliseconds(500), kZero};

LiveSegment segment(std::uint64_t number, std::uint64_t run, MediaTime start) {
  return {.number = number, .run = run, .start = start};
}

TEST(NumberDrift, IsTheDistanceFromThePromise) {
  struct Row {
    const char* name;
    PeriodStart period;
    std::uint64_t number;
    milliseconds began;
    milliseconds expected;
  };
  const PeriodStart first{0, 0, MediaTime{0}, MediaTime{0}};
  const PeriodStart later{10, 1, seconds(20), milliseconds(20'300)};
  for (const Row& row : std::initializer_list<Row>{
           {"on time", first, 7, milliseconds(14'000), milliseconds(0)},
           {"late", first, 7, milliseconds(14'260), milliseconds(260)},
           {"early", first, 7, milliseconds(13'700), milliseconds(-300)},
           {"a period that began late", later, 12, milliseconds(24'310), milliseconds(10)}}) {
    EXPECT_EQ(number_drift(row.period, row.number, kZero + row.began, kClock), row.expected)
        << row.name;
  }
}

TEST(NumberDrift, MayBeHalfAPart) {
  EXPECT_FALSE(exceeds_drift(milliseconds(250), milliseconds(500)));
  EXPECT_FALSE(exceeds_drift(milliseconds(-250), milliseconds(500)));
  EXPECT_TRUE(exceeds_drift(milliseconds(251), milliseconds(500)));
  EXPECT_TRUE(exceeds_drift(milliseconds(-251), milliseconds(500)));
}

TEST(LivePeriods, ARunBeginsOne) {
  std::vector<PeriodStart> periods;
  EXPECT_TRUE(extend_periods(periods, segment(3, 1, seconds(6))));
  EXPECT_FALSE(extend_periods(periods, segment(4, 1, seconds(8))));
  EXPECT_TRUE(extend_periods(periods, segment(5, 2, seconds(11))));
  EXPECT_EQ(periods, (std::vector<PeriodStart>{{3, 1, seconds(6), seconds(6)},
                                               {5, 2, seconds(11), seconds(11)}}));
}

// A clock that is 100 ppm slow is 0.36 s behind after an hour.
TEST(LivePeriods, APublisherWhoseClockIsSlowGetsANewPeriodEveryFortyMinutes) {
  std::vector<PeriodStart> periods;
  std::vector<std::uint64_t> begun;
  for (std::uint64_t number = 0; number < 3600; ++number) {
    const MediaTime start = static_cast<std::int64_t>(number) * seconds(2);
    const WallTime began =
        kZero + std::chrono::duration_cast<std::chrono::nanoseconds>(start) * 10'001 / 10'000;
    if (extend_periods(periods, segment(number, 0, start), began, kClock)) begun.push_back(number);
    // No segment is ever promised more than half a part before it is there.
    EXPECT_FALSE(
        exceeds_drift(number_drift(periods.back(), number, began, kClock), kClock.part_target));
  }
  // 0.25 s of drift are reached after 2500 s of media.
  EXPECT_EQ(begun, (std::vector<std::uint64_t>{0, 1251, 2502}));
  EXPECT_EQ(periods[1].media_start, seconds(2502));
  EXPECT_EQ(periods[1].start, seconds(2502) + std::chrono::nanoseconds(250'200'000));
}

TEST(LivePeriods, OneThatIsFastGetsThemToo) {
  std::vector<PeriodStart> periods;
  for (std::uint64_t number = 0; number < 3600; ++number) {
    const MediaTime start = static_cast<std::int64_t>(number) * seconds(2);
    const WallTime began =
        kZero + std::chrono::duration_cast<std::chrono::nanoseconds>(start) * 9'999 / 10'000;
    extend_periods(periods, segment(number, 0, start), began, kClock);
  }
  ASSERT_EQ(periods.size(), 3U);
  EXPECT_LT(periods[1].start, periods[1].media_start);
  EXPECT_LT(periods[1].start, periods[2].start);
}

TEST(LivePeriods, NoneBeginsBeforeTheOneBeforeIt) {
  std::vector<PeriodStart> periods;
  extend_periods(periods, segment(0, 0, MediaTime{0}), kZero, kClock);
  extend_periods(periods, segment(1, 1, seconds(2)), kZero - hours(1), kClock);
  EXPECT_GT(periods[1].start, periods[0].start);
}

TEST(LivePeriods, ThoseThatHaveLeftTheWindowGo) {
  std::vector<PeriodStart> periods = {{0, 0, {}, {}}, {5, 1, {}, {}}, {9, 2, {}, {}}};
  drop_periods(periods, 4);
  EXPECT_EQ(periods.size(), 3U);
  drop_periods(periods, 8);
  ASSERT_EQ(periods.size(), 2U);
  EXPECT_EQ(periods[0].number, 5U);
  drop_periods(periods, 100);
  ASSERT_EQ(periods.size(), 1U);
  EXPECT_EQ(periods[0].number, 9U);
}

}  // namespace
}  // namespace streamkit::dash
