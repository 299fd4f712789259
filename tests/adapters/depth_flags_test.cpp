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

TEST(DepthFlags, EveryNameThatNeedsNoModelMakesDepth) {
  for (const char* name : {"auto", "network", "cues", "flat"}) {
    const auto factory = read({"--depth", name});
    ASSERT_TRUE(factory) << name << ": " << factory.error().message;
    const auto estimator = (*factory)();
    ASSERT_TRUE(estimator) << name;
    DepthMap depth;
    EXPECT_TRUE((*estimator)->estimate(tiny_picture(), depth)) << name;
  }
}

Result<std::vector<NamedDepth>> parts_of(const std::vector<std::string>& words) {
  const common::CommandLine line("test [options]", "Tests.", depth_flags());
  const auto arguments = line.parse(words, [](const std::string&) { return std::nullopt; });
  if (!arguments) return arguments.error();
  return depth_parts(*arguments);
}

TEST(DepthFlags, OnlyFusedDepthHasParts) {
  const auto parts = parts_of({});
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ((*parts)[0].name, "network");
  EXPECT_EQ((*parts)[1].name, "cues and motion");
  for (const NamedDepth& part : *parts) {
    const auto estimator = part.make();
    ASSERT_TRUE(estimator) << part.name;
    DepthMap depth;
    EXPECT_TRUE((*estimator)->estimate(tiny_picture(), depth)) << part.name;
  }
  for (const char* name : {"network", "cues", "flat", "onnx"}) {
    EXPECT_TRUE(parts_of({"--depth", name}).value().empty()) << name;
  }
  EXPECT_FALSE(parts_of({"--depth-size", "33"}));
  EXPECT_FALSE(parts_of({"--ema-decay", "2"}));
}

TEST(DepthFlags, TheDefaultIsTheBuiltInNetworkFused) {
  DepthMap depth;
  const auto by_default = (*read({}))();
  ASSERT_TRUE(by_default);
  ASSERT_TRUE((*by_default)->estimate(tiny_picture(), depth));
  const auto fused = (*read({"--depth", "auto"}))();
  const auto cues = (*read({"--depth", "cues"}))();
  ASSERT_TRUE(fused);
  ASSERT_TRUE(cues);
  EXPECT_TRUE((*fused)->load_state((*by_default)->save_state()));
  EXPECT_FALSE((*cues)->load_state((*by_default)->save_state())) << "the state is not one of cues";
}

TEST(DepthFlags, TheBuiltInNetworkTakesASizeAndACount) {
  EXPECT_TRUE(read({"--depth-size", "160", "--depth-every", "1"}));
  const auto size = read({"--depth", "network", "--depth-size", "100"});
  ASSERT_FALSE(size);
  EXPECT_NE(size.error().message.find("multiples of 32"), std::string::npos);
  const auto every = read({"--depth-every", "31"});
  ASSERT_FALSE(every);
  EXPECT_NE(every.error().message.find("--depth-every"), std::string::npos);
}

TEST(DepthFlags, AModelAloneSelectsOnnx) {
  const auto factory = read({"--depth-model", "missing.onnx"});
  ASSERT_FALSE(factory);
  // Its preset is asked for next, or this build says that it has no ONNX Runtime.
  const std::string& message = factory.error().message;
  EXPECT_TRUE(message.find("--depth-preset") != std::string::npos ||
              message.find("ONNX") != std::string::npos)
      << message;
}

TEST(DepthFlags, WrongValuesAreRefusedByName) {
  const auto name = read({"--depth", "magic"});
  ASSERT_FALSE(name);
  EXPECT_NE(name.error().message.find("--depth"), std::string::npos);
  const auto decay = read({"--ema-decay", "1"});
  ASSERT_FALSE(decay);
  EXPECT_NE(decay.error().message.find("--ema-decay"), std::string::npos);
  const auto model = read({"--depth", "cues", "--depth-model", "network.onnx"});
  ASSERT_FALSE(model) << "not left unused without a word";
  EXPECT_NE(model.error().message.find("--depth onnx"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::worker_tool
