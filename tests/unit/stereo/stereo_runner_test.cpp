#include <gtest/gtest.h>

#include <streamkit/stereo/flat_depth_estimator.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <streamkit/stereo/network_depth_estimator.hpp>
#include <streamkit/stereo/stereo_runner.hpp>
#include <thread>

#include "network_fakes.hpp"
#include "runner_fakes.hpp"

namespace streamkit::stereo {
namespace {

using namespace test;

constexpr MediaTime kFrame{1000};

VideoFrame picture(int index) {
  VideoFrame frame = plain(16, 8, index % 256);
  frame.pts = index * kFrame + MediaTime{7};
  frame.duration = kFrame;
  return frame;
}

Packet sound(int index) {
  Packet packet{
      TrackKind::Audio, index * MediaTime{700}, index * MediaTime{700}, MediaTime{700}, true, {}};
  packet.data.assign(static_cast<std::size_t>(index + 1), static_cast<std::uint8_t>(index));
  return packet;
}

// Two sound packets after each picture.
std::vector<MediaItem> file(int pictures) {
  std::vector<MediaItem> items;
  for (int i = 0; i < pictures; ++i) {
    items.emplace_back(picture(i));
    items.emplace_back(sound(2 * i));
    items.emplace_back(sound(2 * i + 1));
  }
  return items;
}

struct Bench {
  explicit Bench(std::vector<MediaItem> items = file(20)) : reader(std::move(items)) {
    reader.info_.audio = AudioTrack{"aac", {44'100, 1}, 1024, {9, 8}};
  }

  Result<RunStats> run(const RunOptions& options = {}) {
    StereoRunner runner({estimator, renderer, [this](const VideoFormat& format) {
                           script.opened.push_back(format);
                           return Result<std::unique_ptr<Encoder>>(
                               std::make_unique<FakeEncoder>(format, script));
                         }});
    return runner.run(reader, sink, options, stop.get_token());
  }

  FakeReader reader;
  FakeEstimator estimator;
  FakeRenderer renderer;
  EncoderScript script;
  MemorySink sink;
  std::stop_source stop;
};

TEST(StereoRunner, KeepsOrderAndTimestamps) {
  Bench bench;
  const Result<RunStats> stats = bench.run();
  ASSERT_TRUE(stats) << to_string(stats.error());
  const std::vector<Packet> video = bench.sink.of(TrackKind::Video);
  ASSERT_EQ(video.size(), 20U);
  for (int i = 0; i < 20; ++i) {
    const Packet& packet = video[static_cast<std::size_t>(i)];
    EXPECT_EQ(packet.data, Bytes{static_cast<std::uint8_t>(i)});
    EXPECT_EQ(packet.pts, picture(i).pts);
    EXPECT_EQ(packet.duration, kFrame);
  }
  EXPECT_EQ(stats->video_frames, 20U);
  EXPECT_EQ(stats->audio_packets, 40U);
  EXPECT_EQ(stats->duration, 20 * kFrame);
  EXPECT_EQ(stats->video, format_of(32, 8));
}

TEST(StereoRunner, PassesSoundUntouched) {
  Bench bench;
  ASSERT_TRUE(bench.run());
  const std::vector<Packet> audio = bench.sink.of(TrackKind::Audio);
  ASSERT_EQ(audio.size(), 40U);
  for (int i = 0; i < 40; ++i) {
    const Packet& packet = audio[static_cast<std::size_t>(i)];
    EXPECT_EQ(packet.data, sound(i).data);
    EXPECT_EQ(packet.pts, sound(i).pts);
    EXPECT_EQ(packet.dts, sound(i).dts);
    EXPECT_EQ(packet.duration, sound(i).duration);
    EXPECT_TRUE(packet.keyframe);
  }
}

TEST(StereoRunner, OpensEncoderAndSinkOnceWithTheRightTracks) {
  Bench bench;
  ASSERT_TRUE(bench.run());
  ASSERT_EQ(bench.script.opened.size(), 1U);
  EXPECT_EQ(bench.script.opened.front(), format_of(32, 8));
  ASSERT_EQ(bench.sink.opened.size(), 1U);
  ASSERT_TRUE(bench.sink.opened.front().video);
  EXPECT_EQ(bench.sink.opened.front().video->codec_config, (Bytes{1, 2, 3}));
  ASSERT_TRUE(bench.sink.opened.front().audio);
  EXPECT_EQ(bench.sink.opened.front().audio->codec_config, (Bytes{9, 8}));
}

TEST(StereoRunner, RunsWithoutSound) {
  std::vector<MediaItem> items;
  for (int i = 0; i < 3; ++i) items.emplace_back(picture(i));
  Bench bench(std::move(items));
  bench.reader.info_.audio.reset();
  const Result<RunStats> stats = bench.run();
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->audio_packets, 0U);
  EXPECT_FALSE(bench.sink.opened.front().audio);
  EXPECT_EQ(bench.sink.packets.size(), 3U);
}

TEST(StereoRunner, ReportsProgressAfterEachPicture) {
  Bench bench;
  std::vector<RunProgress> seen;
  RunOptions options;
  options.on_progress = [&](const RunProgress& progress) { seen.push_back(progress); };
  ASSERT_TRUE(bench.run(options));
  ASSERT_EQ(seen.size(), 20U);
  EXPECT_EQ(seen.front().video_frames, 1U);
  EXPECT_EQ(seen.back().video_frames, 20U);
  EXPECT_EQ(seen.back().done, 20 * kFrame);
}

TEST(StereoRunner, ResetsTheEstimatorForEachRun) {
  Bench bench;
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.estimator.resets, 1);
}

TEST(StereoRunner, AFileWithoutPicturesIsCorrupt) {
  Bench bench({sound(0), sound(1)});
  const Result<RunStats> stats = bench.run();
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().code, ErrorCode::CorruptData);
}

TEST(StereoRunner, ReturnsTheErrorOfWhicheverStageFails) {
  const std::vector<std::pair<const char*, std::function<void(Bench&, Trap)>>> stages = {
      {"reader", [](Bench& bench, Trap trap) { bench.reader.trap = std::move(trap); }},
      {"estimator", [](Bench& bench, Trap trap) { bench.estimator.trap = std::move(trap); }},
      {"renderer", [](Bench& bench, Trap trap) { bench.renderer.trap = std::move(trap); }},
      {"encoder", [](Bench& bench, Trap trap) { bench.script.trap = std::move(trap); }},
      {"sink", [](Bench& bench, Trap trap) { bench.sink.trap = std::move(trap); }}};
  for (const auto& [name, set] : stages) {
    for (const int use : {0, 1, 9}) {
      Bench bench(file(200));
      set(bench, fail_at(use, std::string(name) + " broke"));
      const Result<RunStats> stats = bench.run();
      ASSERT_FALSE(stats) << name << " at " << use;
      EXPECT_EQ(stats.error().code, ErrorCode::Unavailable);
      EXPECT_NE(stats.error().message.find(std::string(name) + " broke"), std::string::npos)
          << stats.error().message;
    }
  }
}

TEST(StereoRunner, ReturnsTheErrorsOfOpeningAndFlushing) {
  Bench opening;
  opening.sink.open_trap = fail_at(0, "no such codec");
  EXPECT_EQ(opening.run().error().message, "no such codec");
  EXPECT_EQ(opening.reader.reads, 0);

  Bench flushing;
  flushing.script.flush_trap = fail_at(0, "flush broke");
  EXPECT_NE(flushing.run().error().message.find("flush broke"), std::string::npos);

  Bench making;
  StereoRunner runner(
      {making.estimator, making.renderer, [](const VideoFormat&) {
         return Result<std::unique_ptr<Encoder>>(Error{ErrorCode::Unsupported, "no encoder"});
       }});
  EXPECT_EQ(runner.run(making.reader, making.sink).error().message, "no encoder");
}

TEST(StereoRunner, TheFirstErrorInTheStreamWins) {
  Bench bench;
  bench.reader.trap = fail_at(4, "later");  // after picture 1
  bench.renderer.trap = fail_at(0, "earlier");
  EXPECT_NE(bench.run().error().message.find("earlier"), std::string::npos);
}

TEST(StereoRunner, PicturesBeforeABrokenPlaceAreWrittenFirst) {
  Bench bench;
  bench.reader.trap = fail_at(12, "broke");
  ASSERT_FALSE(bench.run());
  EXPECT_EQ(bench.sink.of(TrackKind::Audio).size(), 8U);
  EXPECT_EQ(bench.script.pushes, 4);
}

TEST(StereoRunner, StopsInEveryStage) {
  const std::vector<std::pair<const char*, std::function<void(Bench&, Trap)>>> stages = {
      {"reader", [](Bench& bench, Trap trap) { bench.reader.trap = std::move(trap); }},
      {"estimator", [](Bench& bench, Trap trap) { bench.estimator.trap = std::move(trap); }},
      {"renderer", [](Bench& bench, Trap trap) { bench.renderer.trap = std::move(trap); }},
      {"encoder", [](Bench& bench, Trap trap) { bench.script.trap = std::move(trap); }},
      {"sink", [](Bench& bench, Trap trap) { bench.sink.trap = std::move(trap); }}};
  for (const auto& [name, set] : stages) {
    for (const int use : {0, 5}) {
      Bench bench(file(200));
      bench.reader.endless = true;
      set(bench, stop_at(use, bench.stop));
      const Result<RunStats> stats = bench.run();
      ASSERT_FALSE(stats) << name << " at " << use;
      EXPECT_EQ(stats.error().code, ErrorCode::Cancelled) << name << " at " << use;
    }
  }
}

TEST(StereoRunner, StopFreesAReaderThatWaits) {
  Bench bench(file(2));
  bench.reader.endless = true;
  RunOptions options;
  options.on_progress = [&](const RunProgress& progress) {
    if (progress.video_frames == 2) bench.stop.request_stop();
  };
  const Result<RunStats> stats = bench.run(options);
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().code, ErrorCode::Cancelled);
}

TEST(StereoRunner, AStopBeforehandStartsNothing) {
  Bench bench;
  bench.stop.request_stop();
  EXPECT_EQ(bench.run().error().code, ErrorCode::Cancelled);
  EXPECT_EQ(bench.reader.reads, 0);
  EXPECT_TRUE(bench.sink.opened.empty());
}

TEST(StereoRunner, ASlowEncoderHoldsTheOtherStagesBack) {
  std::vector<MediaItem> items;
  for (int i = 0; i < 500; ++i) items.emplace_back(picture(i));
  Bench bench(std::move(items));
  int most = 0;
  bench.script.trap = [&](int encoded) -> Result<void> {
    for (int i = 0; i < 200; ++i) std::this_thread::yield();
    most = std::max(most, bench.reader.reads - encoded);
    return {};
  };
  RunOptions options;
  options.queue_frames = 2;
  ASSERT_TRUE(bench.run(options));
  // Two in each queue and one in the hands of each stage.
  EXPECT_LE(most, 2 * 2 + 3);
}

TEST(StereoRunner, TakesAQueueOfNoneAsOne) {
  Bench bench;
  RunOptions options;
  options.queue_frames = 0;
  EXPECT_TRUE(bench.run(options));
}

TEST(StereoRunner, GivesTheEstimatorTheStateAndHandsItsOwnBack) {
  Bench bench;
  RunOptions options;
  options.depth_state = {7, 8};
  const auto stats = bench.run(options);
  ASSERT_TRUE(stats);
  EXPECT_EQ(bench.estimator.loaded, std::vector<Bytes>({{7, 8}}));
  EXPECT_EQ(stats->depth_state, Bytes({20}));
  EXPECT_FALSE(stats->state_refused);
}

TEST(StereoRunner, ARefusedStateIsToldAndTheRunGoesOn) {
  Bench bench;
  bench.estimator.load_trap = fail_at(0, "of no use");
  const auto stats = bench.run();
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->video_frames, 20U);
  ASSERT_TRUE(stats->state_refused);
  EXPECT_NE(stats->state_refused->message.find("of no use"), std::string::npos);
}

// Pictures that something moves in, sound between them, and at the end much sound alone.
std::vector<MediaItem> moving_file(int pictures) {
  std::vector<MediaItem> items;
  for (int i = 0; i < pictures; ++i) {
    VideoFrame frame = paint(format_of(64, 32), [=](int plane, int x, int y) {
      return plane == 0 ? grain((x - i) >> 2, y >> 2, 256) : 128;
    });
    frame.pts = i * kFrame;
    frame.duration = kFrame;
    items.emplace_back(std::move(frame));
    items.emplace_back(sound(i));
  }
  for (int i = pictures; i < 600; ++i) items.emplace_back(sound(i));
  return items;
}

TEST(StereoRunner, GivesTheSameWhateverTheBatch) {
  const auto run = [](std::size_t batch, std::size_t queue_frames, Bench& bench) {
    bench.reader.info_.video = format_of(64, 32);
    NetworkScript script;
    script.batch = batch;
    script.map = [](const VideoFrame&, int use) {
      return depth_of(16, 8, [=](int x, int y) { return static_cast<float>(x * use - y); });
    };
    auto estimator =
        NetworkDepthEstimator::create(std::make_unique<FakeNetwork>(script), {.every_nth = 2});
    auto renderer = ForwardWarpRenderer::create();
    StereoRunner runner({**estimator, **renderer, [&](const VideoFormat& format) {
                           return Result<std::unique_ptr<Encoder>>(
                               std::make_unique<FakeEncoder>(format, bench.script));
                         }});
    RunOptions options;
    options.queue_frames = queue_frames;
    const auto stats = runner.run(bench.reader, bench.sink, options);
    ASSERT_TRUE(stats);
    EXPECT_EQ(stats->video_frames, 23U);
    EXPECT_EQ(script.seen, 12);
  };
  Bench one(moving_file(23));
  run(1, 4, one);
  for (const std::size_t batch : {4U, 7U, 100U}) {
    for (const std::size_t queue_frames : {1U, 3U, 8U}) {
      Bench many(moving_file(23));
      run(batch, queue_frames, many);
      EXPECT_EQ(many.script.pictures, one.script.pictures) << batch;
      ASSERT_EQ(many.sink.packets.size(), one.sink.packets.size());
      for (std::size_t i = 0; i < one.sink.packets.size(); ++i) {
        EXPECT_EQ(many.sink.packets[i].track, one.sink.packets[i].track);
        EXPECT_EQ(many.sink.packets[i].pts, one.sink.packets[i].pts);
        EXPECT_EQ(many.sink.packets[i].data, one.sink.packets[i].data);
      }
    }
  }
}

TEST(StereoRunner, CollectsABatchAndFlushesTheRest) {
  Bench bench;
  bench.estimator.batch_size = 8;
  RunOptions options;
  options.queue_frames = 2;
  ASSERT_TRUE(bench.run(options));
  EXPECT_EQ(bench.estimator.batches, std::vector<std::size_t>({8, 8, 4}));
}

TEST(StereoRunner, MuchSoundDoesNotWaitForABatch) {
  std::vector<MediaItem> items = {picture(0)};
  for (int i = 0; i < 2000; ++i) items.emplace_back(sound(i % 9));
  Bench bench(std::move(items));
  bench.estimator.batch_size = 4;
  bench.reader.endless = true;
  RunOptions options;
  options.on_progress = [&](const RunProgress&) { bench.stop.request_stop(); };
  EXPECT_EQ(bench.run(options).error().code, ErrorCode::Cancelled);
  EXPECT_EQ(bench.script.pushes, 1);
}

TEST(StereoRunner, WithABatchPicturesBeforeABrokenPlaceAreWrittenFirst) {
  for (const std::size_t batch : {2U, 3U, 50U}) {
    Bench bench;
    bench.estimator.batch_size = batch;
    bench.reader.trap = fail_at(12, "broke");
    EXPECT_NE(bench.run().error().message.find("broke"), std::string::npos);
    EXPECT_EQ(bench.sink.of(TrackKind::Audio).size(), 8U);
    EXPECT_EQ(bench.script.pushes, 4);
  }
}

TEST(StereoRunner, StopsAndFailsInTheMiddleOfABatch) {
  Bench failing;
  failing.estimator.batch_size = 6;
  failing.estimator.trap = fail_at(9, "no depth");
  EXPECT_NE(failing.run().error().message.find("no depth"), std::string::npos);
  EXPECT_EQ(failing.script.pushes, 6);

  Bench stopping;
  stopping.estimator.batch_size = 6;
  stopping.reader.endless = true;
  stopping.reader.trap = stop_at(10, stopping.stop);
  EXPECT_EQ(stopping.run().error().code, ErrorCode::Cancelled);
}

TEST(StereoRunner, AFlatEstimatorShowsTheSourceToBothEyes) {
  Bench bench;
  FlatDepthEstimator flat;
  auto renderer = ForwardWarpRenderer::create();
  int checked = 0;
  class Checking final : public StereoRenderer {
   public:
    Checking(StereoRenderer& inner, int& checked) : inner_(inner), checked_(checked) {}
    Result<VideoFormat> output_format(const VideoFormat& source) const override {
      return inner_.output_format(source);
    }
    Result<VideoFrame> render(const VideoFrame& frame, const DepthMap& depth) override {
      Result<VideoFrame> packed = inner_.render(frame, depth);
      if (packed && at(*packed, 0, 3, 3) == at(frame, 0, 3, 3) &&
          at(*packed, 0, 19, 3) == at(frame, 0, 3, 3)) {
        ++checked_;
      }
      return packed;
    }

   private:
    StereoRenderer& inner_;
    int& checked_;
  } checking(**renderer, checked);
  StereoRunner runner({flat, checking, [&](const VideoFormat& format) {
                         return Result<std::unique_ptr<Encoder>>(
                             std::make_unique<FakeEncoder>(format, bench.script));
                       }});
  ASSERT_TRUE(runner.run(bench.reader, bench.sink));
  EXPECT_EQ(checked, 20);
}

}  // namespace
}  // namespace streamkit::stereo
