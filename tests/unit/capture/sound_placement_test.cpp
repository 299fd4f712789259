#include "capture/sound_placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "capture/clock_follower.hpp"

namespace streamkit::capture {
namespace {

constexpr int kRate = 48'000;
constexpr int kRun = 960;
constexpr int kReach = 24;
constexpr double kRunSeconds = static_cast<double>(kRun) / kRate;

// A device whose clock is wrong by `ppm`, and whose capture times jitter, beside an output that
// follows the steady clock.
class Device {
 public:
  Device(SoundPlacement& placement, double ppm, double jitter_seconds)
      : placement_(placement), rate_(kRate * (1 + ppm * 1e-6)), jitter_(jitter_seconds) {}

  // Runs until the output is at `until`, with `latency` of input ahead of it.
  void run(double until, double latency = 0.1) {
    for (; output_ < until; output_ += kRunSeconds) {
      while (captured_at(taken_ + kRun) <= output_ + latency) append();
      if (placement_.consume(kRun, kReach) == 0 && output_ > settled_) observe();
    }
  }
  void append(bool gap_before = false) {
    const double at = captured_at(taken_) + noise();
    const auto plan = placement_.append(at, output_, kRun, gap_before);
    shift_ += plan.silence - plan.skip;
    taken_ += kRun;
  }
  void lose(std::int64_t samples) {
    taken_ += samples;
    shift_ -= samples;
  }
  void settle_until(double seconds) { settled_ = seconds; }
  [[nodiscard]] double output() const { return output_; }
  [[nodiscard]] double worst() const { return worst_; }
  [[nodiscard]] double worst_step() const { return worst_step_; }

 private:
  [[nodiscard]] double captured_at(std::int64_t sample) const {
    return static_cast<double>(sample) / rate_;
  }
  double noise() {
    // Most times are nearly right, some are far too late, as on a busy machine.
    const double usual = jitter_ * std::uniform_real_distribution<double>(-1, 1)(random_);
    return std::bernoulli_distribution(0.01)(random_) ? usual + 0.05 : usual;
  }
  // Compares the time at which the next sample is heard with that at which it was captured.
  void observe() {
    const double sample = placement_.position() - static_cast<double>(shift_);
    const double heard = output_ + kRunSeconds;
    worst_ = std::max(worst_, std::abs(sample / rate_ - heard));
    const double step = placement_.step();
    if (last_step_ > 0) worst_step_ = std::max(worst_step_, std::abs(step - last_step_));
    last_step_ = step;
  }

  SoundPlacement& placement_;
  const double rate_;
  const double jitter_;
  std::mt19937 random_{7};
  std::int64_t taken_ = 0;
  std::int64_t shift_ = 0;  // of stored samples against captured ones
  double output_ = 0;
  double settled_ = 0;
  double worst_ = 0;
  double worst_step_ = 0;
  double last_step_ = 0;
};

TEST(SoundPlacement, StaysWithinAFrameForTenHours) {
  for (const double ppm : {-200.0, 0.0, 200.0}) {
    SoundPlacement placement(kRate, kRate);
    Device device(placement, ppm, 0.005);
    device.run(10 * 3600.0);
    EXPECT_LT(device.worst(), 1.0 / 60) << ppm;
    EXPECT_NEAR(placement.clock_ppm(), ppm, 60) << ppm;
    EXPECT_EQ(placement.gaps(), 0u) << ppm;
    // A step of the pitch by a thousandth of a cent at most.
    EXPECT_LT(device.worst_step(), 1.1e-6) << ppm;
  }
}

TEST(SoundPlacement, FollowsAClockThatChanges) {
  SoundPlacement placement(kRate, kRate);
  Device device(placement, 200, 0.002);
  device.run(600);
  EXPECT_NEAR(placement.clock_ppm(), 200, 40);
  EXPECT_LT(device.worst(), 0.008);
}

TEST(SoundPlacement, PlacesWhatFollowsAReportedGap) {
  SoundPlacement placement(kRate, kRate);
  Device device(placement, 0, 0);
  device.run(5);
  device.lose(kRate / 20);
  device.append(true);
  device.run(10);
  EXPECT_EQ(placement.gaps(), 1u);
  EXPECT_NEAR(placement.gap_seconds(), 0.05, 0.002);
  EXPECT_LT(device.worst(), 0.003);
}

TEST(SoundPlacement, BelievesTimesThatStayAway) {
  SoundPlacement placement(kRate, kRate);
  Device device(placement, 0, 0);
  device.run(5, 0.5);
  device.lose(kRate / 5);  // nobody reports it
  device.settle_until(6);
  device.run(10, 0.5);
  EXPECT_GE(placement.gaps(), 1u);
  EXPECT_LT(device.worst(), 0.003);
}

TEST(SoundPlacement, FillsASilentDeviceAndResumesInItsPlace) {
  SoundPlacement placement(kRate, kRate);
  placement.append(0, 0, kRun, false);
  for (int run = 0; run < 3000; ++run) placement.consume(kRun, kReach);
  EXPECT_TRUE(placement.starved());
  EXPECT_EQ(placement.gaps(), 1u);
  // Captured 30 ms before what is due: its first 30 ms have been heard as silence.
  const double next = 3000 * kRunSeconds;
  const auto plan = placement.append(next - 0.03, next, 4 * kRun, false);
  EXPECT_TRUE(plan.clears);
  EXPECT_EQ(plan.silence, 0);
  EXPECT_NEAR(placement.position() - static_cast<double>(placement.end() - 4 * kRun), 0.03 * kRate,
              2);
  EXPECT_EQ(placement.consume(kRun, kReach), 0);
  EXPECT_NEAR(placement.gap_seconds(), 2999 * kRunSeconds, 0.001);
}

TEST(SoundPlacement, LateRunsKeepTheirTime) {
  SoundPlacement placement(kRate, kRate);
  placement.append(0, 0, 2 * kRun, false);
  for (int run = 0; run < 4; ++run) placement.consume(kRun, kReach);
  // The third run comes only now, the fifth is due.
  for (int run = 2; run < 8; ++run) {
    placement.append(run * kRunSeconds, 4 * kRunSeconds, kRun, false);
  }
  EXPECT_NEAR(placement.position(), 4 * kRun, 1);
  EXPECT_EQ(placement.end(), 8 * kRun);
}

TEST(SoundPlacement, DropsSamplesThatComeTwice) {
  SoundPlacement placement(kRate, kRate);
  placement.append(0, 0, 10 * kRun, false);
  const auto plan = placement.append(9 * kRunSeconds, 0, 2 * kRun, true);
  EXPECT_EQ(plan.skip, kRun);
  EXPECT_EQ(placement.end(), 11 * kRun);
  EXPECT_EQ(placement.gaps(), 1u);
}

TEST(ClockFollower, IgnoresSingleWrongTimes) {
  ClockFollower follower;
  for (int run = 0; run < 50 * 120; ++run) {
    follower.observe(run % 10 == 0 ? 5.0 : 0.0, run * kRunSeconds);
    follower.advance(kRunSeconds);
  }
  EXPECT_EQ(follower.correction(), 0);
}

TEST(ClockFollower, IsBounded) {
  ClockFollower follower;
  for (int run = 0; run < 50 * 600; ++run) {
    follower.observe(10, run * kRunSeconds);
    follower.advance(kRunSeconds);
    ASSERT_LE(std::abs(follower.correction()), 0.001);
  }
  EXPECT_NEAR(follower.correction(), -0.001, 1e-9);
}

}  // namespace
}  // namespace streamkit::capture
