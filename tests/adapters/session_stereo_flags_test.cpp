#include <gtest/gtest.h>

#include "common/stereo_flags.hpp"

namespace streamkit::common {
namespace {

Result<StereoChoice> read(StereoFlagUse use, const std::vector<std::string>& words) {
  const CommandLine line("test [options]", "Tests.", stereo_flags(use));
  const auto arguments = line.parse(words, [](const std::string&) { return std::nullopt; });
  if (!arguments) return arguments.error();
  return read_stereo_flags(*arguments);
}

TEST(SessionStereoFlags, WhatIsNotGivenIsLeftToTheWorker) {
  for (const auto use : {StereoFlagUse::Session, StereoFlagUse::Worker}) {
    const auto choice = read(use, {});
    ASSERT_TRUE(choice) << choice.error().message;
    EXPECT_EQ(*choice, StereoChoice{});
  }
}

TEST(SessionStereoFlags, EachFlagSetsItsField) {
  const auto choice =
      read(StereoFlagUse::Session,
           {"--divergence", "3", "--convergence", "auto", "--depth", "onnx", "--synthetic-view",
            "left", "--screen-edge", "preserve", "--edge-dilation-x", "1", "--edge-dilation-y", "3",
            "--ipd-offset", "-1.5", "--foreground-scale", "0.5"});
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ(to_string(*choice),
            "divergence=3 convergence=auto depth=onnx synthetic_view=left screen_edge=preserve "
            "edge_dilation_x=1 edge_dilation_y=3 ipd_offset=-1.5 foreground_scale=0.5");
}

TEST(SessionStereoFlags, WrongValuesNameTheFlagAndWhatItCanBe) {
  const auto error = [](const std::string& flag, const std::string& value) {
    const auto choice = read(StereoFlagUse::Session, {flag, value});
    return choice ? "" : choice.error().message;
  };
  EXPECT_EQ(error("--divergence", "11"),
            "--divergence: '11' is not usable: expected a number from 0 to 10");
  EXPECT_EQ(error("--convergence", "middle"),
            "--convergence: 'middle' is not usable: expected a number from 0 to 1, or auto");
  EXPECT_EQ(error("--edge-dilation-x", "0.5"),
            "--edge-dilation-x: '0.5' is not usable: expected a whole number from 0 to 16");
  EXPECT_EQ(error("--depth", "lidar"),
            "--depth: 'lidar' is not usable: expected one of auto, network, cues, onnx, flat");
}

}  // namespace
}  // namespace streamkit::common
