#include <gtest/gtest.h>

#include <streamkit/core/frame.hpp>

namespace streamkit {
namespace {

TEST(AudioFrame, KeepsTheFirstSamplesOfEachChannel) {
  AudioFrame audio{.sample_count = 3, .samples = {1, 2, 3, 11, 12, 13}};
  audio.keep_first(3);
  audio.keep_first(1'000'000'000'000);
  EXPECT_EQ(audio.samples, (std::vector<float>{1, 2, 3, 11, 12, 13}));
  audio.keep_first(2);
  EXPECT_EQ(audio.sample_count, 2);
  EXPECT_EQ(audio.samples, (std::vector<float>{1, 2, 11, 12}));
  audio.keep_first(-4);
  EXPECT_EQ(audio.sample_count, 0);
  EXPECT_TRUE(audio.samples.empty());
}

}  // namespace
}  // namespace streamkit
