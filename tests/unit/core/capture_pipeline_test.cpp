#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <streamkit/core/capture_pipeline.hpp>
#include <streamkit/testing/fake_source.hpp>
#include <thread>
#include <utility>
#include <vector>

namespace streamkit {
namespace {

using namespace std::chrono_literals;

const Error kFailure{ErrorCode::CorruptData, "broken"};

// Gives what it is told, then ends, fails, or waits for the stop. Counts what was read.
class ScriptedSource final : public Source {
 public:
  enum class Then { Ends, Fails, Waits, RunsOn };
  ScriptedSource(int frames, Then then) : frames_(frames), then_(then) {}

  const SourceFormat& format() const noexcept override { return format_; }
  Result<SourceItem> read(std::stop_token stop) override {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (given_ < frames_ || then_ == Then::RunsOn) {
      return VideoFrame{.pts = format_.video.frame_rate.time_of(given_++)};
    }
    if (then_ == Then::Ends) return EndOfStream{};
    if (then_ == Then::Fails) return kFailure;
    waiting_ = true;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
    return Error{ErrorCode::Cancelled, "stopped"};
  }

  [[nodiscard]] int given() const { return given_; }
  [[nodiscard]] bool waiting() const { return waiting_; }

 private:
  const int frames_;
  const Then then_;
  SourceFormat format_;
  std::atomic<int> given_ = 0;
  std::atomic<bool> waiting_ = false;
};

// A packet per frame, `kDelay` pushes late, as an encoder with look-ahead does.
class DelayingEncoder final : public Encoder {
 public:
  const Tracks& tracks() const noexcept override { return tracks_; }
  Result<std::vector<Packet>> push(const VideoFrame& frame) override {
    return take({.track = TrackKind::Video, .pts = frame.pts});
  }
  Result<std::vector<Packet>> push(const AudioFrame& frame) override {
    return take({.track = TrackKind::Audio, .pts = frame.pts});
  }
  Result<std::vector<Packet>> flush() override {
    flushed = true;
    if (fail_flush) return kFailure;
    return std::vector<Packet>(std::exchange(inside_, {}));
  }

  std::optional<int> fail_at;
  bool fail_flush = false;
  bool flushed = false;

 private:
  Result<std::vector<Packet>> take(Packet packet) {
    if (fail_at == pushed_++) return kFailure;
    inside_.push_back(std::move(packet));
    std::vector<Packet> out;
    constexpr std::size_t kDelay = 5;
    if (inside_.size() > kDelay) {
      out.push_back(std::move(inside_.front()));
      inside_.erase(inside_.begin());
    }
    return out;
  }

  Tracks tracks_;
  std::vector<Packet> inside_;
  int pushed_ = 0;
};

// A chunk for each `kPackets` packets; its data says how many it holds.
class CountingChunker final : public Chunker {
 public:
  Result<std::vector<Chunk>> push(Packet) override {
    if (fail_at == pushed_++) return kFailure;
    return ++held_ == kPackets ? cut() : std::vector<Chunk>{};
  }
  Result<std::vector<Chunk>> flush() override {
    flushed = true;
    if (fail_flush) return kFailure;
    return held_ > 0 ? cut() : std::vector<Chunk>{};
  }

  std::optional<int> fail_at;
  bool fail_flush = false;
  bool flushed = false;

 private:
  static constexpr int kPackets = 10;
  std::vector<Chunk> cut() {
    std::vector<Chunk> chunks(1);
    chunks[0].index = next_index_++;
    chunks[0].data.resize(static_cast<std::size_t>(std::exchange(held_, 0)));
    return chunks;
  }

  int pushed_ = 0;
  int held_ = 0;
  std::uint64_t next_index_ = 0;
};

class CapturePipelineTest : public ::testing::Test {
 protected:
  Result<CaptureStats> run(Source& source, std::stop_token stop = {}) {
    return run_capture(
        source, encoder_, chunker_,
        [this](Chunk chunk) -> Result<void> {
          if (fail_at_chunk_ == static_cast<int>(chunk.index)) return kFailure;
          EXPECT_EQ(chunk.index, chunk_sizes_.size());
          chunk_sizes_.push_back(chunk.data.size());
          return {};
        },
        stop);
  }
  std::size_t packets_in_chunks() const {
    std::size_t sum = 0;
    for (const std::size_t size : chunk_sizes_) sum += size;
    return sum;
  }

  DelayingEncoder encoder_;
  CountingChunker chunker_;
  std::optional<int> fail_at_chunk_;
  std::vector<std::size_t> chunk_sizes_;
};

TEST_F(CapturePipelineTest, HandsOverEverythingUpToTheEnd) {
  ScriptedSource source(43, ScriptedSource::Then::Ends);
  const auto stats = run(source);
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(chunk_sizes_, (std::vector<std::size_t>{10, 10, 10, 10, 3}));
  EXPECT_EQ(stats->video_frames, 43U);
  EXPECT_EQ(stats->audio_samples, 0U);
  EXPECT_EQ(stats->chunks, 5U);
}

TEST_F(CapturePipelineTest, CountsPicturesAndSound) {
  testing::FakeSource source({.frame_count = 30});
  const auto stats = run(source);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->video_frames, 30U);
  EXPECT_EQ(stats->audio_samples, 48'000U);
}

TEST_F(CapturePipelineTest, AnEmptySourceIsNoError) {
  ScriptedSource source(0, ScriptedSource::Then::Ends);
  const auto stats = run(source);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->chunks, 0U);
  EXPECT_TRUE(encoder_.flushed);
  EXPECT_TRUE(chunker_.flushed);
}

TEST_F(CapturePipelineTest, StopLosesNothingThatWasCaptured) {
  ScriptedSource source(27, ScriptedSource::Then::Waits);
  std::stop_source stop;
  std::jthread stopper([&] {
    while (!source.waiting()) std::this_thread::yield();
    stop.request_stop();
  });
  const auto stats = run(source, stop.get_token());
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->video_frames, 27U);
  EXPECT_EQ(packets_in_chunks(), 27U);
}

TEST_F(CapturePipelineTest, StopInFullFlightKeepsEveryFrameThatWasRead) {
  ScriptedSource source(0, ScriptedSource::Then::RunsOn);
  std::stop_source stop;
  std::jthread stopper([&] {
    while (source.given() < 500) std::this_thread::yield();
    stop.request_stop();
  });
  const auto stats = run(source, stop.get_token());
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->video_frames, static_cast<std::uint64_t>(source.given()));
  EXPECT_EQ(packets_in_chunks(), static_cast<std::size_t>(source.given()));
}

TEST_F(CapturePipelineTest, AStopBeforeTheStartGivesAnEmptyRun) {
  ScriptedSource source(0, ScriptedSource::Then::RunsOn);
  std::stop_source stop;
  stop.request_stop();
  const auto stats = run(source, stop.get_token());
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->video_frames, 0U);
}

TEST_F(CapturePipelineTest, ReturnsTheSourcesFailure) {
  ScriptedSource source(12, ScriptedSource::Then::Fails);
  const auto stats = run(source);
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error(), kFailure);
}

TEST_F(CapturePipelineTest, ReturnsTheEncodersFailureAndFreesAReaderThatWaits) {
  encoder_.fail_at = 3;
  ScriptedSource source(0, ScriptedSource::Then::RunsOn);  // fills the queue and blocks
  EXPECT_EQ(run(source).error(), kFailure);
}

TEST_F(CapturePipelineTest, ReturnsTheChunkersFailureWhileTheSourceWaits) {
  chunker_.fail_at = 5;
  ScriptedSource source(11, ScriptedSource::Then::Waits);
  EXPECT_EQ(run(source).error(), kFailure);
}

TEST_F(CapturePipelineTest, ReturnsTheHandlersFailure) {
  fail_at_chunk_ = 2;
  ScriptedSource source(0, ScriptedSource::Then::RunsOn);
  EXPECT_EQ(run(source).error(), kFailure);
  EXPECT_EQ(chunk_sizes_.size(), 2U);
}

TEST_F(CapturePipelineTest, ReturnsAFailureOfTheLastFlush) {
  {
    encoder_.fail_flush = true;
    ScriptedSource source(3, ScriptedSource::Then::Ends);
    EXPECT_EQ(run(source).error(), kFailure);
  }
  encoder_.fail_flush = false;
  chunker_.fail_flush = true;
  ScriptedSource source(3, ScriptedSource::Then::Ends);
  EXPECT_EQ(run(source).error(), kFailure);
}

TEST_F(CapturePipelineTest, ASlowHandlerHoldsTheSourceBack) {
  // The encoder has taken 15 frames when the first chunk is complete, and 10 more for each further
  // one. Meanwhile the reader may only fill the queue and hold one more frame.
  constexpr int kAhead = 16 + 1;
  constexpr int kChunks = 5;
  ScriptedSource source(0, ScriptedSource::Then::RunsOn);
  std::stop_source stop;
  const auto stats = run_capture(
      source, encoder_, chunker_,
      [&](const Chunk& chunk) -> Result<void> {
        if (chunk.index >= kChunks) return {};
        const int most = 15 + 10 * static_cast<int>(chunk.index) + kAhead;
        while (source.given() < most) std::this_thread::yield();
        // A reader that is not held back goes on while this thread yields.
        for (int i = 0; i < 50; ++i) std::this_thread::yield();
        EXPECT_EQ(source.given(), most);
        if (chunk.index + 1 == kChunks) stop.request_stop();
        return {};
      },
      stop.get_token());
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->video_frames, static_cast<std::uint64_t>(source.given()));
}

}  // namespace
}  // namespace streamkit
