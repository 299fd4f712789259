#include <streamkit/live/viewers.hpp>

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>

namespace streamkit::live {
namespace {

using std::chrono::seconds;

TEST(ViewerCounts, TellsClientsApartByAddressAndProgram) {
  testing::FakeClock clock;
  ViewerCounts viewers(clock);
  EXPECT_EQ(viewers.of("s1"), 0u);
  viewers.saw("s1", "192.0.2.1", "mpv", seconds(15));
  viewers.saw("s1", "192.0.2.1", "mpv", seconds(15));
  viewers.saw("s1", "192.0.2.1", "vlc", seconds(15));
  viewers.saw("s1", "192.0.2.2", "mpv", seconds(15));
  viewers.saw("s2", "192.0.2.2", "mpv", seconds(15));
  EXPECT_EQ(viewers.of("s1"), 3u);
  EXPECT_EQ(viewers.of("s2"), 1u);
  EXPECT_EQ(viewers.total(), 4u);
}

TEST(ViewerCounts, ForgetsWhoHasNotAskedForAWindow) {
  testing::FakeClock clock;
  ViewerCounts viewers(clock);
  viewers.saw("s1", "192.0.2.1", "mpv", seconds(15));
  clock.advance(seconds(10));
  viewers.saw("s1", "192.0.2.2", "mpv", seconds(15));
  EXPECT_EQ(viewers.of("s1"), 2u);
  clock.advance(seconds(5));
  EXPECT_EQ(viewers.of("s1"), 1u);
  clock.advance(seconds(10));
  EXPECT_EQ(viewers.total(), 0u);
}

TEST(ViewerCounts, IsBoundedInViewersAndStreams) {
  testing::FakeClock clock;
  ViewerCounts viewers(clock);
  for (std::size_t i = 0; i < ViewerCounts::kMaxViewers + 10; ++i) {
    viewers.saw("s1", std::to_string(i), "mpv", seconds(15));
  }
  EXPECT_EQ(viewers.of("s1"), ViewerCounts::kMaxViewers);
  for (std::size_t i = 0; i < 2 * ViewerCounts::kMaxStreams; ++i) {
    viewers.saw("stream" + std::to_string(i), "192.0.2.1", "mpv", seconds(15));
  }
  EXPECT_LE(viewers.total(), ViewerCounts::kMaxViewers + ViewerCounts::kMaxStreams);
  clock.advance(seconds(20));
  viewers.saw("new", "192.0.2.1", "mpv", seconds(15));
  EXPECT_EQ(viewers.of("new"), 1u) << "streams that nobody watches make room";
}

}  // namespace
}  // namespace streamkit::live
