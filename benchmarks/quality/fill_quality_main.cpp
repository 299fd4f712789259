// Measures how what the source hides is filled in motion: rendered layers of exact depth, both eyes
// against their true views, beside two plain fills of the same pixels.
//   fill_quality [DIVERGENCE]
// Exit status 1 where hidden pixels are filled worse, or less steadily, than by stretching.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>

#include "quality/fill_quality.hpp"

namespace {

using namespace streamkit;
using namespace streamkit::quality;

constexpr int kWidth = 480;
constexpr int kHeight = 270;
constexpr int kPictures = 24;
constexpr LayeredScene kScenes[] = {{"things move", 3.3, 0, 0},
                                    {"camera pans", 0, 2.1, 0},
                                    {"all still, noise", 0, 0, 3},
                                    {"things move, noise", 3.3, 0, 3}};

VideoFrame frame_of(const GreyPicture& picture) {
  static FramePool pool;
  VideoFormat format{.width_px = picture.width_px, .height_px = picture.height_px};
  format.range = ColorRange::Full;
  WritableFrame frame = pool.acquire(format);
  for (int y = 0; y < picture.height_px; ++y) {
    std::memcpy(frame.plane(0).row(y), picture.values.data() + y * picture.width_px,
                static_cast<std::size_t>(picture.width_px));
  }
  for (const int i : {1, 2}) {
    const WritablePlane& plane = frame.plane(i);
    for (int y = 0; y < plane.height_px; ++y) {
      std::memset(plane.row(y), 128, static_cast<std::size_t>(plane.width_px));
    }
  }
  return std::move(frame).publish(MediaTime{0}, MediaTime{1});
}

// The left or the right half of a side-by-side picture.
GreyPicture half_of(const VideoFrame& packed, bool right) {
  const VideoPlane& luma = packed.planes[0];
  GreyPicture view{luma.width_px / 2, luma.height_px, {}};
  for (int y = 0; y < luma.height_px; ++y) {
    const std::uint8_t* row = luma.row(y) + (right ? view.width_px : 0);
    view.values.insert(view.values.end(), row, row + view.width_px);
  }
  return view;
}

struct Scorers {
  FillScorer fill{Seen::Hidden};
  FillScorer stretched{Seen::Hidden};
  FillScorer constant{Seen::Hidden};
  FillScorer border{Seen::Beyond};
  FillScorer stretched_border{Seen::Beyond};
  FillScorer shown{Seen::Both};
};

Result<void> score_scene(const LayeredScene& scene, double divergence, Scorers (&eyes)[2]) {
  // The depth's edges are exact but for the pixels that an edge runs through.
  auto renderer = stereo::ForwardWarpRenderer::create(
      {.divergence = divergence, .edge_dilation_x_px = 1, .edge_dilation_y_px = 0});
  if (!renderer) return renderer.error();
  const double scale = divergence / 100 * kWidth / 2;
  DepthMap depth;
  std::vector<Seen> seen;
  for (int i = 0; i < kPictures; ++i) {
    const GreyPicture source = draw_source(scene, i, kWidth, kHeight, depth);
    const auto packed = (*renderer)->render(frame_of(source), depth);
    if (!packed) return packed.error();
    for (const bool right : {false, true}) {
      const double side = right ? -scale : scale;
      const GreyPicture real = draw_view(scene, i, kWidth, kHeight, (kWallDepth - 0.5) * side,
                                         (kThingDepth - 0.5) * side, seen);
      Scorers& eye = eyes[right ? 1 : 0];
      GreyPicture view = half_of(*packed, right);
      for (FillScorer* scorer : {&eye.fill, &eye.border, &eye.shown}) scorer->add(view, real, seen);
      // The left eye sees more of the wall at the left of what is near.
      const GreyPicture plain = stretch_wall(source, (kWallDepth - 0.5) * side, seen, !right);
      eye.stretched.add(plain, real, seen);
      eye.stretched_border.add(plain, real, seen);
      fill_with_mean(view, seen);
      eye.constant.add(view, real, seen);
    }
  }
  return {};
}

FillScore print(const char* what, const FillScorer& left, const FillScorer& right) {
  const FillScore a = left.score();
  const FillScore b = right.score();
  const FillScore mean{(a.psnr_db + b.psnr_db) / 2, (a.flicker + b.flicker) / 2,
                       (a.share + b.share) / 2};
  // Where no hidden pixel stays hidden for two pictures nothing can flicker.
  char flicker[16] = "-";
  if (!std::isnan(mean.flicker)) std::snprintf(flicker, sizeof flicker, "%.2f", mean.flicker);
  std::printf("  %-20s %8.2f dB %8s %9.2f %%\n", what, mean.psnr_db, flicker, 100 * mean.share);
  return mean;
}

}  // namespace

int main(int argc, char** argv) {
  const double divergence = argc > 1 ? std::atof(argv[1]) : 6;
  bool worse = false;
  std::printf("divergence %.1f          PSNR    flicker     share\n", divergence);
  for (const LayeredScene& scene : kScenes) {
    Scorers eyes[2];
    if (auto done = score_scene(scene, divergence, eyes); !done) {
      std::cerr << "fill_quality: " << done.error().message << "\n";
      return 1;
    }
    std::printf("%.*s\n", static_cast<int>(scene.name.size()), scene.name.data());
    const FillScore fill = print("hidden", eyes[0].fill, eyes[1].fill);
    const FillScore plain = print("  stretched", eyes[0].stretched, eyes[1].stretched);
    worse = worse || fill.psnr_db < plain.psnr_db || fill.flicker > plain.flicker;
    print("  one colour", eyes[0].constant, eyes[1].constant);
    print("beyond the edge", eyes[0].border, eyes[1].border);
    print("  stretched", eyes[0].stretched_border, eyes[1].stretched_border);
    print("shown", eyes[0].shown, eyes[1].shown);
  }
  return worse ? 1 : 0;
}
