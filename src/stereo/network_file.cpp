#include "stereo/network_file.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace streamkit::stereo {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {'S', 'K', 'D', 'N'};
constexpr int kVersion = 1;
// A picture's sides are multiples of 32, which five levels halve to 1.
constexpr int kMostLevels = 5;
constexpr int kMostChannels = 256;
constexpr int kMostResiduals = 16;
constexpr int kMostContexts = 8;
constexpr int kMostExponent = 24;
constexpr int kMostShift = 24;
constexpr std::int64_t kSumLimit = std::int64_t{1} << 31;

Error corrupt(const std::string& what) { return {ErrorCode::CorruptData, what}; }

// Little-endian numbers. Zeros come after the end, which is noted.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  // Empty where fewer are left.
  std::span<const std::uint8_t> take(std::size_t size) {
    cut_off_ = cut_off_ || size > bytes_.size();
    const auto some = bytes_.first(cut_off_ ? 0 : size);
    bytes_ = bytes_.subspan(some.size());
    return some;
  }
  // Of 4 bytes with a sign.
  std::int32_t number(std::size_t size) {
    std::uint32_t value = 0;
    const auto some = take(size);
    for (std::size_t i = 0; i < some.size(); ++i) value |= std::uint32_t{some[i]} << 8 * i;
    return static_cast<std::int32_t>(value);
  }
  int exponent() { return static_cast<std::int8_t>(number(1)); }
  [[nodiscard]] bool cut_off() const { return cut_off_; }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  std::span<const std::uint8_t> bytes_;
  bool cut_off_ = false;
};

Result<void> read_header(Reader& reader, NetworkData& network) {
  if (!std::ranges::equal(reader.take(kMagic.size()), kMagic)) {
    return corrupt("does not begin with SKDN");
  }
  const int version = reader.number(2);
  const int levels = reader.number(2);
  if (reader.cut_off()) return corrupt("cut off in its header");
  if (version != kVersion) {
    return Error{ErrorCode::Unsupported, "unknown version " + std::to_string(version)};
  }
  if (levels < 1 || levels > kMostLevels) return corrupt("the number of levels is not 1 to 5");
  bool fits = true;
  for (int i = 0; i < levels; ++i) {
    LevelData& level = network.levels.emplace_back();
    level = {reader.number(2), reader.number(1), reader.exponent()};
    fits = fits && level.channels >= 1 && level.channels <= kMostChannels &&
           level.residuals <= kMostResiduals && std::abs(level.exponent) <= kMostExponent;
  }
  network.contexts = reader.number(1);
  network.decoder_residuals = reader.number(1);
  if (reader.cut_off()) return corrupt("cut off in its header");
  if (!fits || network.contexts > kMostContexts || network.decoder_residuals > kMostResiduals) {
    return corrupt("a number of its header is out of range");
  }
  return {};
}

// What a layer has to be for the header.
struct Expected {
  int side, stride, in, out;
  std::optional<int> in_exponent;   // without: that of the layer before
  std::optional<int> out_exponent;  // without: any
};

std::vector<Expected> expected_layers(const NetworkData& network) {
  const auto& levels = network.levels;
  std::vector<Expected> all;
  const auto add_pairs = [&all](int count, int side, const LevelData& level) {
    for (; count > 0; --count) {
      all.push_back({side, 1, level.channels, level.channels, level.exponent, {}});
      all.push_back({side, 1, level.channels, level.channels, {}, level.exponent});
    }
  };
  LevelData above{kInputChannels, 0, kInputExponent};
  for (const LevelData& level : levels) {
    all.push_back({3, 2, above.channels, level.channels, above.exponent, level.exponent});
    add_pairs(level.residuals, 3, level);
    above = level;
  }
  add_pairs(network.contexts, 1, levels.back());
  for (std::size_t i = levels.size() - 1; i-- > 0;) {
    const LevelData& below = levels[i + 1];
    all.push_back({1, 1, below.channels, levels[i].channels, below.exponent, levels[i].exponent});
    add_pairs(network.decoder_residuals, 3, levels[i]);
  }
  all.push_back({3, 1, levels[0].channels, 1, levels[0].exponent, {}});
  return all;
}

Result<void> check_output(const LayerData& layer, std::size_t out) {
  const int shift = layer.shifts[out];
  if (shift < 1 || shift > kMostShift) return corrupt("a shift is not 1 to 24");
  const std::size_t count = layer.weights.size() / layer.shifts.size();
  std::int64_t most = std::abs(std::int64_t{layer.biases[out]}) + (std::int64_t{1} << (shift - 1));
  for (const std::int8_t weight : std::span(layer.weights).subspan(out * count, count)) {
    if (weight == -128) return corrupt("a weight is -128");
    most += std::int64_t{kMostActivation} * std::abs(int{weight});
  }
  if (most >= kSumLimit) return corrupt("a sum can overflow");
  return {};
}

Result<LayerData> read_layer(Reader& reader, const Expected& expected, int exponent_before) {
  LayerData layer;
  layer.side = reader.number(1);
  layer.stride = reader.number(1);
  layer.in = reader.number(2);
  layer.out = reader.number(2);
  layer.in_exponent = reader.exponent();
  layer.out_exponent = reader.exponent();
  if (reader.cut_off()) return corrupt("cut off");
  if (layer.side != expected.side || layer.stride != expected.stride || layer.in != expected.in ||
      layer.out != expected.out) {
    return corrupt("a convolution's shape does not fit the header");
  }
  if (layer.in_exponent != expected.in_exponent.value_or(exponent_before) ||
      layer.out_exponent != expected.out_exponent.value_or(layer.out_exponent) ||
      std::abs(layer.out_exponent) > kMostExponent) {
    return corrupt("a convolution's exponents do not fit the others");
  }
  const auto outs = static_cast<std::size_t>(layer.out);
  for (const std::uint8_t scale : reader.take(outs)) {
    layer.shifts.push_back(layer.in_exponent + static_cast<std::int8_t>(scale) -
                           layer.out_exponent);
  }
  for (std::size_t i = 0; i < outs; ++i) layer.biases.push_back(reader.number(4));
  const auto weights =
      reader.take(outs * static_cast<std::size_t>(layer.in * layer.side * layer.side));
  if (reader.cut_off()) return corrupt("cut off");
  layer.weights.assign(weights.begin(), weights.end());
  for (std::size_t i = 0; i < outs; ++i) {
    if (auto fits = check_output(layer, i); !fits) return fits.error();
  }
  return layer;
}

}  // namespace

Result<NetworkData> read_network(std::span<const std::uint8_t> file) {
  Reader reader(file);
  NetworkData network;
  if (auto read = read_header(reader, network); !read) return read.error();
  int exponent = kInputExponent;
  for (const Expected& expected : expected_layers(network)) {
    auto layer = read_layer(reader, expected, exponent);
    if (!layer) {
      return layer.error().with_context("convolution " + std::to_string(network.layers.size()));
    }
    exponent = layer->out_exponent;
    network.layers.push_back(*std::move(layer));
  }
  if (!reader.at_end()) return corrupt("bytes after its end");
  return network;
}

}  // namespace streamkit::stereo
