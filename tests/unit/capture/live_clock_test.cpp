#include "capture/live_clock.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace streamkit::capture {
namespace {

using std::chrono::duration_cast;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

const CaptureTime kStart{hours(50)};
constexpr nanoseconds kFrame = milliseconds(40);

MediaTime media(nanoseconds time) { return duration_cast<MediaTime>(time); }

// How long media waits between its arrival and its time.
nanoseconds wait(const LiveClock& clock, nanoseconds time, CaptureTime now) {
  const auto due = clock.time_of(media(time), now);
  EXPECT_TRUE(due.has_value());
  return due ? *due - now : nanoseconds(0);
}

TEST(PlayoutClock, ReportsNoTimeUntilItHasSeenHowPacketsCome) {
  PlayoutClock clock(Arrival::Steady);
  EXPECT_FALSE(clock.time_of(media(seconds(0)), kStart));
  clock.arrive(TrackKind::Video, media(seconds(7)), kStart);
  EXPECT_FALSE(clock.time_of(media(seconds(7)), kStart + milliseconds(900)));
  EXPECT_TRUE(clock.time_of(media(seconds(7)), kStart + milliseconds(1100)));
}

TEST(PlayoutClock, JoinsALiveStreamAtItsEdge) {
  PlayoutClock clock(Arrival::Steady);
  // The server sends its last 4 s first.
  for (nanoseconds t{0}; t < seconds(4); t += kFrame) {
    clock.arrive(TrackKind::Video, media(t), kStart + t / 1000);
  }
  for (nanoseconds t = seconds(4); t < seconds(8); t += kFrame) {
    const CaptureTime now = kStart + t - seconds(4);
    clock.arrive(TrackKind::Video, media(t), now);
    if (t > seconds(6)) {
      EXPECT_LT(wait(clock, t, now), milliseconds(400));
    }
  }
  EXPECT_LT(*clock.time_of(media(seconds(2)), kStart + seconds(3)), clock.earliest());
}

TEST(PlayoutClock, ATrackThatComesLaterHasItsTime) {
  PlayoutClock clock(Arrival::Steady);
  for (nanoseconds t{0}; t < seconds(5); t += kFrame) {
    const CaptureTime now = kStart + t;
    clock.arrive(TrackKind::Video, media(t), now);
    if (t < milliseconds(700)) continue;
    clock.arrive(TrackKind::Audio, media(t - milliseconds(700)), now);
    if (t > seconds(2)) {
      EXPECT_GE(wait(clock, t - milliseconds(700), now), nanoseconds(0));
    }
  }
}

TEST(PlayoutClock, SegmentsAreAllPlayedFromTheFirst) {
  PlayoutClock clock(Arrival::Segments);
  for (nanoseconds t{0}; t < seconds(6); t += kFrame) {
    clock.arrive(TrackKind::Video, media(t), kStart);
  }
  EXPECT_GE(*clock.time_of(media(seconds(0)), kStart), clock.earliest());
  EXPECT_EQ(wait(clock, seconds(5), kStart) - wait(clock, seconds(1), kStart), seconds(4));
}

TEST(PlayoutClock, AnInterruptionMovesTheTimesOnlyOnce) {
  PlayoutClock clock(Arrival::Steady);
  nanoseconds late{0};
  for (nanoseconds t{0}; t < seconds(20); t += kFrame) {
    if (t == seconds(10)) late = seconds(3);
    const CaptureTime now = kStart + t + late;
    clock.arrive(TrackKind::Video, media(t), now);
    if (t < seconds(2)) continue;
    EXPECT_GE(wait(clock, t, now), nanoseconds(0));
    EXPECT_LT(wait(clock, t, now), milliseconds(400));
  }
}

TEST(PlayoutClock, FollowsASendersClockThatIsWrong) {
  for (const double ppm : {-200.0, 200.0}) {
    PlayoutClock clock(Arrival::Steady);
    for (nanoseconds t{0}; t < hours(10); t += milliseconds(200)) {
      const CaptureTime now =
          kStart + nanoseconds(std::llround(static_cast<double>(t.count()) * (1 + ppm / 1e6)));
      clock.arrive(TrackKind::Video, media(t), now);
      if (t < seconds(2)) continue;
      ASSERT_GE(wait(clock, t, now), nanoseconds(0)) << ppm;
      ASSERT_LT(wait(clock, t, now), milliseconds(500)) << ppm;
    }
  }
}

TEST(PlayoutClock, APlaylistThatIsOpenedAgainContinues) {
  PlayoutClock first(Arrival::Segments);
  first.arrive(TrackKind::Video, media(seconds(100)), kStart);
  const auto before = first.time_of(media(seconds(104)), kStart);
  const auto next = first.next(Arrival::Segments);
  EXPECT_FALSE(next->time_of(media(seconds(102)), kStart));
  next->arrive(TrackKind::Video, media(seconds(102)), kStart + seconds(1));
  EXPECT_EQ(next->time_of(media(seconds(104)), kStart + seconds(1)), before);
}

TEST(PlayoutClock, AStreamThatStartsAgainIsPlayedNow) {
  PlayoutClock first(Arrival::Segments);
  first.arrive(TrackKind::Video, media(seconds(5000)), kStart);
  const auto next = first.next(Arrival::Segments);
  next->arrive(TrackKind::Video, media(seconds(1)), kStart + seconds(3));
  EXPECT_LT(wait(*next, seconds(1), kStart + seconds(3)), milliseconds(400));
}

TEST(DeviceClock, TimesOfTheSteadyClockAreTakenAsTheyAre) {
  DeviceClock clock;
  const nanoseconds taken = kStart.time_since_epoch();
  clock.arrive(TrackKind::Video, media(taken), kStart + milliseconds(30));
  EXPECT_LT(std::chrono::abs(*clock.time_of(media(taken), kStart) - kStart),
            std::chrono::microseconds(1));
}

TEST(DeviceClock, JitterOfArrivalIsRemoved) {
  DeviceClock clock;
  CaptureTime previous{};
  for (int n = 0; n < 1000; ++n) {
    const nanoseconds t = kFrame * n;
    const CaptureTime now = kStart + t + milliseconds(n * 7919 % 13);
    clock.arrive(TrackKind::Video, media(t), now);
    const CaptureTime time = *clock.time_of(media(t), now);
    EXPECT_LE(time, now);
    if (n > 50) {
      EXPECT_NEAR(static_cast<double>((time - previous).count()), 40e6, 1e6);
    }
    previous = time;
  }
}

}  // namespace
}  // namespace streamkit::capture
