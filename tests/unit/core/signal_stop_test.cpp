#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <streamkit/core/signal_stop.hpp>

namespace streamkit {
namespace {

TEST(SignalStop, AHangUpWakesAndATerminationStops) {
  SignalStop signals(HangUp::Wakes);
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  EXPECT_EQ(signals.wait(), SignalStop::Wake::HangUp);
  EXPECT_FALSE(signals.token().stop_requested());
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  EXPECT_EQ(signals.wait(), SignalStop::Wake::HangUp);
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_EQ(signals.wait(), SignalStop::Wake::Stop);
  EXPECT_EQ(signals.wait(), SignalStop::Wake::Stop);
}

TEST(SignalStop, AnInterruptStops) {
  SignalStop signals;
  ASSERT_EQ(::kill(::getpid(), SIGINT), 0);
  EXPECT_EQ(signals.wait(), SignalStop::Wake::Stop);
  EXPECT_TRUE(signals.token().stop_requested());
}

TEST(SignalStop, AHangUpStopsAndIsNoImpatience) {
  SignalStop signals;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
    EXPECT_EQ(signals.wait(), SignalStop::Wake::Stop);
    EXPECT_TRUE(signals.token().stop_requested());
  }
}

TEST(SignalStop, AHangUpThatIsIgnoredStaysIgnored) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    SignalStop signals;
    ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
    EXPECT_FALSE(signals.token().stop_requested());
  }
  std::signal(SIGHUP, before);
}

TEST(SignalStop, TheProgramMayStopItself) {
  SignalStop signals;
  signals.request_stop();
  EXPECT_EQ(signals.wait(), SignalStop::Wake::Stop);
}

TEST(SignalStop, RestoresTheSignalMask) {
  { const SignalStop signals(HangUp::Wakes); }
  sigset_t mask = {};
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &mask), 0);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) EXPECT_EQ(sigismember(&mask, signal), 0);
}

TEST(SignalStopDeathTest, ASecondSignalEndsTheProgram) {
  EXPECT_EXIT(
      {
        SignalStop signals;
        ::kill(::getpid(), SIGINT);
        signals.wait();
        ::kill(::getpid(), SIGINT);
        for (;;) ::pause();
      },
      ::testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace streamkit
