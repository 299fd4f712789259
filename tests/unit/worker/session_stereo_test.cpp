#include <gtest/gtest.h>

#include <algorithm>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/memory_session_store.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <streamkit/worker/isolated_converter.hpp>
#include <streamkit/worker/segment_converter.hpp>

#include "media/media_test_support.hpp"
#include "worker/job_processor.hpp"

namespace streamkit::worker {
namespace {

constexpr MediaTime kChunk = std::chrono::seconds(1);

const StereoChoice kDeep{.divergence = 8, .convergence = Convergence{.depth = 0.9}};

std::vector<Bytes> chunks_of(std::int64_t seconds) {
  media::EncoderOptions options;
  options.chunk_duration = kChunk;
  options.preset = "ultrafast";
  const VideoFormat format = media::small_format({30, 1});
  const auto encoder = media::open_encoder(options, format, AudioFormat{});
  const auto chunker = media::open_chunker({kChunk}, (*encoder)->tracks());
  std::vector<Bytes> all;
  const auto take = [&](Result<std::vector<Chunk>> chunks) {
    for (Chunk& one : *chunks) all.push_back(std::move(one.data));
  };
  for (Packet& packet : media::encode(**encoder, format, 30 * seconds, media::make_landscape)) {
    take((*chunker)->push(std::move(packet)));
  }
  take((*chunker)->flush());
  return all;
}

Segment convert(const ChunkConverter& converter, const StereoChoice& stereo,
                SegmentKind kind = SegmentKind::Converted) {
  const SegmentPlace place{.chunk_duration = kChunk, .stereo = stereo};
  auto segment = converter.convert(chunks_of(1).front(), StereoMode::HalfSbs, place, kind,
                                   {[] {}, {}, {}}, {});
  if (!segment) ADD_FAILURE() << to_string(segment.error());
  return segment ? *std::move(segment) : Segment{};
}

TEST(SessionStereo, AChoiceGivesWhatTheSameFlagsOfAWorkerGive) {
  const media::EncoderOptions fast{.preset = "ultrafast"};
  const SegmentConverter plain({}, fast, cue_depth());
  const SegmentConverter deep({.divergence = 8, .convergence = 0.9}, fast, cue_depth());
  const Segment chosen = convert(plain, kDeep);
  EXPECT_EQ(chosen.file.data, convert(deep, {}).file.data);
  EXPECT_NE(chosen.file.data, convert(plain, {}).file.data);
  EXPECT_EQ(convert(deep, {.divergence = 2, .convergence = Convergence{}}).file.data,
            convert(plain, {}).file.data)
      << "the session's values win";
}

TEST(SessionStereo, DepthComesFromTheChosenSource) {
  const media::EncoderOptions fast{.preset = "ultrafast"};
  const SegmentConverter by_default({}, fast);
  const SegmentConverter cues({}, fast, cue_depth());
  const SegmentConverter network({}, fast, builtin_network_depth());
  for (const auto& [source, like] : {std::pair{DepthSource::Cues, &cues},
                                     {DepthSource::Network, &network},
                                     {DepthSource::Auto, &by_default}}) {
    const Segment segment = convert(cues, {.depth = source});
    EXPECT_EQ(segment.file.data, convert(*like, {}).file.data) << static_cast<int>(source);
    EXPECT_FALSE(segment.depth_replaced);
    EXPECT_EQ(segment.kind, SegmentKind::Converted);
  }
  const Segment flat = convert(cues, {.depth = DepthSource::Flat});
  EXPECT_EQ(flat.kind, SegmentKind::Flat);
  EXPECT_EQ(flat.file.data, convert(cues, {}, SegmentKind::Flat).file.data);
}

TEST(SessionStereo, AMissingNetworkIsReplacedByAuto) {
  const media::EncoderOptions fast{.preset = "ultrafast"};
  const SegmentConverter without({}, fast, cue_depth());
  const SegmentConverter with({}, fast, fused_depth(), false, {}, {.onnx = cue_depth()});
  const Segment replaced = convert(without, {.depth = DepthSource::Onnx});
  EXPECT_TRUE(replaced.depth_replaced);
  EXPECT_EQ(replaced.file.data, convert(with, {}).file.data);
  const Segment own = convert(with, {.depth = DepthSource::Onnx});
  EXPECT_FALSE(own.depth_replaced);
  EXPECT_EQ(own.file.data, convert(without, {}).file.data);
}

TEST(SessionStereo, AChoiceReachesTheProcessThatConverts) {
  const auto isolated = IsolatedConverter::create({.program = STREAMKIT_CONVERSION_CHILD});
  ASSERT_TRUE(isolated) << to_string(isolated.error());
  const SegmentConverter here({}, {.preset = "ultrafast"});
  for (const StereoChoice& choice :
       {StereoChoice{}, kDeep,
        StereoChoice{.convergence = Convergence{.automatic = true}, .depth = DepthSource::Cues},
        StereoChoice{.depth = DepthSource::Onnx}, StereoChoice{.depth = DepthSource::Flat}}) {
    const Segment segment = convert(**isolated, choice);
    const Segment expected = convert(here, choice);
    EXPECT_EQ(segment.file.data, expected.file.data) << to_string(choice);
    EXPECT_EQ(segment.depth_replaced, expected.depth_replaced) << to_string(choice);
    EXPECT_EQ(segment.kind, expected.kind) << to_string(choice);
  }
}

class StreamOfASession : public ::testing::Test {
 protected:
  void create(const std::string& id, const StereoChoice& stereo) {
    ASSERT_TRUE(sessions_.create(
        {.id = id, .stereo = stereo, .chunk_duration = kChunk, .control_token = "t"}));
  }
  void process(JobProcessor& processor, const std::string& id, std::uint64_t index) {
    const std::string key = to_string(StreamInputKey{id, index});
    ASSERT_TRUE(objects_.put(key, chunks_.at(index), {}, {}));
    const std::string body = net::make_object_created_event("b", key, 1, {});
    EXPECT_EQ(processor.process({"r", body, 1}, [] {}, {}).action, Verdict::Action::Complete);
  }
  Bytes segment(const std::string& id, std::uint64_t index) {
    return objects_.get(to_string(StreamOutputKey{id, index}), {}).value_or(Bytes{});
  }
  SegmentKind kind(const std::string& id, std::uint64_t index) {
    return sessions_.segments(id, index, 1)->at(0).kind;
  }
  std::size_t notes() const {
    const auto lines = logger_.lines();
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [](const auto& line) {
      return line.message == "this worker does not have the depth source that the session chose";
    }));
  }

  const std::vector<Bytes> chunks_ = chunks_of(2);
  testing::MemoryObjectStore objects_;
  testing::MemorySessionStore sessions_;
  testing::RecordingLogger logger_;
  const Context context_{.logger = &logger_};
  SegmentConverter converter_{{}, {.preset = "ultrafast"}, cue_depth()};
};

TEST_F(StreamOfASession, SessionsOfOneWorkerDoNotMix) {
  JobProcessor processor(objects_, objects_, sessions_, sessions_, converter_, {}, context_);
  create("plain", {});
  create("deep", kDeep);
  for (const std::uint64_t index : {0, 1}) {
    process(processor, "plain", index);
    process(processor, "deep", index);
  }
  // The same, of a worker whose flags are the choice.
  SegmentConverter deep({.divergence = 8, .convergence = 0.9}, {.preset = "ultrafast"},
                        cue_depth());
  JobProcessor other(objects_, objects_, sessions_, sessions_, deep, {}, context_);
  create("by-flags", {});
  for (const std::uint64_t index : {0, 1}) {
    process(other, "by-flags", index);
    EXPECT_EQ(segment("deep", index), segment("by-flags", index)) << index;
    EXPECT_NE(segment("deep", index), segment("plain", index)) << index;
  }
  EXPECT_EQ(notes(), 0U);
}

TEST_F(StreamOfASession, AMissingNetworkIsLoggedOnceForEachSession) {
  JobProcessor processor(objects_, objects_, sessions_, sessions_, converter_, {}, context_);
  create("one", {.depth = DepthSource::Onnx});
  create("other", {.depth = DepthSource::Onnx});
  process(processor, "one", 0);
  process(processor, "one", 1);
  EXPECT_EQ(notes(), 1U);
  process(processor, "other", 0);
  EXPECT_EQ(notes(), 2U);
}

TEST_F(StreamOfASession, ADepthThatIsChosenWinsOverAFlatWorker) {
  JobProcessor processor(objects_, objects_, sessions_, sessions_, converter_,
                         {.kind = SegmentKind::Flat}, context_);
  create("open", {});
  create("cues", {.depth = DepthSource::Cues});
  process(processor, "open", 0);
  process(processor, "cues", 0);
  EXPECT_EQ(kind("open", 0), SegmentKind::Flat);
  EXPECT_EQ(kind("cues", 0), SegmentKind::Converted);
  JobProcessor stub(objects_, objects_, sessions_, sessions_, converter_,
                    {.kind = SegmentKind::Flat, .depth_is_choosable = false}, context_);
  process(stub, "cues", 1);
  EXPECT_EQ(kind("cues", 1), SegmentKind::Flat);
  EXPECT_EQ(notes(), 1U);
}

}  // namespace
}  // namespace streamkit::worker
