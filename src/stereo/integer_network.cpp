#include "stereo/integer_network.hpp"

#include <cassert>

namespace streamkit::stereo {

Result<std::unique_ptr<IntegerNetwork>> IntegerNetwork::read(std::span<const std::uint8_t> file) {
  const auto data = read_network(file);
  if (!data) return data.error().with_context("depth network");
  return std::unique_ptr<IntegerNetwork>(new IntegerNetwork(*data));
}

IntegerNetwork::IntegerNetwork(const NetworkData& data)
    : contexts_(data.contexts),
      decoder_residuals_(data.decoder_residuals),
      output_exponent_(data.layers.back().out_exponent),
      layers_(data.layers.begin(), data.layers.end()) {
  for (const LevelData& level : data.levels) levels_.push_back({level, {}, {}, {}});
}

void IntegerNetwork::add_residuals(int count, std::size_t level) {
  for (int i = 0; i < count; ++i) {
    layers_[next_++].run(levels_[level].kept, levels_[level].middle, Ending::Relu);
    layers_[next_++].run(levels_[level].middle, levels_[level].kept, Ending::AddRelu);
  }
}

void IntegerNetwork::add_contexts() {
  Level& last = levels_.back();
  for (int i = 0; i < contexts_; ++i) {
    channel_means(last.kept, last.data.channels, means_);
    layers_[next_++].run(means_, hidden_, Ending::Relu);
    layers_[next_++].run(hidden_, context_, Ending::Linear);
    add_everywhere(context_, last.kept);
  }
}

const FeatureMap& IntegerNetwork::run(const ColorPicture& picture) {
  assert(picture.width % kNetworkMultiple == 0 && picture.height % kNetworkMultiple == 0);
  assert(picture.width <= kMostNetworkSide && picture.height <= kMostNetworkSide);
  next_ = 0;
  normalize_picture(picture, input_);
  const FeatureMap* above = &input_;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    layers_[next_++].run(*above, levels_[i].kept, Ending::Relu);
    add_residuals(levels_[i].data.residuals, i);
    above = &levels_[i].kept;
  }
  add_contexts();
  for (std::size_t i = levels_.size() - 1; i-- > 0;) {
    Level& below = levels_[i + 1];
    layers_[next_++].run(below.kept, below.narrow, Ending::Linear);
    upsampling_.add(below.narrow, levels_[i].kept);
    add_residuals(decoder_residuals_, i);
  }
  layers_[next_++].run(levels_[0].kept, output_, Ending::Linear);
  return output_;
}

}  // namespace streamkit::stereo
