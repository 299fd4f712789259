// Families of networks as their own code exports them, with made-up weights: names, shapes, free
// sizes and operators are the real ones, the depth means nothing. They are in the folder
// depth/architectures of STREAMKIT_TEST_DATA, some of them packed by xz.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <streamkit/onnx/onnx_depth_model.hpp>

#include "model_file.hpp"
#include "onnx/depth_session.hpp"
#include "pictures.hpp"

namespace streamkit::onnx {
namespace {

namespace fs = std::filesystem;

// What `xz` unpacks; nothing if it fails or is not installed.
std::optional<std::string> unpacked(const fs::path& packed) {
  const std::string command = "xz --decompress --stdout '" + packed.string() + "' 2>/dev/null";
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string bytes;
  std::string block(std::size_t{1} << 16, '\0');
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), pipe)) {
    bytes.append(block, 0, count);
  }
  if (pclose(pipe) != 0) return {};
  return bytes;
}

struct Architecture {
  const char* file;
  const char* preset;
  int fixed_width_px;  // 0: free
  int fixed_height_px;
};
void PrintTo(const Architecture& one, std::ostream* out) { *out << one.file; }

// A ramp of brightness with some colour, so that no two parts are alike.
VideoFrame scene(int width, int height) {
  return picture({.width_px = width, .height_px = height}, [&](int x, int y) -> Yuv {
    return {40 + 150 * y / height, 90 + 70 * x / width, 110 + (x / 16 + y / 16) % 2 * 30};
  });
}

class KnownArchitectures : public ::testing::TestWithParam<Architecture> {
 protected:
  void SetUp() override {
    const char* data = std::getenv("STREAMKIT_TEST_DATA");
    if (data == nullptr) GTEST_SKIP() << "STREAMKIT_TEST_DATA is not set";
    options_ = *onnx_depth_preset(GetParam().preset);
    options_.model = fs::path(data) / "depth" / "architectures" / GetParam().file;
    if (!fs::exists(options_.model)) GTEST_SKIP() << "no " << options_.model;
    if (options_.model.extension() != ".xz") return;
    const auto bytes = unpacked(options_.model);
    if (!bytes) GTEST_SKIP() << "xz cannot unpack " << options_.model;
    unpacked_.emplace(*bytes);
    options_.model = unpacked_->path();
  }

  [[nodiscard]] bool has_free_sizes() const { return GetParam().fixed_width_px == 0; }

  OnnxDepthOptions options_;
  std::optional<TemporaryFile> unpacked_;
};

TEST_P(KnownArchitectures, ItsNamesTypesAndShapesAreFound) {
  const auto session = DepthSession::load(options_, {});
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ((*session)->input_name(), "pixel_values");
  EXPECT_EQ((*session)->output_name(), "predicted_depth");
  const PictureForm& form = (*session)->input();
  EXPECT_EQ(form.type, ElementType::Float32);
  EXPECT_FALSE(form.channels_last);
  EXPECT_EQ(form.width_px, GetParam().fixed_width_px);
  EXPECT_EQ(form.height_px, GetParam().fixed_height_px);
}

TEST_P(KnownArchitectures, FramesOfAnyShapeGetADepthMap) {
  if (has_free_sizes()) options_.short_side_px = 126;
  const auto model = OnnxDepthModel::load(options_);
  ASSERT_TRUE(model) << model.error().message;
  const auto network = model->network();
  constexpr Size kFrames[] = {{640, 360}, {360, 640}, {352, 288}, {1920, 1080}};
  for (const Size frame : kFrames) {
    const VideoFrame shown = scene(frame.width_px, frame.height_px);
    DepthMap map;
    const auto done = network->infer({&shown, 1}, {&map, 1});
    ASSERT_TRUE(done) << done.error().message;
    const auto places =
        static_cast<std::size_t>(map.width_px) * static_cast<std::size_t>(map.height_px);
    ASSERT_EQ(map.values.size(), places);
    ASSERT_GT(map.values.size(), 1000U);
    for (const float value : map.values) ASSERT_TRUE(std::isfinite(value));
    const auto [least, most] = std::minmax_element(map.values.begin(), map.values.end());
    EXPECT_LT(*least, *most) << "a map of one value at " << frame.width_px;
  }
}

// The maps may be of another size: the tracing exporter of PyTorch writes that of its example into
// the last enlargement.
TEST_P(KnownArchitectures, FramesArePassedInMultiplesOfThePatch) {
  if (!has_free_sizes()) GTEST_SKIP() << "its size is fixed";
  const auto passed = [&](int short_side, Size frame) {
    return input_size({}, frame, short_side, options_.multiple_px);
  };
  EXPECT_EQ(passed(518, {1280, 720}), (Size{924, 518}));
  EXPECT_EQ(passed(252, {1280, 720}), (Size{448, 252}));
  EXPECT_EQ(passed(252, {720, 1280}), (Size{252, 448}));
  EXPECT_EQ(passed(140, {640, 480}), (Size{182, 140}));
  for (const int short_side : {70, 252}) {
    options_.short_side_px = short_side;
    const auto model = OnnxDepthModel::load(options_);
    ASSERT_TRUE(model) << model.error().message;
    for (const Size frame : {Size{1280, 720}, Size{720, 1280}, Size{640, 480}}) {
      const VideoFrame shown = scene(frame.width_px, frame.height_px);
      DepthMap map;
      const auto done = model->network()->infer({&shown, 1}, {&map, 1});
      EXPECT_TRUE(done) << done.error().message;
    }
  }
}

TEST_P(KnownArchitectures, ASizeThatIsNoMultipleOfThePatchIsReportedAtTheStart) {
  if (!has_free_sizes()) GTEST_SKIP() << "its size is fixed";
  options_.short_side_px = 130;
  options_.multiple_px = 1;
  const auto model = OnnxDepthModel::load(options_);
  if (!model) {
    EXPECT_NE(model.error().message.find("multiples of 1"), std::string::npos)
        << model.error().message;
    return;
  }
  // An exporter may crop to whole patches.
  const VideoFrame shown = scene(640, 360);
  DepthMap map;
  EXPECT_TRUE(model->network()->infer({&shown, 1}, {&map, 1}));
}

TEST_P(KnownArchitectures, SeveralFramesInOneCallAreAsOneByOne) {
  if (has_free_sizes()) options_.short_side_px = 126;
  options_.batch = 2;
  const auto model = OnnxDepthModel::load(options_);
  ASSERT_TRUE(model) << model.error().message;
  const auto network = model->network();
  const std::vector<VideoFrame> frames = {scene(320, 180), plain({320, 180}, kGreen)};
  std::vector<DepthMap> together(2);
  const auto done = network->infer(frames, together);
  ASSERT_TRUE(done) << done.error().message;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    DepthMap alone;
    ASSERT_TRUE(network->infer({&frames[i], 1}, {&alone, 1}));
    ASSERT_EQ(alone.values.size(), together[i].values.size());
    for (std::size_t at = 0; at < alone.values.size(); ++at) {
      ASSERT_NEAR(alone.values[at], together[i].values[at],
                  1e-3F * std::max(1.0F, std::abs(alone.values[at])));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, KnownArchitectures,
    ::testing::Values(Architecture{"depth_anything_v2_tiny.onnx", "depth_anything", 0, 0},
                      Architecture{"depth_anything_v2_small_size.onnx.xz", "depth_anything", 0, 0},
                      Architecture{"midas_dpt_tiny.onnx", "midas_dpt", 384, 384},
                      Architecture{"zoedepth_tiny.onnx.xz", "zoe_depth", 512, 384}),
    [](const auto& one) {
      const std::string name = one.param.file;
      return name.substr(0, name.find('.'));
    });

}  // namespace
}  // namespace streamkit::onnx
