#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <streamkit/onnx/onnx_depth_model.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <thread>

#include "model_file.hpp"
#include "pictures.hpp"

namespace streamkit::onnx {
namespace {

using Dims = std::vector<std::int64_t>;

constexpr VideoFormat kFormat{.width_px = 32, .height_px = 16};

// A network whose depth is red + 10 green + 100 blue of each pixel.
struct Weighing {
  Element type = Element::Float32;
  Dims input = {1, 3, 16, 32};
  Dims output = {1, 1, 16, 32};
  Element output_type = Element::Float32;
  Dims squeezed = {};     // axes of the output that are left out
  std::string then = {};  // an operator on the output
};

Graph graph_of(const Weighing& network) {
  Graph graph{{{"image", network.type, network.input}},
              {{"depth", network.output_type, network.output}},
              {}};
  std::string at = "image";
  const auto add = [&](const std::string& op, std::vector<std::string> more,
                       std::vector<Attribute> attributes) {
    more.insert(more.begin(), at);
    at = "after_" + std::to_string(graph.nodes.size());
    graph.nodes.push_back({op, std::move(more), at, std::move(attributes)});
  };
  const auto to = [](Element type) {
    return Attribute{"to", {static_cast<std::int64_t>(type)}, true};
  };
  const bool last = network.input[3] == 3;
  if (network.type != Element::Float32) add("Cast", {}, {to(Element::Float32)});
  graph.constants.push_back({"weights", last ? Dims{3, 1} : Dims{1, 3, 1, 1}, {1, 10, 100}});
  add(last ? "MatMul" : "Conv", {"weights"}, {});
  if (!network.then.empty()) add(network.then, {}, {});
  if (!network.squeezed.empty()) add("Squeeze", {}, {{"axes", network.squeezed}});
  if (network.output_type != Element::Float32) add("Cast", {}, {to(network.output_type)});
  graph.nodes.back().output = "depth";
  return graph;
}

class OnnxDepthModelTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<DepthNetwork>> load(const Graph& graph, OnnxDepthOptions options = {},
                                             const Context& context = {}) {
    file_.emplace(model_bytes(graph));
    options.model = file_->path();
    const auto model = OnnxDepthModel::load(options, context);
    if (!model) return model.error();
    return model->network();
  }

  // Depth of one picture; empty, and a failure, when there is none.
  DepthMap infer(DepthNetwork& network, const VideoFrame& frame) {
    DepthMap map;
    const auto done = network.infer({&frame, 1}, {&map, 1});
    EXPECT_TRUE(done) << done.error().message;
    return map;
  }

  DepthMap infer(const Weighing& network, const VideoFrame& frame, OnnxDepthOptions options = {}) {
    const auto loaded = load(graph_of(network), options);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? infer(**loaded, frame) : DepthMap{};
  }

  std::optional<TemporaryFile> file_;
};

// Red on the left, blue on the right.
VideoFrame red_and_blue(const VideoFormat& format = kFormat) {
  return picture(format, [&](int x, int) { return x < format.width_px / 2 ? kRed : kBlue; });
}

// What the rounding of colours to 8 bits of Y'CbCr adds, most of it by blue.
constexpr double kRounding = 0.9;

void expect_red_and_blue(const DepthMap& map, float scale) {
  ASSERT_EQ(map.width_px, 32);
  ASSERT_EQ(map.height_px, 16);
  ASSERT_EQ(map.values.size(), 32U * 16);
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    // Chroma is enlarged, so the colours' edge is soft.
    if (i % 32 == 15 || i % 32 == 16) continue;
    const float wanted = i % 32 < 16 ? 1.0F : 100.0F;
    ASSERT_NEAR(map.values[i] / scale, wanted, kRounding) << i;
  }
}

struct Form {
  const char* name;
  Weighing network;
  float scale = 1;
};
void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }
class OnnxDepthModelForms : public OnnxDepthModelTest,
                            public ::testing::WithParamInterface<Form> {};

TEST_P(OnnxDepthModelForms, GivesTheSameDepth) {
  expect_red_and_blue(infer(GetParam().network, red_and_blue()), GetParam().scale);
}

const Dims kLast = {1, 16, 32, 3};
INSTANTIATE_TEST_SUITE_P(
    All, OnnxDepthModelForms,
    ::testing::Values(
        Form{"Planes", {}}, Form{"Pixels", {.input = kLast, .output = {1, 16, 32, 1}}},
        Form{"Halves", {.type = Element::Float16}},
        Form{"HalfPixels", {.type = Element::Float16, .input = kLast, .output = {1, 16, 32, 1}}},
        Form{"Bytes", {.type = Element::Uint8}, 255},
        Form{"BytePixels", {.type = Element::Uint8, .input = kLast, .output = {1, 16, 32, 1}}, 255},
        Form{"HalfDepth", {.output_type = Element::Float16}},
        Form{"WithoutChannel", {.output = {1, 16, 32}, .squeezed = {1}}},
        Form{"OneMapAlone", {.output = {16, 32}, .squeezed = {0, 1}}},
        Form{"FreeBatch", {.input = {-1, 3, 16, 32}, .output = {-1, 1, 16, 32}}},
        Form{"NothingSaidOfTheOutput", {.output = {}}}),
    [](const auto& one) { return one.param.name; });

TEST_F(OnnxDepthModelTest, FreeSizesFollowThePicture) {
  const Weighing free{.input = {-1, 3, -1, -1}, .output = {-1, 1, -1, -1}};
  const auto loaded = load(graph_of(free), {.short_side_px = 32, .multiple_px = 16});
  ASSERT_TRUE(loaded) << loaded.error().message;
  const DepthMap wide = infer(**loaded, plain({.width_px = 160, .height_px = 90}, kGreen));
  EXPECT_EQ(wide.width_px, 64);
  EXPECT_EQ(wide.height_px, 32);
  for (const float value : wide.values) ASSERT_NEAR(value, 10, kRounding);
  const DepthMap high = infer(**loaded, plain({.width_px = 1, .height_px = 999}, kGreen));
  EXPECT_EQ(high.width_px, 32);
  EXPECT_EQ(high.height_px, 128);
}

TEST_F(OnnxDepthModelTest, ColorsAreNormalized) {
  const DepthMap map =
      infer({}, plain(kFormat, kWhite), {.mean = {0.5F, 1, 0}, .deviation = {0.5F, 0.1F, 2}});
  EXPECT_NEAR(map.values.front(), 1 + 10 * 0 + 100 * 0.5, 1e-3);
}

TEST_F(OnnxDepthModelTest, EachKindOfOutputBecomesInverseDepth) {
  const VideoFrame frame = red_and_blue();
  EXPECT_NEAR(infer({}, frame, {.output = DepthOutput::RelativeDepth}).values.back(), -100,
              kRounding);
  const DepthMap metric = infer({}, frame, {.output = DepthOutput::MetricDepth});
  EXPECT_NEAR(1 / metric.values.front(), 1, kRounding);
  EXPECT_NEAR(1 / metric.values.back(), 100, kRounding);
}

TEST_F(OnnxDepthModelTest, WhatIsNoDistanceIsNotFinite) {
  const OnnxDepthOptions metric{.output = DepthOutput::MetricDepth};
  for (const float value : infer({}, plain(kFormat, kBlack), metric).values) {
    ASSERT_TRUE(std::isnan(value));
  }
  ASSERT_TRUE(std::isnan(infer({.then = "Neg"}, plain(kFormat, kWhite), metric).values.front()));
  // The logarithm of 0, and of what is below.
  EXPECT_TRUE(std::isinf(infer({.then = "Log"}, plain(kFormat, kBlack)).values.front()));
  const OnnxDepthOptions below{.mean = {1, 1, 1}};
  EXPECT_TRUE(std::isnan(infer({.then = "Log"}, plain(kFormat, kBlack), below).values.front()));
}

void expect_grey_steps(DepthNetwork& network, std::size_t count) {
  std::vector<VideoFrame> frames;
  for (std::size_t i = 0; i < count; ++i) {
    frames.push_back(plain({.width_px = 32, .height_px = 16, .range = ColorRange::Full},
                           {static_cast<int>(51 * i), 128, 128}));
  }
  std::vector<DepthMap> maps(count);
  const auto done = network.infer(frames, maps);
  ASSERT_TRUE(done) << done.error().message;
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(maps[i].values.size(), 32U * 16);
    EXPECT_NEAR(maps[i].values.back(), 111 * 0.2 * static_cast<double>(i), 0.01) << i;
  }
}

TEST_F(OnnxDepthModelTest, PicturesGoInTogetherAndComeOutInOrder) {
  const auto loaded =
      load(graph_of({.input = {-1, 3, 16, 32}, .output = {-1, 1, 16, 32}}), {.batch = 2});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)->batch(), 2U);
  for (std::size_t count = 1; count <= 5; ++count) expect_grey_steps(**loaded, count);
}

TEST_F(OnnxDepthModelTest, AModelsOwnBatchIsKept) {
  const auto three = load(graph_of({.input = {3, 3, 16, 32}, .output = {3, 1, 16, 32}}));
  ASSERT_TRUE(three) << three.error().message;
  EXPECT_EQ((*three)->batch(), 3U);
  for (std::size_t count = 1; count <= 5; ++count) expect_grey_steps(**three, count);
  const auto one = load(graph_of({}), {.batch = 4});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ((*one)->batch(), 1U);
  expect_grey_steps(**one, 3);
}

TEST_F(OnnxDepthModelTest, NetworksOfOneModelRunInParallel) {
  file_.emplace(model_bytes(graph_of({})));
  const auto model = OnnxDepthModel::load({.model = file_->path(), .threads = 2});
  ASSERT_TRUE(model) << model.error().message;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([network = std::shared_ptr(model->network())] {
      for (int round = 0; round < 20; ++round) expect_grey_steps(*network, 3);
    });
  }
}

TEST_F(OnnxDepthModelTest, ANetworkOutlivesItsModel) {
  std::unique_ptr<DepthNetwork> network;
  {
    auto loaded = load(graph_of({}));
    ASSERT_TRUE(loaded);
    network = *std::move(loaded);
  }
  expect_red_and_blue(infer(*network, red_and_blue()), 1);
}

void expect_refused(const Result<std::unique_ptr<DepthNetwork>>& loaded, ErrorCode code,
                    const std::vector<std::string>& mentions) {
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, code) << loaded.error().message;
  for (const std::string& text : mentions) {
    EXPECT_NE(loaded.error().message.find(text), std::string::npos)
        << "'" << text << "' in: " << loaded.error().message;
  }
}

TEST_F(OnnxDepthModelTest, AModelOfOtherFormNamesWhatItHasAndWhatIsNeeded) {
  const std::string needed = "[N,3,H,W] or [N,H,W,3] as float32, float16 or uint8";
  Graph graph = graph_of({});
  graph.inputs.push_back({"scale", Element::Float32, {1}});
  expect_refused(load(graph), ErrorCode::Unsupported,
                 {"'image' float32 [1,3,16,32], 'scale' float32 [1]", needed});

  const Graph four{{{"x", Element::Float32, {1, 4, 8, 8}}},
                   {{"y", Element::Float32, {1, 4, 8, 8}}},
                   {{"Neg", {"x"}, "y"}}};
  expect_refused(load(four), ErrorCode::Unsupported, {"'x' float32 [1,4,8,8]", needed});
  const Graph flat{{{"x", Element::Float32, {3, 8, 8}}},
                   {{"y", Element::Float32, {3, 8, 8}}},
                   {{"Neg", {"x"}, "y"}}};
  expect_refused(load(flat), ErrorCode::Unsupported, {"'x' float32 [3,8,8]", needed});
  const Graph doubles{{{"x", Element::Float64, {1, 3, 8, 8}}},
                      {{"y", Element::Float64, {1, 3, 8, 8}}},
                      {{"Neg", {"x"}, "y"}}};
  expect_refused(load(doubles), ErrorCode::Unsupported, {"'x' of another type [1,3,8,8]", needed});
  const Graph colors{{{"x", Element::Float32, {1, 3, 8, 8}}},
                     {{"y", Element::Float32, {1, 3, 8, 8}}},
                     {{"Neg", {"x"}, "y"}}};
  expect_refused(load(colors), ErrorCode::Unsupported,
                 {"'y' float32 [1,3,8,8]", "[N,H,W], [N,1,H,W], [N,H,W,1] or [H,W]"});
}

// Takes pictures of any size, and then can work with one only.
Graph picky(std::int64_t height, std::int64_t width) {
  Graph graph = graph_of({.input = {1, 3, -1, -1}, .output = {1, 1, -1, -1}});
  graph.constants.push_back({"of_one_size",
                             {1, 1, height, width},
                             std::vector<float>(static_cast<std::size_t>(height * width), 1)});
  graph.nodes.back().output = "weighed";
  graph.nodes.push_back({"Add", {"weighed", "of_one_size"}, "depth"});
  return graph;
}

TEST_F(OnnxDepthModelTest, WhatAModelRefusesAtWorkIsTold) {
  testing::RecordingLogger logger;
  const auto loaded = load(picky(32, 64), {.short_side_px = 32}, {.logger = &logger});
  ASSERT_TRUE(loaded) << loaded.error().message;
  const VideoFrame frame = plain({.width_px = 32, .height_px = 64}, kRed);
  DepthMap map;
  const auto done = (*loaded)->infer({&frame, 1}, {&map, 1});
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("frames of 32x64"), std::string::npos)
      << done.error().message;
  EXPECT_EQ(done.error().domain, "onnxruntime");
  EXPECT_GE(logger.count(LogLevel::Error), 1U);
}

TEST_F(OnnxDepthModelTest, WhatCannotWorkIsRefusedBeforeAnyPictureComes) {
  testing::RecordingLogger logger;
  expect_refused(load(picky(16, 16), {.short_side_px = 32}, {.logger = &logger}),
                 ErrorCode::Internal, {"tried with a grey frame", "multiples of 32", "64x32"});
}

TEST_F(OnnxDepthModelTest, TheRuntimesWarningsGoToTheLogger) {
  Graph graph = graph_of({});
  graph.constants.push_back({"idle_constant", {1}, {1}});
  testing::RecordingLogger logger;
  ASSERT_TRUE(load(graph, {}, {.logger = &logger}));
  EXPECT_TRUE(logger.mentions("idle_constant"));
}

TEST_F(OnnxDepthModelTest, PicturesOfTenBitsAreRefused) {
  const auto loaded = load(graph_of({}));
  ASSERT_TRUE(loaded);
  VideoFrame frame = plain(kFormat, kRed);
  frame.format.pixel_format = PixelFormat::I420P10;
  DepthMap map;
  const auto done = (*loaded)->infer({&frame, 1}, {&map, 1});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Unsupported);
}

ErrorCode code_of_file(const std::filesystem::path& path) {
  const auto model = OnnxDepthModel::load({.model = path});
  if (model) return ErrorCode::AlreadyExists;  // no error of load()
  EXPECT_NE(model.error().message.find(path.string()), std::string::npos);
  return model.error().code;
}

TEST(OnnxDepthModelFiles, WhatIsNoModelIsToldApart) {
  EXPECT_EQ(code_of_file("/no/such/model.onnx"), ErrorCode::NotFound);
  EXPECT_EQ(code_of_file(std::filesystem::temp_directory_path()), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of_file(TemporaryFile("").path()), ErrorCode::CorruptData);
  EXPECT_EQ(code_of_file(TemporaryFile(std::string(5000, '?')).path()), ErrorCode::CorruptData);
}

TEST(OnnxDepthModelFiles, EveryTruncationIsRefused) {
  const std::string whole = model_bytes(graph_of({}));
  int refused = 0;
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += 3) {
    const TemporaryFile part(whole.substr(0, bytes));
    if (!OnnxDepthModel::load({.model = part.path()})) ++refused;
  }
  EXPECT_EQ(refused, static_cast<int>((whole.size() + 2) / 3));
}

TEST(OnnxDepthModelFiles, ADamagedModelGivesDepthOrAnError) {
  const std::string whole = model_bytes(graph_of({}));
  const VideoFrame frame = plain({.width_px = 16, .height_px = 16}, kRed);
  int loaded = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    const TemporaryFile file(damaged);
    const auto model = OnnxDepthModel::load({.model = file.path(), .threads = 1});
    if (!model) continue;
    ++loaded;
    DepthMap map;
    if (!model->network()->infer({&frame, 1}, {&map, 1})) continue;
    EXPECT_EQ(map.values.size(), static_cast<std::size_t>(map.width_px * map.height_px));
  }
  EXPECT_LT(loaded, static_cast<int>(whole.size()));
}

TEST(OnnxDepthModelFiles, AHugeFileIsRefusedUnread) {
  const TemporaryFile file("x");
  std::error_code failure;
  std::filesystem::resize_file(file.path(), std::uintmax_t{5} << 30, failure);
  if (failure) GTEST_SKIP() << "no room for a sparse file: " << failure.message();
  EXPECT_EQ(code_of_file(file.path()), ErrorCode::Unsupported);
}

TEST_F(OnnxDepthModelTest, ProvidersAreKnownByName) {
  expect_refused(load(graph_of({}), {.provider = "abacus"}), ErrorCode::InvalidArgument,
                 {"'abacus'", "cpu, cuda, tensorrt, coreml, directml"});
  // No runtime has both: DirectML is of Windows, CoreML of macOS.
  const auto directml = load(graph_of({}), {.provider = "directml"});
  const auto coreml = load(graph_of({}), {.provider = "coreml"});
  EXPECT_TRUE(!directml || !coreml);
  expect_refused(directml ? load(graph_of({}), {.provider = "coreml"})
                          : load(graph_of({}), {.provider = "directml"}),
                 ErrorCode::Unsupported, {"it has cpu"});
}

TEST_F(OnnxDepthModelTest, OptionsOutOfRangeAreNamed) {
  expect_refused(load(graph_of({}), {.short_side_px = 8}), ErrorCode::InvalidArgument,
                 {"short_side_px 8 is not from 16 to 4096"});
  expect_refused(load(graph_of({}), {.multiple_px = 0}), ErrorCode::InvalidArgument,
                 {"multiple_px"});
  expect_refused(load(graph_of({}), {.batch = 0}), ErrorCode::InvalidArgument, {"batch"});
  expect_refused(load(graph_of({}), {.threads = -1}), ErrorCode::InvalidArgument, {"threads"});
  expect_refused(load(graph_of({}), {.deviation = {1, 0, 1}}), ErrorCode::InvalidArgument,
                 {"deviation"});
}

TEST(OnnxDepthPresets, EachNameHasOptions) {
  for (const std::string_view name : onnx_depth_preset_names()) {
    const auto preset = onnx_depth_preset(name);
    ASSERT_TRUE(preset) << name;
    EXPECT_TRUE(preset->model.empty());
    EXPECT_EQ(preset->short_side_px % preset->multiple_px, 0) << name;
  }
  EXPECT_FALSE(onnx_depth_preset("crystal_ball"));
  EXPECT_EQ(onnx_depth_preset("depth_anything")->multiple_px, 14);
  EXPECT_EQ(onnx_depth_preset("zoe_depth")->output, DepthOutput::MetricDepth);
}

// A network that was trained, where the data is at hand.
std::filesystem::path real_model(const char* name) {
  const char* data = std::getenv("STREAMKIT_TEST_DATA");
  return data == nullptr ? "" : std::filesystem::path(data) / "depth" / name;
}

// A tiled floor up to the horizon, a wall above.
VideoFrame room(const VideoFormat& format) {
  return picture(format, [&](int x, int y) -> Yuv {
    const double below = (y - 0.4 * format.height_px) / format.height_px;
    if (below <= 0) return {200, 120, 135};
    const int row = static_cast<int>(0.8 / below);
    const int column = static_cast<int>(std::floor((x - 0.5 * format.width_px) / (60 * below)));
    return {(row + column) % 2 == 0 ? 60 : 150, 125, 130};
  });
}

double mean_of_rows(const DepthMap& map, int begin, int end) {
  double sum = 0;
  for (int i = begin * map.width_px; i < end * map.width_px; ++i) {
    sum += map.values[static_cast<std::size_t>(i)];
  }
  return sum / ((end - begin) * map.width_px);
}

TEST(OnnxDepthModelReal, FastDepthSeesTheFloorInFrontNearer) {
  const auto path = real_model("fastdepth_7_dyn.onnx");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no STREAMKIT_TEST_DATA/depth";
  OnnxDepthOptions options = *onnx_depth_preset("fast_depth");
  options.model = path;
  const auto model = OnnxDepthModel::load(options);
  ASSERT_TRUE(model) << model.error().message;
  const VideoFrame frame = room({.width_px = 640, .height_px = 360});
  DepthMap map;
  const auto done = model->network()->infer({&frame, 1}, {&map, 1});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(map.width_px, 384);
  EXPECT_EQ(map.height_px, 224);
  for (const float value : map.values) ASSERT_TRUE(std::isfinite(value));
  EXPECT_GT(mean_of_rows(map, 200, 224), 1.2 * mean_of_rows(map, 80, 100));
}

TEST(OnnxDepthModelReal, FastDepthOfFixedAndFreeSizeAgree) {
  const VideoFrame frame = room({.width_px = 300, .height_px = 300});
  DepthMap maps[2];
  int at = 0;
  for (const char* name : {"fastdepth_7.onnx", "fastdepth_7_dyn.onnx"}) {
    OnnxDepthOptions options = *onnx_depth_preset("fast_depth");
    options.model = real_model(name);
    if (!std::filesystem::exists(options.model)) GTEST_SKIP() << "no STREAMKIT_TEST_DATA/depth";
    const auto model = OnnxDepthModel::load(options);
    ASSERT_TRUE(model) << model.error().message;
    ASSERT_TRUE(model->network()->infer({&frame, 1}, {&maps[at++], 1}));
  }
  ASSERT_EQ(maps[0].values.size(), 224U * 224);
  ASSERT_EQ(maps[1].values.size(), 224U * 224);
  for (std::size_t i = 0; i < maps[0].values.size(); ++i) {
    ASSERT_NEAR(maps[0].values[i], maps[1].values[i], 1e-3);
  }
}

}  // namespace
}  // namespace streamkit::onnx
