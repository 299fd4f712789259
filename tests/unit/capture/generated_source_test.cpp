#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <string>
#include <thread>
#include <tuple>
#include <variant>
#include <vector>

namespace streamkit::capture {
namespace {

using namespace std::chrono_literals;
using testing::FakeClock;
using testing::FakeWait;

GeneratedSourceOptions small_options() {
  GeneratedSourceOptions options;
  options.width_px = 320;
  options.height_px = 180;
  options.pacing = Pacing::AsFastAsPossible;
  return options;
}

std::unique_ptr<GeneratedSource> open(const GeneratedSourceOptions& options, Context context = {}) {
  auto source = GeneratedSource::create(options, context);
  EXPECT_TRUE(source) << (source ? "" : source.error().message);
  return source ? std::move(*source) : nullptr;
}

struct Recording {
  std::vector<VideoFrame> pictures = {};
  std::vector<AudioFrame> sounds = {};
  /// In the order of reading.
  std::vector<MediaTime> timestamps = {};
};

// Reads to the end, or `items` at most.
Recording record(GeneratedSource& source, std::size_t items = 100'000) {
  Recording recording;
  for (std::size_t i = 0; i < items; ++i) {
    auto item = source.read({});
    EXPECT_TRUE(item);
    if (!item || std::holds_alternative<EndOfStream>(*item)) break;
    if (auto* picture = std::get_if<VideoFrame>(&*item)) {
      recording.timestamps.push_back(picture->pts);
      recording.pictures.push_back(*picture);
    } else {
      auto& sound = std::get<AudioFrame>(*item);
      recording.timestamps.push_back(sound.pts);
      recording.sounds.push_back(std::move(sound));
    }
  }
  return recording;
}

std::vector<float> left_channel(const Recording& recording) {
  std::vector<float> samples;
  for (const AudioFrame& sound : recording.sounds) {
    samples.insert(samples.end(), sound.samples.begin(),
                   sound.samples.begin() + sound.sample_count);
  }
  return samples;
}

bool same_pixels(const VideoFrame& a, const VideoFrame& b) {
  for (std::size_t p = 0; p < 3; ++p) {
    for (int y = 0; y < a.planes[p].height_px; ++y) {
      const auto width = static_cast<std::size_t>(a.planes[p].width_px);
      if (std::memcmp(a.planes[p].row(y), b.planes[p].row(y), width) != 0) return false;
    }
  }
  return true;
}

// A picture of our own with one value per luma pixel.
template <typename LumaAt>
VideoFrame make_picture(int width, int height, LumaAt luma) {
  auto pixels = std::make_shared<std::vector<std::uint8_t>>();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) pixels->push_back(static_cast<std::uint8_t>(luma(x, y)));
  }
  VideoFrame frame;
  frame.format.width_px = width;
  frame.format.height_px = height;
  frame.planes[0] = {pixels->data(), width, width, height};
  frame.storage = pixels;
  return frame;
}

float depth_of(const DepthMap& depth, int x, int y) {
  return depth.values[static_cast<std::size_t>(y * depth.width_px + x)];
}

TEST(GeneratedSource, GivesTheSameBytesEveryTime) {
  auto one = open(small_options());
  auto other = open(small_options());
  const Recording first = record(*one, 40);
  const Recording second = record(*other, 40);
  ASSERT_EQ(first.pictures.size(), second.pictures.size());
  ASSERT_GT(first.pictures.size(), 10u);
  for (std::size_t i = 0; i < first.pictures.size(); ++i) {
    EXPECT_TRUE(same_pixels(first.pictures[i], second.pictures[i])) << i;
  }
  EXPECT_EQ(left_channel(first), left_channel(second));
}

TEST(GeneratedSource, PaintsAnyPictureAlone) {
  auto source = open(small_options());
  const Recording recording = record(*source, 20);
  const VideoFrame& seventh = recording.pictures.at(7);
  EXPECT_TRUE(same_pixels(seventh, source->frame_at(7)));
  EXPECT_EQ(seventh.pts, source->frame_at(7).pts);
  EXPECT_FALSE(same_pixels(seventh, source->frame_at(8)));
}

TEST(GeneratedSource, AnotherSeedShowsAnotherScene) {
  GeneratedSourceOptions options = small_options();
  auto one = open(options);
  options.seed = 2;
  EXPECT_FALSE(same_pixels(one->frame_at(0), open(options)->frame_at(0)));
}

class GeneratedSourceRates : public ::testing::TestWithParam<FrameRate> {};

TEST_P(GeneratedSourceRates, TimestampsAreExactAndLeaveNoGap) {
  GeneratedSourceOptions options = small_options();
  options.frame_rate = GetParam();
  options.duration = 1s;
  auto source = open(options);
  const Recording recording = record(*source);
  ASSERT_FALSE(recording.pictures.empty());
  MediaTime end{0};
  for (std::size_t i = 0; i < recording.pictures.size(); ++i) {
    const VideoFrame& picture = recording.pictures[i];
    EXPECT_EQ(picture.pts, GetParam().time_of(static_cast<std::int64_t>(i)));
    EXPECT_EQ(picture.pts, end);
    EXPECT_EQ(picture.format, source->format().video);
    end = picture.pts + picture.duration;
  }
  EXPECT_GE(end, options.duration);
  EXPECT_LT(recording.pictures.back().pts, options.duration);
}

TEST_P(GeneratedSourceRates, TracksStayTogether) {
  GeneratedSourceOptions options = small_options();
  options.frame_rate = GetParam();
  options.duration = 1s;
  const Recording recording = record(*open(options));
  EXPECT_TRUE(std::is_sorted(recording.timestamps.begin(), recording.timestamps.end()));
  EXPECT_EQ(recording.pictures.front().pts, MediaTime{0});
  EXPECT_EQ(recording.sounds.front().pts, MediaTime{0});
}

INSTANTIATE_TEST_SUITE_P(Common, GeneratedSourceRates,
                         ::testing::Values(FrameRate{30, 1}, FrameRate{30000, 1001},
                                           FrameRate{24, 1}, FrameRate{60, 1}, FrameRate{7, 3}));

TEST(GeneratedSource, SoundLastsAsLongAsThePictures) {
  GeneratedSourceOptions options = small_options();
  options.frame_rate = {30000, 1001};
  options.duration = 1500ms;
  const Recording recording = record(*open(options));
  ASSERT_EQ(recording.pictures.size(), 45u);
  const MediaTime end = options.frame_rate.time_of(45);
  EXPECT_EQ(left_channel(recording).size(), static_cast<std::size_t>(to_ticks(end, 1, 48'000)));
  EXPECT_LT(recording.sounds.back().sample_count, 1024);
}

TEST(GeneratedSource, OnePictureIsTheShortestStream) {
  GeneratedSourceOptions options = small_options();
  options.duration = MediaTime{1};
  const Recording recording = record(*open(options));
  EXPECT_EQ(recording.pictures.size(), 1u);
  EXPECT_EQ(left_channel(recording).size(), 1600u);
}

TEST(GeneratedSource, SoundFollowsOnWithoutASeam) {
  GeneratedSourceOptions options = small_options();
  options.duration = 1s;
  const Recording recording = record(*open(options));
  std::int64_t samples = 0;
  for (const AudioFrame& sound : recording.sounds) {
    EXPECT_EQ(sound.pts, from_ticks(samples, 1, 48'000));
    EXPECT_EQ(sound.samples.size(), static_cast<std::size_t>(sound.sample_count) * 2);
    samples += sound.sample_count;
  }
  // After the blip has died away a chord of low voices can only move in small steps.
  const std::vector<float> left = left_channel(recording);
  for (std::size_t i = 10'000; i < left.size(); ++i) {
    ASSERT_LT(std::abs(left[i] - left[i - 1]), 0.01F) << i;
  }
}

TEST(GeneratedSource, ABlipBeginsWithEachSecond) {
  GeneratedSourceOptions options = small_options();
  options.duration = 2100ms;
  const std::vector<float> left = left_channel(record(*open(options)));
  const auto step = [&](std::size_t i) { return std::abs(left[i] - left[i - 1]); };
  EXPECT_GT(step(48'000), 0.08F);
  EXPECT_GT(step(96'000), 0.08F);
  EXPECT_LT(step(47'999), 0.01F);
  const auto [low, high] = std::minmax_element(left.begin(), left.end());
  EXPECT_GE(*low, -0.3F);
  EXPECT_LE(*high, 0.3F);
  EXPECT_GT(*high, 0.1F);
}

// Pictures for which the lamp in the corner display is lit.
std::vector<std::uint64_t> lit_pictures(GeneratedSource& source, std::uint64_t end) {
  std::vector<std::uint64_t> lit;
  for (std::uint64_t n = 0; n < end; ++n) {
    const VideoFrame frame = source.frame_at(n);
    // The lamp sits right of the digits, 17 blocks from the left and 3 from the top.
    const double block_px = frame.format.height_px / 45.0;
    const auto luma =
        frame.planes[0].row(static_cast<int>(3 * block_px))[static_cast<int>(17.1 * block_px)];
    if (luma > 150) lit.push_back(n);
  }
  return lit;
}

TEST(GeneratedSource, TheLampLightsForThreePicturesWithEachBlip) {
  auto source = open(small_options());
  EXPECT_EQ(lit_pictures(*source, 64),
            (std::vector<std::uint64_t>{0, 1, 2, 30, 31, 32, 60, 61, 62}));
}

TEST(GeneratedSource, TheLampFollowsTheBlipAtNtscRates) {
  GeneratedSourceOptions options = small_options();
  options.frame_rate = {30000, 1001};
  // Picture 29 is on display as the first second ends.
  EXPECT_EQ(lit_pictures(*open(options), 35), (std::vector<std::uint64_t>{0, 1, 2, 29, 30, 31}));
}

TEST(GeneratedSource, HonoursTheAudioFormat) {
  GeneratedSourceOptions options = small_options();
  options.audio = {44'100, 1};
  options.duration = 200ms;
  const Recording recording = record(*open(options));
  EXPECT_EQ(left_channel(recording).size(), 8820u);
  EXPECT_EQ(recording.sounds.front().format, options.audio);
  EXPECT_EQ(recording.sounds.front().samples.size(), 1024u);
}

TEST(GeneratedSource, EndsAgainAndAgain) {
  GeneratedSourceOptions options = small_options();
  options.duration = 50ms;
  auto source = open(options);
  record(*source);
  for (int i = 0; i < 3; ++i) {
    const auto item = source->read({});
    ASSERT_TRUE(item);
    EXPECT_TRUE(std::holds_alternative<EndOfStream>(*item));
  }
}

TEST(GeneratedSource, RefusesWhatItCannotPaint) {
  const auto refused = [](auto change) {
    GeneratedSourceOptions options = small_options();
    change(options);
    const auto source = GeneratedSource::create(options);
    if (source) return std::string("accepted");
    EXPECT_EQ(source.error().code, ErrorCode::InvalidArgument);
    return source.error().message;
  };
  using Config = GeneratedSourceOptions;
  const auto names = [](const std::string& message, const char* field) {
    return message.find(field) != std::string::npos;
  };
  EXPECT_PRED2(names, refused([](Config& c) { c.width_px = 321; }), "width_px");
  EXPECT_PRED2(names, refused([](Config& c) { c.width_px = 14; }), "width_px");
  EXPECT_PRED2(names, refused([](Config& c) { c.width_px = -320; }), "width_px");
  EXPECT_PRED2(names, refused([](Config& c) { c.height_px = 8194; }), "height_px");
  EXPECT_PRED2(names, refused([](Config& c) { c.height_px = 0; }), "height_px");
  EXPECT_PRED2(names, refused([](Config& c) { c.frame_rate = {0, 1}; }), "frame_rate");
  EXPECT_PRED2(names, refused([](Config& c) { c.frame_rate = {1, 2}; }), "frame_rate");
  EXPECT_PRED2(names, refused([](Config& c) { c.frame_rate = {241, 1}; }), "frame_rate");
  EXPECT_PRED2(names, refused([](Config& c) { c.audio.sample_rate_hz = 0; }), "sample_rate_hz");
  EXPECT_PRED2(names, refused([](Config& c) { c.audio.channels = 9; }), "channels");
  EXPECT_PRED2(names, refused([](Config& c) { c.duration = -1s; }), "duration");
}

TEST(GeneratedSource, PaintsTheSmallestAndTheOddestShapes) {
  for (const auto& [width, height] : {std::pair{16, 16}, {2000, 16}, {16, 2000}, {90, 160}}) {
    GeneratedSourceOptions options = small_options();
    options.width_px = width;
    options.height_px = height;
    auto source = open(options);
    for (const std::uint64_t n : {0u, 77u, 4'000'000'000u}) {
      EXPECT_EQ(source->frame_at(n).planes[0].width_px, width);
      const DepthMap depth = source->depth_at(n);
      EXPECT_EQ(depth.values.size(), static_cast<std::size_t>(width * height));
      const auto [low, high] = std::minmax_element(depth.values.begin(), depth.values.end());
      EXPECT_GE(*low, 0.0F);
      EXPECT_LE(*high, 1.0F);
    }
  }
}

TEST(GeneratedSource, WaitsForEachItemsTime) {
  FakeClock clock(FakeWait::AutoAdvances);
  GeneratedSourceOptions options = small_options();
  options.pacing = Pacing::Realtime;
  auto source = open(options, Context{nullptr, nullptr, &clock});
  const Recording recording = record(*source, 30);
  EXPECT_NEAR(std::chrono::duration<double>(clock.elapsed()).count(),
              to_seconds(recording.timestamps.back()), 1e-6);
}

TEST(GeneratedSource, AStopEndsTheWaitAndLosesNothing) {
  FakeClock clock;
  GeneratedSourceOptions options = small_options();
  options.pacing = Pacing::Realtime;
  auto source = open(options, Context{nullptr, nullptr, &clock});
  const Recording start = record(*source, 2);
  ASSERT_EQ(start.pictures.size(), 1u);

  Result<SourceItem> item = SourceItem(EndOfStream{});
  std::jthread reader([&](std::stop_token stop) { item = source->read(stop); });
  clock.await_waiters(1);
  reader.request_stop();
  reader.join();
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, ErrorCode::Cancelled);

  clock.advance(10s);
  const Recording rest = record(*source, 2);
  EXPECT_EQ(rest.sounds.at(0).pts, from_ticks(1024, 1, 48'000));
  EXPECT_EQ(rest.pictures.at(0).pts, FrameRate{}.time_of(1));
}

TEST(GeneratedSource, AStopIsHonouredWithoutPacingToo) {
  auto source = open(small_options());
  std::stop_source stop;
  stop.request_stop();
  const auto item = source->read(stop.get_token());
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
}

TEST(GeneratedSourceDepth, RunsFromTheSkyToTheGroundAtOurFeet) {
  auto source = open(small_options());
  for (const std::uint64_t n : {0u, 45u, 1000u}) {
    const DepthMap depth = source->depth_at(n);
    ASSERT_EQ(depth.width_px, 320);
    ASSERT_EQ(depth.height_px, 180);
    for (const float value : depth.values) ASSERT_TRUE(value >= 0 && value <= 1);
    EXPECT_GT(depth_of(depth, 160, 179), 0.98F);
    EXPECT_EQ(*std::min_element(depth.values.begin(), depth.values.end()), 0.0F);
    // The corner display lies at the sky's distance whatever passes behind it.
    EXPECT_EQ(depth_of(depth, 10, 10), 0.0F);
  }
}

TEST(GeneratedSourceDepth, TheNearestThingHidesAllOthers) {
  auto source = open(small_options());
  // The ball flies nearer than anything that stands, so its disc stays whole while it crosses the
  // picture in front of columns and crates.
  std::vector<std::ptrdiff_t> areas;
  for (std::uint64_t n = 60; n < 120; n += 6) {
    const DepthMap depth = source->depth_at(n);
    // Above the ground at its distance, so that no other pixel has its depth.
    const auto end = depth.values.begin() + 320 * 165;
    areas.push_back(std::count_if(depth.values.begin(), end,
                                  [](float value) { return std::abs(value - 0.858F) < 0.002F; }));
  }
  const auto [low, high] = std::minmax_element(areas.begin(), areas.end());
  EXPECT_GT(*low, 700);
  EXPECT_LT(*high - *low, *high / 10);
}

struct Patch {
  int x;
  int y;
  double depth;
};

constexpr int kPatchPx = 24;

// Patches of even depth near the middle column, textured enough to be found again.
std::vector<Patch> trackable_patches(const VideoFrame& frame, const DepthMap& depth) {
  std::vector<Patch> patches;
  for (int y = 40; y + kPatchPx < frame.format.height_px - 8; y += kPatchPx / 2) {
    for (int x = frame.format.width_px * 3 / 8; x < frame.format.width_px * 5 / 8; x += 8) {
      float low = 1;
      float high = 0;
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < kPatchPx * kPatchPx; ++i) {
        const int px = x + i % kPatchPx;
        const int py = y + i / kPatchPx;
        low = std::min(low, depth_of(depth, px, py));
        high = std::max(high, depth_of(depth, px, py));
        const double luma = frame.planes[0].row(py)[px];
        sum += luma;
        squares += luma * luma;
      }
      const double mean = sum / (kPatchPx * kPatchPx);
      const double deviation = std::sqrt(squares / (kPatchPx * kPatchPx) - mean * mean);
      const bool ball = std::abs(low - 0.858F) < 0.002F;
      if (high - low < 1e-4F && low > 0.05F && deviation > 10 && !ball) {
        patches.push_back({x, y, low});
      }
    }
  }
  return patches;
}

int difference(const VideoFrame& a, const VideoFrame& b, const Patch& patch, int dx, int dy) {
  int sum = 0;
  for (int i = 0; i < kPatchPx * kPatchPx; ++i) {
    const int x = patch.x + i % kPatchPx;
    const int y = patch.y + i / kPatchPx;
    sum += std::abs(a.planes[0].row(y)[x] - b.planes[0].row(y + dy)[x + dx]);
  }
  return sum;
}

// How far the patch moved to the left from `a` to `b`, to a fraction of a pixel.
double moved_left(const VideoFrame& a, const VideoFrame& b, const Patch& patch) {
  constexpr int kReachPx = 26;
  std::tuple<int, int, int> best{1'000'000, 0, 0};
  for (int dy = -2; dy <= 2; ++dy) {
    for (int dx = 0; dx < kReachPx; ++dx) {
      best = std::min(best, std::tuple(difference(a, b, patch, -dx, dy), dx, dy));
    }
  }
  const auto [middle, dx, dy] = best;
  const double before = difference(a, b, patch, -dx + 1, dy);
  const double after = difference(a, b, patch, -dx - 1, dy);
  const double curve = before + after - 2.0 * middle;
  return dx + (curve > 0 ? (before - after) / (2 * curve) : 0);
}

TEST(GeneratedSourceDepth, ThingsMoveAsFastAsTheyAreNear) {
  GeneratedSourceOptions options = small_options();
  options.width_px = 960;
  options.height_px = 540;
  auto source = open(options);
  std::vector<std::pair<double, double>> seen;  // depth, movement
  for (std::uint64_t n = 0; n < 1500; n += 150) {
    const VideoFrame before = source->frame_at(n);
    const VideoFrame after = source->frame_at(n + 5);
    for (const Patch& patch : trackable_patches(before, source->depth_at(n))) {
      seen.emplace_back(patch.depth, moved_left(before, after, patch));
    }
  }
  ASSERT_GT(seen.size(), 50u);
  double products = 0;
  double squares = 0;
  for (const auto& [depth, moved] : seen) {
    products += depth * moved;
    squares += depth * depth;
  }
  const double slope_px = products / squares;
  EXPECT_GT(slope_px, 10);
  // Some patches are half hidden in the second picture.
  const auto good = std::count_if(seen.begin(), seen.end(), [&](const auto& point) {
    return std::abs(point.second - slope_px * point.first) < 0.7;
  });
  EXPECT_GT(static_cast<double>(good), 0.85 * static_cast<double>(seen.size()));
  const auto [far, near] = std::minmax_element(seen.begin(), seen.end());
  EXPECT_GT(near->first, 4 * far->first);
}

TEST(ReadFrameNumber, ReadsEveryPictureOfTheSource) {
  auto source = open(small_options());
  for (const std::uint64_t n : {0u, 1u, 2u, 29u, 1023u, 65'536u, 699'050u, 1'048'575u}) {
    EXPECT_EQ(read_frame_number(source->frame_at(n)), n);
  }
  EXPECT_EQ(read_frame_number(source->frame_at((1u << 20) + 5)), 5u);
}

TEST(ReadFrameNumber, ReadsAllSizesThatCarryATag) {
  for (const auto& [width, height] :
       {std::pair{1280, 720}, {160, 90}, {854, 480}, {180, 320}, {1000, 100}, {30, 100}}) {
    GeneratedSourceOptions options = small_options();
    options.width_px = width;
    options.height_px = height;
    EXPECT_EQ(read_frame_number(open(options)->frame_at(123'456)), 123'456u) << width << height;
  }
}

TEST(ReadFrameNumber, SurvivesScalingAndNoise) {
  GeneratedSourceOptions options = small_options();
  options.width_px = 1280;
  options.height_px = 720;
  const VideoFrame original = open(options)->frame_at(654'321);
  std::uint32_t noise = 1;
  const VideoFrame worse = make_picture(854, 480, [&](int x, int y) {
    noise = noise * 1'664'525 + 1'013'904'223;
    const int luma = original.planes[0].row(y * 3 / 2)[x * 3 / 2];
    return std::clamp(64 + luma / 2 + static_cast<int>(noise >> 26) - 32, 16, 235);
  });
  EXPECT_EQ(read_frame_number(worse), 654'321u);
}

TEST(ReadFrameNumber, ReadsAViewThatIsShiftedSideways) {
  GeneratedSourceOptions options = small_options();
  options.width_px = 1280;
  options.height_px = 720;
  auto source = open(options);
  for (const std::uint64_t n : {0u, 31u, 700'001u}) {
    const VideoFrame original = source->frame_at(n);
    for (int shift = -16; shift <= 16; ++shift) {
      const VideoFrame view = make_picture(1280, 720, [&](int x, int y) {
        return original.planes[0].row(y)[std::clamp(x - shift, 0, 1279)];
      });
      EXPECT_EQ(read_frame_number(view), n) << shift;
    }
  }
}

TEST(ReadFrameNumber, FindsNothingWhereThereIsNoTag) {
  const auto flat = [](int luma) { return [luma](int, int) { return luma; }; };
  EXPECT_FALSE(read_frame_number(make_picture(320, 180, flat(16))));
  EXPECT_FALSE(read_frame_number(make_picture(320, 180, flat(126))));
  EXPECT_FALSE(read_frame_number(make_picture(320, 180, flat(235))));
  EXPECT_FALSE(read_frame_number(make_picture(64, 48, flat(16))));
  EXPECT_FALSE(read_frame_number(make_picture(20, 180, flat(16))));
  EXPECT_FALSE(read_frame_number(VideoFrame{}));
  EXPECT_FALSE(read_frame_number(make_picture(320, 180, [](int x, int) { return x % 200; })));
}

TEST(ReadFrameNumber, RefusesATagWithOneBitFlipped) {
  const VideoFrame original = open(small_options())->frame_at(77);
  // 4 pixels to a block, which is where the last bit of the last row lies.
  const VideoFrame flipped = make_picture(320, 180, [&](int x, int y) {
    const int luma = original.planes[0].row(y)[x];
    return x >= 32 && x < 36 && y >= 16 && y < 20 ? 252 - luma : luma;
  });
  EXPECT_FALSE(read_frame_number(flipped));
}

}  // namespace
}  // namespace streamkit::capture
