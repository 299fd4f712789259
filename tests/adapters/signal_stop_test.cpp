#include "common/signal_stop.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace streamkit::common {
namespace {

TEST(SignalStop, AHangUpWakesAndATerminationStops) {
  const auto signals = SignalStop::create(HangUp::Wakes);
  ASSERT_TRUE(signals);
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  EXPECT_EQ((*signals)->wait(), Wake::Reload);
  EXPECT_FALSE((*signals)->token().stop_requested());
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  EXPECT_EQ((*signals)->wait(), Wake::Reload);
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_EQ((*signals)->wait(), Wake::Stop);
  EXPECT_EQ((*signals)->wait(), Wake::Stop);
}

TEST(SignalStop, TheProgramMayStopItself) {
  const auto signals = SignalStop::create();
  ASSERT_TRUE(signals);
  (*signals)->request_stop();
  EXPECT_EQ((*signals)->wait(), Wake::Stop);
}

}  // namespace
}  // namespace streamkit::common
