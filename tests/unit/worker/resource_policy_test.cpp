#include <streamkit/core/resource_policy.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <random>
#include <stdexcept>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/memory_session_store.hpp>
#include <streamkit/testing/recording_metrics.hpp>
#include <streamkit/worker/segment_converter.hpp>

#include "media/coded_clip.hpp"
#include "media/hostile_file.hpp"
#include "media/media_test_support.hpp"
#include "worker/job_processor.hpp"

namespace streamkit::worker {
namespace {

constexpr MediaTime kChunk = std::chrono::seconds(1);

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Bytes bytes(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  return bytes;
}

std::filesystem::path temporary(const std::string& extension) {
  return std::filesystem::temp_directory_path() /
         ("streamkit-policy-" + std::to_string(::getpid()) + extension);
}

Bytes good_chunk() {
  const auto path = temporary(".mp4");
  media::write_video_file(path, 30);
  return read_file(path);
}

Bytes clip(const std::string& encoder, const std::string& pixels, const std::string& extension) {
  const auto path = temporary(extension);
  media::write_clip(path, {.encoder = encoder, .pixel_format = pixels, .frames = 12});
  return read_file(path);
}

class ThrowingEstimator final : public DepthEstimator {
 public:
  explicit ThrowingEstimator(std::function<void()> fail) : fail_(std::move(fail)) {}
  Result<void> estimate(const VideoFrame&, DepthMap&) override {
    fail_();
    return {};
  }
  void reset() override {}

 private:
  const std::function<void()> fail_;
};

class ResourcePolicyTest : public ::testing::Test {
 protected:
  ResourcePolicyTest() {
    Session session;
    session.id = "session-1";
    session.chunk_duration = kChunk;
    EXPECT_TRUE(sessions_.create(session));
  }

  static Result<Segment> convert(const SegmentConverter& converter, Bytes chunk) {
    return converter.convert(std::move(chunk), StereoMode::FullSbs, {0, kChunk, {}, {}},
                             SegmentKind::Converted, {[] {}}, {});
  }

  // Every failure of a conversion is final: no stream waits for bytes that stay as they are.
  static void expect_final(const Error& error) {
    EXPECT_FALSE(error.retryable()) << to_string(error);
    EXPECT_NE(error.code, ErrorCode::ResourceExhausted) << to_string(error);
  }

  Verdict process(const Bytes& chunk) {
    const std::string key = to_string(StreamInputKey{"session-1", 0});
    EXPECT_TRUE(objects_.put(key, chunk, {}, {}));
    return processor_.process({"receipt", net::make_object_created_event("bucket", key, 1, {}), 1},
                              [] {}, {});
  }

  testing::MemoryObjectStore objects_;
  testing::MemorySessionStore sessions_;
  testing::RecordingMetrics metrics_;
  SegmentConverter converter_{{}, {.preset = "ultrafast"}, cue_depth()};
  JobProcessor processor_{
      objects_, objects_, sessions_, sessions_, converter_, {}, {.metrics = &metrics_}};
};

TEST_F(ResourcePolicyTest, WhatExceedsALimitIsReplacedAtTheFirstAttempt) {
  media::HostileFile many;
  many.samples = {media::small_png()};
  many.tracks = 2000;
  const Verdict verdict = process(media::make_file(many));
  EXPECT_EQ(verdict.action, Verdict::Action::DeadLetter);
  EXPECT_NE(verdict.reason.find("[limit.tracks"), std::string::npos) << verdict.reason;
  const auto records = sessions_.segments("session-1", 0, 1);
  ASSERT_TRUE(records && records->size() == 1);
  EXPECT_EQ(records->front().kind, SegmentKind::Filler);
  EXPECT_EQ(records->front().duration, kChunk);
  EXPECT_EQ(metrics_.counter("streamkit_refused_chunks_total{limit=\"tracks\"}"), 1);
  EXPECT_EQ(metrics_.counter("streamkit_failed_conversions_total"), 1);
}

TEST_F(ResourcePolicyTest, ThePolicyIsTheConverters) {
  ResourcePolicy narrow;
  narrow.max_pixels = 1000;
  const SegmentConverter converter({}, {.preset = "ultrafast"}, cue_depth(), false, narrow);
  const auto segment = convert(converter, good_chunk());
  ASSERT_FALSE(segment);
  EXPECT_EQ(exceeded_limit(segment.error()), Limit::Pixels);
  const auto format = converter.format_of(good_chunk(), StereoMode::FullSbs, {});
  ASSERT_FALSE(format);
  EXPECT_EQ(exceeded_limit(format.error()), Limit::Pixels);
}

TEST_F(ResourcePolicyTest, ViewsMayNotBeFarLargerThanFrames) {
  ResourcePolicy narrow;
  narrow.max_pixels = 96 * 64;
  const SegmentConverter converter({}, {.preset = "ultrafast"}, cue_depth(), false, narrow);
  EXPECT_TRUE(convert(converter, good_chunk()));
  // Both sides of a sphere are the longer one of the source.
  const auto sphere = converter.convert(good_chunk(), StereoMode::Vr180, {0, kChunk, {}, {}},
                                        SegmentKind::Converted, {[] {}}, {});
  ASSERT_FALSE(sphere);
  EXPECT_EQ(exceeded_limit(sphere.error()), Limit::Pixels);
}

TEST_F(ResourcePolicyTest, AConversionEndsAtItsDeadline) {
  ResourcePolicy hasty;
  hasty.max_wall_time = std::chrono::seconds(0);
  const SegmentConverter converter({}, {.preset = "ultrafast"}, cue_depth(), false, hasty);
  const auto segment = convert(converter, good_chunk());
  ASSERT_FALSE(segment);
  EXPECT_EQ(exceeded_limit(segment.error()), Limit::ClockTime);
}

TEST_F(ResourcePolicyTest, ExceptionsOfItsThreadsAreErrors) {
  const auto failure_of = [](std::function<void()> fail) {
    const SegmentConverter converter({}, {.preset = "ultrafast"}, [fail] {
      return Result<std::unique_ptr<DepthEstimator>>(std::make_unique<ThrowingEstimator>(fail));
    });
    const auto segment = convert(converter, good_chunk());
    EXPECT_FALSE(segment);
    return segment ? Error{} : segment.error();
  };
  EXPECT_EQ(exceeded_limit(failure_of([] { throw std::bad_alloc(); })), Limit::Memory);
  EXPECT_EQ(exceeded_limit(failure_of([] { throw std::length_error("vector"); })), Limit::Memory);
  const Error other = failure_of([] { throw std::runtime_error("odd"); });
  EXPECT_EQ(other.code, ErrorCode::Internal);
  EXPECT_NE(other.message.find("odd"), std::string::npos);
}

TEST_F(ResourcePolicyTest, DamagedFilesOfEveryContainerEndWithAVerdict) {
  const std::vector<Bytes> wholes = {good_chunk(),
                                     clip("libx264", "yuv420p", ".mkv"),
                                     clip("libx264", "yuv420p", ".ts"),
                                     clip("mpeg2video", "yuv420p", ".ts"),
                                     clip("mpeg4", "yuv420p", ".mp4"),
                                     clip("mjpeg", "yuvj420p", ".mov"),
                                     clip("png", "rgb24", ".mov"),
                                     clip("ffv1", "yuv420p", ".mkv")};
  std::mt19937 random(20'240'607);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random()) % bound; };
  for (std::size_t n = 0; n < wholes.size(); ++n) {
    for (int round = 0; round < 12; ++round) {
      Bytes damaged = wholes[n];
      if (round % 4 == 3) damaged.resize(below(damaged.size()));
      const std::size_t flips = damaged.empty() ? 0 : std::size_t{1} << (round % 8);
      for (std::size_t flip = 0; flip < flips; ++flip) {
        damaged[below(damaged.size())] = static_cast<std::uint8_t>(random());
      }
      const auto segment = converter_.convert(damaged, StereoMode::FullSbs, {0, kChunk, {}, {}},
                                              SegmentKind::Flat, {[] {}}, {});
      if (segment) {
        EXPECT_LE(segment->file.duration, longest_chunk({}, kChunk)) << n << " " << round;
      } else {
        expect_final(segment.error());
      }
    }
  }
}

}  // namespace
}  // namespace streamkit::worker
