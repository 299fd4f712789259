#include "worker/depth_flags.hpp"

#include <gtest/gtest.h>

#include <array>

namespace streamkit::worker_tool {
namespace {

Result<worker::DepthEstimatorFactory> read(const std::vector<std::string>& words) {
  const common::CommandLine line("test [options]", "Tests.", depth_flags());
  const auto arguments = line.parse(words, [](const std::string&) { return std::nullopt; });
  if (!arguments) return arguments.error();
  return depth_factory(*arguments, 0.25);
}

VideoFrame tiny_picture() {
  static const std::array<std::uint8_t, 64> kGrey{};
  VideoFrame frame;
  frame.format = {.width_px = 2, .height_px = 2};
  frame.planes = {{{kGrey.data(), 16, 2, 2}, {kGrey.data(), 16, 1, 1}, {kGrey.data(), 16, 1, 1}}};
  return frame;
}

TEST(DepthFlags, FlatLiesInTheScreen) {
  const auto factory = read({"--depth", "flat"});
  ASSERT_TRUE(factory) << factory.error().message;
  const auto estimator = (*factory)();
  ASSERT_TRUE(estimator);
  DepthMap depth;
  ASSERT_TRUE((*estimator)->estimate(tiny_picture(), depth));
  EXPECT_EQ(depth.values, std::vector<float>{0.25F});
}

TEST(DepthFlags, EachCallMakesAnEstimatorOfItsOwn) {
  const auto factory = read({"--ema-decay", "0.9"});
  ASSERT_TRUE(factory) << factory.error().message;
  const auto one = (*factory)();
  const auto other = (*factory)();
  ASSERT_TRUE(one);
  ASSERT_TRUE(other);
  EXPECT_NE(one->get(), other->get());
}

TEST(DepthFlags, WrongValuesAreRefusedByName) {
  const auto name = read({"--depth", "magic"});
  ASSERT_FALSE(name);
  EXPECT_NE(name.error().message.find("--depth"), std::string::npos);
  const auto decay = read({"--ema-decay", "1"});
  ASSERT_FALSE(decay);
  EXPECT_NE(decay.error().message.find("--ema-decay"), std::string::npos);
  const auto model = read({"--depth-model", "network.onnx"});
  ASSERT_FALSE(model) << "not left unused without a word";
  EXPECT_NE(model.error().message.find("--depth onnx"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::worker_tool
