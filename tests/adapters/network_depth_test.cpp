#include <gtest/gtest.h>

#include <optional>
#include <streamkit/onnx/onnx_depth_model.hpp>

#include "unit/onnx/model_file.hpp"
#include "unit/onnx/pictures.hpp"
#include "worker/depth_flags.hpp"

namespace streamkit::worker_tool {
namespace {

Result<worker::DepthEstimatorFactory> read(const std::vector<std::string>& words) {
  const common::CommandLine line("test [options]", "Tests.", depth_flags());
  const auto arguments = line.parse(words, [](const std::string&) { return std::nullopt; });
  if (!arguments) return arguments.error();
  return depth_factory(*arguments, 0.25);
}

// Depth is red + 100 blue.
std::string model() {
  return onnx::model_bytes({{{"x", onnx::Element::Float32, {1, 3, 32, 64}}},
                            {{"y", onnx::Element::Float32, {1, 1, 32, 64}}},
                            {{"Conv", {"x", "weights"}, "y"}},
                            {{"weights", {1, 3, 1, 1}, {1, 0, 100}}}});
}

class NetworkDepth : public ::testing::Test {
 protected:
  Result<worker::DepthEstimatorFactory> load(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {
        "--depth", "onnx", "--depth-model", file_->path().string(), "--depth-preset", "custom"};
    words.insert(words.end(), more.begin(), more.end());
    return read(words);
  }

  // Depth of a picture that is red on the left and blue on the right: of either side.
  std::pair<float, float> sides(const worker::DepthEstimatorFactory& factory) {
    const auto frame = onnx::picture({.width_px = 64, .height_px = 32},
                                     [](int x, int) { return x < 32 ? onnx::kRed : onnx::kBlue; });
    const auto estimator = factory();
    EXPECT_TRUE(estimator);
    DepthMap depth;
    const auto done = (*estimator)->estimate(frame, depth);
    EXPECT_TRUE(done) << done.error().message;
    return {depth.values.front(), depth.values.back()};
  }

  std::optional<onnx::TemporaryFile> file_{std::in_place, model()};
};

TEST_F(NetworkDepth, AWorkerHasItForTheSessionsThatChooseIt) {
  const auto depth_of = [&](std::vector<std::string> words) {
    const common::CommandLine line("test [options]", "Tests.", depth_flags());
    words.insert(words.end(), {"--depth-model", file_->path().string(), "--depth-preset", "custom",
                               "--depth-every", "2"});
    const auto arguments = line.parse(words, [](const std::string&) { return std::nullopt; });
    return session_depth(*arguments, 0.5);
  };
  const auto beside = depth_of({"--depth", "cues"});
  ASSERT_TRUE(beside) << beside.error().message;
  EXPECT_GT(sides(beside->chosen.onnx).second, 0.9F);
  const auto cues = beside->chosen.cues();
  EXPECT_TRUE((*beside->standard())->load_state((*cues)->save_state()));
  const auto standard = depth_of({"--depth", "onnx"});
  ASSERT_TRUE(standard) << standard.error().message;
  EXPECT_GT(sides(standard->standard).second, 0.9F);
  EXPECT_GT(sides(standard->chosen.onnx).second, 0.9F);
}

TEST_F(NetworkDepth, IsLoadedOnceForAllConversions) {
  const auto factory = load();
  ASSERT_TRUE(factory) << factory.error().message;
  file_.reset();
  for (int i = 0; i < 2; ++i) {
    const auto [left, right] = sides(*factory);
    EXPECT_LT(left, 0.1F);
    EXPECT_GT(right, 0.9F);
  }
}

TEST_F(NetworkDepth, FlagsWinOverThePreset) {
  const auto relative = load({"--depth-output", "relative"});
  ASSERT_TRUE(relative) << relative.error().message;
  EXPECT_GT(sides(*relative).first, sides(*relative).second);
  // Nothing is left of blue.
  const auto red = load({"--depth-std", "1,1,1e6", "--depth-mean", "0,0,0.5"});
  ASSERT_TRUE(red) << red.error().message;
  EXPECT_GT(sides(*red).first, sides(*red).second);
}

TEST_F(NetworkDepth, WrongValuesAreRefusedByName) {
  using Words = std::vector<std::string>;
  for (const Words& words : {Words{"--depth-size", "15"},
                             {"--depth-mean", "1,2"},
                             {"--depth-std", "1,2,3,4"},
                             {"--depth-std", "a,b,c"},
                             {"--depth-output", "distance"},
                             {"--depth-every", "0"},
                             {"--depth-batch", "65"},
                             {"--depth-threads", "-1"}}) {
    const auto factory = load(words);
    ASSERT_FALSE(factory) << words[0];
    EXPECT_EQ(factory.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(factory.error().message.find(words[0]), std::string::npos) << factory.error().message;
  }
  const auto provider = load({"--depth-provider", "abacus"});
  ASSERT_FALSE(provider);
  EXPECT_NE(provider.error().message.find("'abacus'"), std::string::npos);
}

TEST_F(NetworkDepth, ModelAndPresetMustBeNamed) {
  const auto model = read({"--depth", "onnx"});
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("--depth-model"), std::string::npos);
  const auto preset = read({"--depth", "onnx", "--depth-model", "some.onnx"});
  ASSERT_FALSE(preset);
  EXPECT_NE(preset.error().message.find("--depth-preset"), std::string::npos);
  const auto absent =
      read({"--depth", "onnx", "--depth-model", "/no/such.onnx", "--depth-preset", "midas"});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::NotFound);
}

TEST(NetworkDepthFlags, HelpNamesEachPreset) {
  const std::string help = common::CommandLine("test", "Tests.", depth_flags()).help();
  for (const std::string_view name : onnx::onnx_depth_preset_names()) {
    EXPECT_NE(help.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace streamkit::worker_tool
