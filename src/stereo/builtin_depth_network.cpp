#include <algorithm>
#include <cmath>
#include <streamkit/stereo/builtin_depth_network.hpp>
#include <string>
#include <utility>
#include <vector>

#include "stereo/black_bars.hpp"
#include "stereo/frame_colors.hpp"
#include "stereo/integer_network.hpp"
#include "stereo/own_depth.hpp"
#include "stereo/plane_filters.hpp"

namespace streamkit::stereo {
namespace {

constexpr int kMostShortSide = 1024;
// Of a depth map whose frame is nearly all bars.
constexpr int kMostMapSide = 4096;

int longer_side(int short_side, int shorter, int longer) {
  const std::int64_t multiples =
      (std::int64_t{2} * short_side * longer + std::int64_t{kNetworkMultiple} * shorter) /
      (std::int64_t{2} * kNetworkMultiple * shorter);
  return static_cast<int>(
      std::clamp<std::int64_t>(multiples * kNetworkMultiple, short_side, kMostNetworkSide));
}

void set_size(const FrameArea& area, int short_side, ColorPicture& picture) {
  picture.width = picture.height = short_side;
  if (area.width > area.height) {
    picture.width = longer_side(short_side, area.height, area.width);
  } else {
    picture.height = longer_side(short_side, area.width, area.height);
  }
}

// Where a place of the frame's map is in the network's, between two of its values.
struct Place {
  bool inside = false;
  int first = 0;
  int second = 0;
  float share = 0;  // of the second
};

// All places along a side of `frame` pixels, of which those from `begin` on, `length` of them, are
// covered by `values` of the network.
std::vector<Place> places(int frame, int begin, int length, int values) {
  constexpr int kSteps = 256;
  const std::int64_t wanted = (std::int64_t{values} * frame + length / 2) / length;
  const int count = static_cast<int>(std::clamp<std::int64_t>(wanted, 1, kMostMapSide));
  std::vector<Place> all(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    // In pixels times twice the count.
    const std::int64_t middle = std::int64_t{2 * i + 1} * frame - std::int64_t{2} * begin * count;
    const std::int64_t whole = std::int64_t{2} * length * count;
    if (middle < 0 || middle > whole) continue;
    const std::int64_t at = middle * values * kSteps / whole - kSteps / 2;
    const int steps =
        static_cast<int>(std::clamp<std::int64_t>(at, 0, std::int64_t{values - 1} * kSteps));
    const int first = steps / kSteps;
    all[static_cast<std::size_t>(i)] = {true, first, std::min(first + 1, values - 1),
                                        static_cast<float>(steps % kSteps) / kSteps};
  }
  return all;
}

float median(std::vector<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

float between(float first, float second, float share) { return first + (second - first) * share; }

// Puts the depth of `area` where it is in the frame.
void write_map(const Grid& seen, const FrameArea& area, const VideoFormat& format,
               DepthMap& depth) {
  const auto columns = places(format.width_px, area.left, area.width, seen.width);
  const auto rows = places(format.height_px, area.top, area.height, seen.height);
  depth.width_px = static_cast<int>(columns.size());
  depth.height_px = static_cast<int>(rows.size());
  depth.values.assign(columns.size() * rows.size(), median(seen.values));
  float* to = depth.values.data();
  for (const Place& row : rows) {
    const float* above = seen.row(row.first);
    const float* below = seen.row(row.second);
    for (const Place& column : columns) {
      if (row.inside && column.inside) {
        const float top = between(above[column.first], above[column.second], column.share);
        const float bottom = between(below[column.first], below[column.second], column.share);
        *to = between(top, bottom, row.share);
      }
      ++to;
    }
  }
}

}  // namespace

struct BuiltinDepthNetwork::State {
  State(BuiltinDepthOptions chosen, std::unique_ptr<IntegerNetwork> read)
      : options(chosen), network(std::move(read)) {}

  const BuiltinDepthOptions options;
  const std::unique_ptr<IntegerNetwork> network;
  FrameColors colors;
  ColorPicture picture;
  Grid seen;

  void infer(const VideoFrame& frame, DepthMap& depth) {
    const FrameArea area = area_within_bars(frame);
    set_size(area, options.short_side_px, picture);
    colors.read(frame, area, picture);
    const FeatureMap& map = network->run(picture);
    const float scale = std::ldexp(1.0F, -network->output_exponent());
    seen.resize(map.width(), map.height());
    for (int y = 0; y < map.height(); ++y) {
      for (int x = 0; x < map.width(); ++x) {
        seen.row(y)[x] = static_cast<float>(*map.at(x, y)) * scale;
      }
    }
    write_map(seen, area, frame.format, depth);
  }
};

BuiltinDepthNetwork::BuiltinDepthNetwork(std::unique_ptr<State> state) : state_(std::move(state)) {}
BuiltinDepthNetwork::~BuiltinDepthNetwork() = default;

Result<std::unique_ptr<BuiltinDepthNetwork>> BuiltinDepthNetwork::create(
    BuiltinDepthOptions options) {
  return create(own_depth_file(), options);
}

Result<std::unique_ptr<BuiltinDepthNetwork>> BuiltinDepthNetwork::create(
    std::span<const std::uint8_t> file, BuiltinDepthOptions options) {
  const int side = options.short_side_px;
  if (side < kNetworkMultiple || side > kMostShortSide || side % kNetworkMultiple != 0) {
    return Error{ErrorCode::InvalidArgument, "short_side_px must be a multiple of " +
                                                 std::to_string(kNetworkMultiple) + " up to " +
                                                 std::to_string(kMostShortSide)};
  }
  auto network = IntegerNetwork::read(file);
  if (!network) return network.error();
  return std::unique_ptr<BuiltinDepthNetwork>(
      new BuiltinDepthNetwork(std::make_unique<State>(options, *std::move(network))));
}

Result<void> BuiltinDepthNetwork::infer(std::span<const VideoFrame> frames,
                                        std::span<DepthMap> depths) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].format.pixel_format != PixelFormat::I420) {
      return Error{ErrorCode::Unsupported, "depth needs 8-bit 4:2:0 frames"};
    }
    state_->infer(frames[i], depths[i]);
  }
  return {};
}

}  // namespace streamkit::stereo
