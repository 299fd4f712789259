#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <streamkit/core/media_time.hpp>

namespace streamkit {
namespace {

__extension__ using Int128 = __int128;
constexpr std::int64_t kFlicks = MediaTime::period::den;

// a * b / c by long division of the absolute value: another way to the same rounding.
std::int64_t reference_scale(Int128 a, Int128 b, Int128 c) {
  const bool negative = a < 0;
  const Int128 product = (negative ? -a : a) * b;
  Int128 quotient = product / c;
  const Int128 rest = product % c;
  if (rest >= c - rest) ++quotient;
  return static_cast<std::int64_t>(negative ? -quotient : quotient);
}

TEST(MediaTime, HoldsTheFieldsClocksExactly) {
  for (const std::int64_t hz : {90'000, 48'000, 44'100, 32'000, 96'000, 22'050, 16'000, 1000, 24,
                                25, 30, 50, 60, 100, 120}) {
    EXPECT_EQ(kFlicks % hz, 0) << hz;
    EXPECT_EQ(from_ticks(1, 1, hz).count() * hz, kFlicks) << hz;
  }
}

TEST(MediaTime, HoldsNtscFramesExactly) {
  for (const std::int32_t nominal : {24, 30, 60, 120}) {
    const FrameRate rate{nominal * 1000, 1001};
    const std::int64_t frame = rate.frame_duration().count();
    EXPECT_EQ(Int128{frame} * nominal * 1000, Int128{kFlicks} * 1001) << nominal;
    // No drift: 100 hours of frames end where so many single frames do.
    const std::int64_t frames = std::int64_t{nominal} * 360'000;
    EXPECT_EQ(rate.time_of(frames).count(), frame * frames);
  }
}

TEST(MediaTime, CountsAacFramesWithoutDrift) {
  for (const std::int64_t hz : {44'100, 48'000}) {
    const MediaTime packet = from_ticks(1024, 1, hz);
    EXPECT_EQ(packet * 1'000'000, from_ticks(1024 * std::int64_t{1'000'000}, 1, hz)) << hz;
  }
}

TEST(MediaTime, ConvertsChronoDurationsWithoutLoss) {
  EXPECT_EQ(MediaTime(std::chrono::milliseconds(1)).count(), kFlicks / 1000);
  EXPECT_EQ(MediaTime(std::chrono::seconds(5)), from_ticks(450'000, 1, 90'000));
}

TEST(MediaTime, RoundsToNearestAndHalvesAwayFromZero) {
  // One flick is 1/705,600,000 s: ticks of a third, half and two thirds of one.
  EXPECT_EQ(from_ticks(1, 1, 3 * kFlicks).count(), 0);
  EXPECT_EQ(from_ticks(1, 1, 2 * kFlicks).count(), 1);
  EXPECT_EQ(from_ticks(2, 1, 3 * kFlicks).count(), 1);
  EXPECT_EQ(from_ticks(-1, 1, 2 * kFlicks).count(), -1);
  EXPECT_EQ(from_ticks(-1, 1, 3 * kFlicks).count(), 0);
  EXPECT_EQ(to_ticks(MediaTime{3920}, 1, 90'000), 1);  // 7840 flicks are one tick
  EXPECT_EQ(to_ticks(MediaTime{3919}, 1, 90'000), 0);
  EXPECT_EQ(to_ticks(MediaTime{-3920}, 1, 90'000), -1);
}

TEST(MediaTime, ATimeThatDoesNotFitIsTheNearestOneThatDoes) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(from_ticks(kMost, 1, 1), MediaTime::max());
  EXPECT_EQ(from_ticks(-kMost, 1, 1000), MediaTime::min());
  EXPECT_EQ(to_ticks(MediaTime::max(), 1, 2'000'000'000), kMost);
}

TEST(MediaTime, AgreesWithAReferenceInBothDirections) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::int64_t> parts(1, 1'000'000);
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t num = parts(random);
    const std::int64_t den = parts(random);
    // So many ticks that the result still fits 64 bits.
    const auto most = static_cast<std::int64_t>(Int128{std::numeric_limits<std::int64_t>::max()} /
                                                (Int128{num} * kFlicks / den + 1));
    const std::int64_t ticks = std::uniform_int_distribution<std::int64_t>(-most, most)(random);
    EXPECT_EQ(from_ticks(ticks, num, den).count(),
              reference_scale(ticks, Int128{num} * kFlicks, den))
        << ticks << " * " << num << "/" << den;

    // Whole 64-bit range of times, unless the number of ticks would not fit.
    const auto longest = static_cast<std::int64_t>(
        std::min(Int128{std::numeric_limits<std::int64_t>::max()},
                 Int128{std::numeric_limits<std::int64_t>::max()} / den * num));
    const MediaTime time{std::uniform_int_distribution<std::int64_t>(-longest, longest)(random)};
    EXPECT_EQ(to_ticks(time, num, den), reference_scale(time.count(), den, Int128{num} * kFlicks))
        << time.count() << " in " << num << "/" << den;
  }
}

TEST(MediaTime, TicksCoarserThanAFlickSurviveTheWayThereAndBack) {
  std::mt19937_64 random(2);
  std::uniform_int_distribution<std::int64_t> numbers(1, 1001);
  std::uniform_int_distribution<std::int64_t> rates(1, 1'000'000);
  std::uniform_int_distribution<std::int64_t> counts(-1'000'000'000, 1'000'000'000);
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t num = numbers(random);
    const std::int64_t den = rates(random);
    const std::int64_t ticks = counts(random) / num;
    EXPECT_EQ(to_ticks(from_ticks(ticks, num, den), num, den), ticks) << num << "/" << den;
  }
}

TEST(MediaTime, FrameTimesRiseEvenlyForRatesThatFlicksDoNotDivide) {
  const FrameRate odd{997, 7};
  for (std::int64_t n = 0; n < 10'000; ++n) {
    const long double exact = static_cast<long double>(n) * 7 / 997 * kFlicks;
    EXPECT_LE(std::fabs(static_cast<long double>(odd.time_of(n).count()) - exact), 0.5001L) << n;
  }
}

TEST(MediaTime, BecomesSecondsAndBack) {
  EXPECT_DOUBLE_EQ(to_seconds(std::chrono::milliseconds(1500)), 1.5);
  EXPECT_DOUBLE_EQ(to_seconds(-MediaTime(std::chrono::seconds(2))), -2.0);
  EXPECT_EQ(from_seconds(1.5), std::chrono::milliseconds(1500));
  EXPECT_EQ(from_seconds(-0.25), std::chrono::milliseconds(-250));
  EXPECT_EQ(from_seconds(0.6 / kFlicks).count(), 1);
}

TEST(MediaTime, TakesSecondsThatAreNoTime) {
  EXPECT_EQ(from_seconds(std::nan("")), MediaTime{0});
  EXPECT_EQ(from_seconds(std::numeric_limits<double>::infinity()), MediaTime{0});
  EXPECT_EQ(from_seconds(-std::numeric_limits<double>::infinity()), MediaTime{0});
  EXPECT_EQ(from_seconds(1e300), MediaTime::max());
  EXPECT_EQ(from_seconds(-1e300), MediaTime::min());
}

TEST(FrameRate, IsValidOnlyWithinItsRange) {
  EXPECT_TRUE((FrameRate{1, 1}).valid());
  EXPECT_TRUE((FrameRate{1'000'000, 1'000'000}).valid());
  EXPECT_FALSE((FrameRate{0, 1}).valid());
  EXPECT_FALSE((FrameRate{-30, 1}).valid());
  EXPECT_FALSE((FrameRate{30, 0}).valid());
  EXPECT_FALSE((FrameRate{1'000'001, 1}).valid());
  EXPECT_FALSE((FrameRate{1, 1'000'001}).valid());
}

TEST(FrameRate, CountsTheFramesBeforeATime) {
  constexpr std::int64_t kFarAway = 10'000'000;
  for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{30000, 1001}, FrameRate{7, 3},
                               FrameRate{1'000'000, 1}, FrameRate{999'983, 8'191}}) {
    for (const std::int64_t n : {std::int64_t{1}, std::int64_t{2}, std::int64_t{999}, kFarAway}) {
      EXPECT_EQ(rate.frames_before(rate.time_of(n)), n) << to_string(rate);
      EXPECT_EQ(rate.frames_before(rate.time_of(n) + MediaTime{1}), n + 1) << to_string(rate);
      EXPECT_EQ(rate.frames_before(rate.time_of(n) - MediaTime{1}), n) << to_string(rate);
    }
    EXPECT_EQ(rate.frames_before(MediaTime{0}), 0);
    EXPECT_EQ(rate.frames_before(MediaTime{-5}), 0);
  }
}

TEST(FrameRate, EqualsTheSameFractionUnreduced) {
  EXPECT_EQ((FrameRate{60, 2}), (FrameRate{30, 1}));
  EXPECT_EQ((FrameRate{1'000'000, 999'999}), (FrameRate{1'000'000, 999'999}));
  EXPECT_NE((FrameRate{30, 1}), (FrameRate{30'000, 1001}));
}

TEST(FrameRate, ParsesEachSpelling) {
  struct Row {
    const char* text;
    FrameRate rate;
  };
  const Row rows[] = {{"30", {30, 1}},
                      {"25/1", {25, 1}},
                      {"30000/1001", {30000, 1001}},
                      {"29.97", {30000, 1001}},
                      {"23.976", {24000, 1001}},
                      {"23.98", {24000, 1001}},
                      {"47.952", {48000, 1001}},
                      {"59.94", {60000, 1001}},
                      {"119.88", {120000, 1001}},
                      {"12.5", {25, 2}},
                      {"29.5", {59, 2}},
                      {"30.0", {30, 1}},
                      {"1000000/1000000", {1, 1}},
                      {"0.5", {1, 2}}};
  for (const Row& row : rows) {
    const auto parsed = parse_frame_rate(row.text);
    ASSERT_TRUE(parsed) << row.text;
    EXPECT_TRUE(parsed->valid()) << row.text;
    EXPECT_EQ(*parsed, row.rate) << row.text;
  }
}

TEST(FrameRate, RefusesWhatIsNoRate) {
  for (const char* text : {"",
                           " ",
                           "0",
                           "-30",
                           "+30",
                           "30 ",
                           " 30",
                           "30fps",
                           "30/",
                           "/1",
                           "30/0",
                           "0/1",
                           "30/-1",
                           "30//1",
                           "30/1/1",
                           "30/1.0",
                           "1000001",
                           "1/1000001",
                           "99999999999999999999",
                           "0.0",
                           "0.0001",
                           "-29.97",
                           "29.97x",
                           ".",
                           "1001.0",
                           "nan",
                           "inf"}) {
    EXPECT_FALSE(parse_frame_rate(text)) << "'" << text << "'";
  }
}

TEST(FrameRate, PrintsWhatItParsesBack) {
  EXPECT_EQ(to_string(FrameRate{30, 1}), "30");
  EXPECT_EQ(to_string(FrameRate{60, 2}), "30");
  EXPECT_EQ(to_string(FrameRate{30000, 1001}), "30000/1001");
  std::mt19937 random(3);
  std::uniform_int_distribution<std::int32_t> parts(1, 1'000'000);
  for (int i = 0; i < 10'000; ++i) {
    const FrameRate rate{parts(random), parts(random)};
    const auto parsed = parse_frame_rate(to_string(rate));
    ASSERT_TRUE(parsed) << to_string(rate);
    EXPECT_EQ(*parsed, rate);
  }
}

}  // namespace
}  // namespace streamkit
