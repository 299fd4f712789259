#include <gtest/gtest.h>

#include "worker/depth_flags.hpp"

namespace streamkit::worker_tool {
namespace {

TEST(NetworkDepth, ABuildWithoutTheRoomSaysHowToGetIt) {
  const common::CommandLine line("test [options]", "Tests.", depth_flags());
  const auto arguments = line.parse({"--depth", "onnx", "--depth-model", "some.onnx"},
                                    [](const std::string&) { return std::nullopt; });
  ASSERT_TRUE(arguments);
  const auto factory = depth_factory(*arguments, 0.5);
  ASSERT_FALSE(factory);
  EXPECT_NE(factory.error().message.find("-DSTREAMKIT_WITH_ONNX=ON"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::worker_tool
