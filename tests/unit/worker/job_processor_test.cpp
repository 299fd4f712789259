#include "worker/job_processor.hpp"

#include <gtest/gtest.h>

#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/memory_session_store.hpp>
#include <streamkit/testing/recording_metrics.hpp>
#include <streamkit/worker/segment_converter.hpp>

#include <filesystem>
#include <fstream>

#include "media/media_test_support.hpp"
#include "scripted_converter.hpp"
#include "worker/segment_state.hpp"

namespace streamkit::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MediaTime kChunk = seconds(1);

Bytes text(std::string_view content) { return Bytes(content.begin(), content.end()); }

class JobProcessorTest : public ::testing::Test {
 protected:
  JobProcessorTest() {
    Session session;
    session.id = "session-1";
    session.chunk_duration = kChunk;
    EXPECT_TRUE(sessions_.create(session));
  }

  static std::vector<Chunk> own_chunks(
      std::int64_t frames, FrameRate rate = {30, 1},
      const std::function<VideoFrame(const VideoFormat&, std::int64_t)>& draw =
          media::make_picture) {
    media::EncoderOptions config;
    config.chunk_duration = kChunk;
    config.preset = "ultrafast";
    const VideoFormat format = media::small_format(rate);
    auto encoder = media::open_encoder(config, format, AudioFormat{});
    auto chunker = media::open_chunker({kChunk}, (*encoder)->tracks());
    std::vector<Chunk> all;
    const auto take = [&](Result<std::vector<Chunk>> chunks) {
      for (Chunk& chunk : *chunks) all.push_back(std::move(chunk));
    };
    for (Packet& packet : media::encode(**encoder, format, frames, draw)) {
      take((*chunker)->push(std::move(packet)));
    }
    take((*chunker)->flush());
    return all;
  }

  // What another program makes of one second, or as many frames: an ordinary file from time 0, with
  // one keyframe, B-frames, moov first; and a pause in the middle, if wanted.
  static Bytes foreign_chunk(bool sound = true, std::int64_t frames = 25,
                             MediaTime pause = MediaTime{0}) {
    media::EncoderOptions config;
    config.chunk_duration = MediaTime{0};
    config.preset = "veryfast";
    config.b_frames = 2;
    const VideoFormat format = media::small_format({25, 1});
    auto encoder =
        media::open_encoder(config, format, sound ? std::optional(AudioFormat{}) : std::nullopt);
    const auto path = std::filesystem::temp_directory_path() /
                      ("streamkit-foreign-" + std::to_string(::getpid()) + ".mp4");
    auto muxer = media::FileMuxer::create(path);
    EXPECT_TRUE((*muxer)->open((*encoder)->tracks()));
    for (Packet& packet : media::encode(**encoder, format, frames)) {
      if (packet.pts >= format.frame_rate.time_of(frames / 2)) packet.pts += pause;
      if (packet.dts >= format.frame_rate.time_of(frames / 2)) packet.dts += pause;
      EXPECT_TRUE((*muxer)->write(std::move(packet)));
    }
    EXPECT_TRUE((*muxer)->finish());
    std::ifstream file(path, std::ios::binary);
    Bytes bytes(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(path);
    return bytes;
  }

  // One second with PCM, of another size if wanted; or the sound alone.
  static Bytes pcm_chunk(AudioFormat sound, bool pictures = true,
                         VideoFormat format = media::small_format({25, 1}), bool decodable = true) {
    media::EncoderOptions config;
    config.chunk_duration = MediaTime{0};
    config.preset = "veryfast";
    const auto encoder = media::open_encoder(config, format);
    const auto path = std::filesystem::temp_directory_path() /
                      ("streamkit-pcm-" + std::to_string(::getpid()) + ".mov");
    auto muxer = media::FileMuxer::create(path);
    Tracks tracks{{}, AudioTrack{.codec = "pcm_s16le", .format = sound, .codec_config = {}}};
    if (pictures) tracks.video = (*encoder)->tracks().video;
    EXPECT_TRUE((*muxer)->open(tracks));
    std::vector<Packet> packets;
    if (pictures) packets = media::encode(**encoder, format, 25);
    for (Packet& packet : packets) {
      if (!decodable) std::fill(packet.data.begin(), packet.data.end(), std::uint8_t{0x55});
    }
    for (int at = 0; at < sound.sample_rate_hz; at += 1000) {
      Packet packet;
      packet.track = TrackKind::Audio;
      packet.pts = packet.dts = from_ticks(at, 1, sound.sample_rate_hz);
      packet.duration = from_ticks(1000, 1, sound.sample_rate_hz);
      packet.keyframe = true;
      const AudioFrame tone = media::make_tone(at, 1000, {sound.sample_rate_hz, 1});
      for (const float sample : tone.samples) {
        const auto value = static_cast<std::int16_t>(sample * 32767);
        for (int channel = 0; channel < sound.channels; ++channel) {
          packet.data.push_back(static_cast<std::uint8_t>(value & 0xFF));
          packet.data.push_back(static_cast<std::uint8_t>(value >> 8 & 0xFF));
        }
      }
      packets.push_back(std::move(packet));
    }
    for (Packet& packet : packets) EXPECT_TRUE((*muxer)->write(std::move(packet)));
    EXPECT_TRUE((*muxer)->finish());
    std::ifstream file(path, std::ios::binary);
    Bytes bytes(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(path);
    return bytes;
  }

  // Checks that the sound of all segments is AAC of one format without a gap. Returns its end.
  MediaTime expect_joined_sound(std::uint64_t segments, const AudioFormat& format) {
    MediaTime end{0};
    for (std::uint64_t index = 0; index < segments; ++index) {
      const media::ReadBack back = media::read_all(segment(index));
      EXPECT_TRUE(back.info.audio && back.info.audio->codec == "aac") << index;
      EXPECT_EQ(back.info.audio->format, format) << index;
      for (const Packet& packet : back.sound) {
        EXPECT_LT(std::chrono::abs(packet.pts - end), MediaTime(milliseconds(1))) << index;
        end = packet.pts + packet.duration;
      }
      EXPECT_EQ(record(index).audio_end, end) << index;
    }
    return end;
  }

  void put(std::uint64_t index, const Bytes& bytes) {
    EXPECT_TRUE(objects_.put(to_string(StreamInputKey{"session-1", index}), bytes, {}, {}));
  }

  Verdict process(std::string_view key) {
    return process_body(net::make_object_created_event("bucket", key, 1, {}));
  }
  Verdict process_body(const std::string& body) {
    return processor_.process({"receipt", body, 1}, [this] { ++signs_of_life_; }, {});
  }
  Verdict process(std::uint64_t index) {
    return process(to_string(StreamInputKey{"session-1", index}));
  }

  static Verdict process_with(JobProcessor& processor, std::uint64_t index, int lost = 0) {
    const std::string key = to_string(StreamInputKey{"session-1", index});
    const std::string body = net::make_object_created_event("bucket", key, 1, {});
    return processor.process({.receipt = "receipt", .body = body, .lost_deliveries = lost}, [] {},
                             {});
  }

  SegmentRecord record(std::uint64_t index) {
    const auto records = sessions_.segments("session-1", index, 1);
    EXPECT_TRUE(records && !records->empty() && records->front().index == index) << index;
    return records && !records->empty() ? records->front() : SegmentRecord{};
  }
  Bytes segment(std::uint64_t index) {
    auto bytes = objects_.get(to_string(StreamOutputKey{"session-1", index}), {});
    EXPECT_TRUE(bytes) << index;
    return bytes ? *bytes : Bytes{};
  }

  testing::MemoryObjectStore objects_;
  testing::FaultInjectingObjectStore faulty_{objects_};
  testing::MemorySessionStore sessions_;
  testing::RecordingMetrics metrics_;
  SegmentConverter converter_{{}, {.preset = "ultrafast"}};
  JobProcessor processor_{
      faulty_, faulty_, sessions_, sessions_, converter_, {}, {.metrics = &metrics_}};
  int signs_of_life_ = 0;
};

TEST_F(JobProcessorTest, AChunkBecomesASegmentAtItsTimeWithItsSoundUntouched) {
  const auto chunks = own_chunks(75);
  ASSERT_EQ(chunks.size(), 3u);
  for (const Chunk& chunk : chunks) put(chunk.index, chunk.data);
  for (const Chunk& chunk : chunks) {
    EXPECT_EQ(process(chunk.index).action, Verdict::Action::Complete);
    const media::ReadBack before = media::read_all(chunk.data);
    const media::ReadBack after = media::read_all(segment(chunk.index));
    EXPECT_EQ(after.info.video.width_px, 192);
    ASSERT_EQ(after.pictures.size(), before.pictures.size());
    for (std::size_t n = 0; n < after.pictures.size(); ++n) {
      EXPECT_EQ(after.pictures[n].pts, before.pictures[n].pts);
    }
    ASSERT_EQ(after.sound.size(), before.sound.size());
    for (std::size_t n = 0; n < after.sound.size(); ++n) {
      EXPECT_EQ(after.sound[n].data, before.sound[n].data);
      EXPECT_EQ(after.sound[n].pts, before.sound[n].pts);
    }
    const SegmentRecord row = record(chunk.index);
    EXPECT_EQ(row.start, chunk.start);
    EXPECT_EQ(row.duration, chunk.duration);
    EXPECT_EQ(row.audio_end, chunk.audio_end);
    EXPECT_EQ(row.size_bytes, segment(chunk.index).size());
    EXPECT_EQ(row.width_px, 192);
    EXPECT_EQ(row.kind, SegmentKind::Converted);
  }
  EXPECT_GE(signs_of_life_, 75);
}

TEST_F(JobProcessorTest, OwnChunksMayComeInAnyOrder) {
  const auto chunks = own_chunks(90, {30000, 1001});
  for (const Chunk& chunk : chunks) put(chunk.index, chunk.data);
  for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
    EXPECT_EQ(process(chunk->index).action, Verdict::Action::Complete);
    EXPECT_EQ(record(chunk->index).start, chunk->start);
  }
}

TEST_F(JobProcessorTest, AnotherDeliveryChangesNothing) {
  const auto chunks = own_chunks(30);
  put(0, chunks[0].data);
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
  const int puts = static_cast<int>(faulty_.put_keys().size());
  put(0, text("another object under the same key"));
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
  EXPECT_EQ(static_cast<int>(faulty_.put_keys().size()), puts);
  EXPECT_EQ(processor_.stats().converted, 1u);
}

TEST_F(JobProcessorTest, ForeignChunksFollowEachOtherWithoutGapOrOverlap) {
  const Bytes file = foreign_chunk();
  MediaTime end{0};
  MediaTime sound_end{0};
  for (std::uint64_t index = 0; index < 4; ++index) {
    put(index, file);
    ASSERT_EQ(process(index).action, Verdict::Action::Complete);
    const SegmentRecord row = record(index);
    EXPECT_LT(std::chrono::abs(row.start - end), MediaTime(milliseconds(1)));
    EXPECT_LT(std::chrono::abs(row.duration - MediaTime(seconds(1))), MediaTime(milliseconds(1)));
    const media::ReadBack back = media::read_all(segment(index));
    EXPECT_EQ(back.pictures.size(), 25u);
    for (const Packet& packet : back.sound) {
      EXPECT_LT(std::chrono::abs(packet.pts - sound_end), MediaTime(milliseconds(1)));
      sound_end = packet.pts + packet.duration;
    }
    EXPECT_LT(std::chrono::abs(sound_end - row.start - row.duration), MediaTime(milliseconds(22)));
    end = row.start + row.duration;
  }
}

TEST_F(JobProcessorTest, AForeignChunkWaitsForTheSegmentBefore) {
  put(1, foreign_chunk());
  const Verdict verdict = process(1);
  EXPECT_EQ(verdict.action, Verdict::Action::Retry);
  EXPECT_GT(verdict.delay.count(), 0);
  put(0, foreign_chunk());
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
  EXPECT_EQ(process(1).action, Verdict::Action::Complete);
}

TEST_F(JobProcessorTest, AForeignChunkWaitsAsLongAsTheOneBeforeTakes) {
  testing::FakeClock clock(testing::FakeWait::AutoAdvances);
  JobProcessor processor{faulty_, faulty_, sessions_, sessions_, converter_, {}, {.clock = &clock}};
  const auto process_one = [&](std::uint64_t index) {
    const auto key = to_string(StreamInputKey{"session-1", index});
    return processor.process({"r", net::make_object_created_event("b", key, 1, {}), 1}, [] {}, {});
  };
  put(0, foreign_chunk());
  put(1, foreign_chunk());
  for (int attempt = 0; attempt < 100; ++attempt) {
    const Verdict verdict = process_one(1);
    ASSERT_EQ(verdict.action, Verdict::Action::Retry) << attempt;
    ASSERT_LE(verdict.delay, milliseconds(500));
  }
  EXPECT_EQ(process_one(0).action, Verdict::Action::Complete);
  EXPECT_EQ(process_one(1).action, Verdict::Action::Complete);
  EXPECT_EQ(processor.stats().failed_attempts, 0u);
}

// A worker that dies between storing a segment and recording it leaves its job in the queue.
TEST_F(JobProcessorTest, ASegmentThatWasStoredButNotRecordedIsMadeAgain) {
  const auto chunks = own_chunks(30);
  put(0, chunks[0].data);
  ASSERT_TRUE(
      objects_.put("stream_output/session-1/seg_00000.mp4", text("of another size"), {}, {}));
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
  EXPECT_EQ(record(0).size_bytes, segment(0).size());
  EXPECT_EQ(media::read_all(segment(0)).pictures.size(), 30u);
  EXPECT_EQ(sessions_.progress("session-1")->contiguous_segments, 1u);
}

// Both convert the same chunk, one of them after it was taken for dead.
TEST_F(JobProcessorTest, ASegmentThatAnotherWorkerRecordedMeanwhileStaysAsItIs) {
  put(0, own_chunks(30)[0].data);
  const SegmentRecord others{.index = 0, .size_bytes = 7};
  const std::string body =
      net::make_object_created_event("b", to_string(StreamInputKey{"session-1", 0}), 1, {});
  const auto record_meanwhile = [&] {
    if (signs_of_life_++ > 0) return;
    EXPECT_TRUE(sessions_.record_segment("session-1", others));
  };
  EXPECT_EQ(processor_.process({"r", body, 1}, record_meanwhile, {}).action,
            Verdict::Action::Complete);
  EXPECT_EQ(record(0), others);
  EXPECT_TRUE(faulty_.put_keys().empty());
}

TEST_F(JobProcessorTest, SoundThatIsNotAacIsEncodedAndJoined) {
  for (std::uint64_t index = 0; index < 3; ++index) {
    put(index, pcm_chunk({44'100, 2}));
    ASSERT_EQ(process(index).action, Verdict::Action::Complete);
    EXPECT_EQ(record(index).kind, SegmentKind::Converted);
    EXPECT_EQ(media::read_all(segment(index)).pictures.size(), 25u);
  }
  // The last packets of a segment wait for the next one.
  EXPECT_GT(expect_joined_sound(3, {44'100, 2}), MediaTime(milliseconds(2940)));
}

TEST_F(JobProcessorTest, OtherSoundIsBroughtToThatOfTheStream) {
  put(0, foreign_chunk());
  put(1, pcm_chunk({44'100, 1}));
  put(2, foreign_chunk());
  put(3, foreign_chunk(false));
  for (std::uint64_t index = 0; index < 4; ++index) {
    ASSERT_EQ(process(index).action, Verdict::Action::Complete) << index;
  }
  EXPECT_GT(expect_joined_sound(4, AudioFormat{}), MediaTime(milliseconds(3940)));
}

TEST_F(JobProcessorTest, PicturesOfAnotherSizeAreBroughtToThatOfTheStream) {
  VideoFormat other = media::small_format({25, 1});
  other.width_px = 64;
  other.height_px = 96;
  put(0, foreign_chunk());
  put(1, pcm_chunk({48'000, 2}, true, other));
  ASSERT_EQ(process(0).action, Verdict::Action::Complete);
  ASSERT_EQ(process(1).action, Verdict::Action::Complete);
  EXPECT_EQ(record(1).kind, SegmentKind::Converted);
  EXPECT_EQ(record(1).width_px, record(0).width_px);
  EXPECT_EQ(record(1).height_px, record(0).height_px);
}

TEST_F(JobProcessorTest, AChunkWithoutPicturesKeepsItsSoundUnderTheLastFrame) {
  put(0, foreign_chunk());
  put(1, pcm_chunk({48'000, 1}, false));
  put(2, foreign_chunk());
  for (std::uint64_t index = 0; index < 3; ++index) {
    ASSERT_EQ(process(index).action, Verdict::Action::Complete) << index;
  }
  EXPECT_EQ(record(1).kind, SegmentKind::Filler);
  EXPECT_LT(std::chrono::abs(record(1).duration - kChunk), MediaTime(milliseconds(1)));
  EXPECT_EQ(record(2).start, record(1).start + record(1).duration);
  expect_joined_sound(3, AudioFormat{});
  const media::ReadBack before = media::read_all(segment(0));
  const media::ReadBack still = media::read_all(segment(1));
  ASSERT_EQ(still.pictures.size(), 25u);
  const VideoPlane& wanted = before.pictures.back().planes[0];
  for (const VideoFrame& picture : still.pictures) {
    long difference = 0;
    for (int y = 0; y < wanted.height_px; ++y) {
      for (int x = 0; x < wanted.width_px; ++x) {
        difference += std::abs(wanted.row(y)[x] - picture.planes[0].row(y)[x]);
      }
    }
    EXPECT_LT(difference, 4L * wanted.height_px * wanted.width_px);
  }
}

TEST_F(JobProcessorTest, PicturesThatCannotBeDecodedDoNotCostTheSound) {
  put(0, foreign_chunk());
  put(1, pcm_chunk({44'100, 1}, true, media::small_format({25, 1}), false));
  put(2, foreign_chunk());
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
  EXPECT_EQ(process(1).action, Verdict::Action::DeadLetter);
  EXPECT_EQ(process(2).action, Verdict::Action::Complete);
  EXPECT_EQ(record(1).kind, SegmentKind::Filler);
  // As long as the sound, which ends with a whole packet.
  EXPECT_LT(std::chrono::abs(record(1).duration - kChunk), MediaTime(milliseconds(41)));
  expect_joined_sound(3, AudioFormat{});
  // Silence takes a few bytes.
  EXPECT_GT(media::read_all(segment(1)).sound[20].data.size(), 100u);
}

TEST_F(JobProcessorTest, AStreamMayBeginWithoutPictures) {
  put(0, pcm_chunk({8'000, 1}, false));
  put(1, pcm_chunk({8'000, 1}));
  ASSERT_EQ(process(0).action, Verdict::Action::Complete);
  ASSERT_EQ(process(1).action, Verdict::Action::Complete);
  EXPECT_EQ(record(0).kind, SegmentKind::Filler);
  EXPECT_EQ(record(1).width_px, record(0).width_px);
  expect_joined_sound(2, {44'100, 1});
}

TEST_F(JobProcessorTest, AChunkWithoutSoundGetsSilence) {
  put(0, foreign_chunk(false));
  ASSERT_EQ(process(0).action, Verdict::Action::Complete);
  const media::ReadBack back = media::read_all(segment(0));
  ASSERT_TRUE(back.info.audio);
  EXPECT_LT(
      std::chrono::abs(back.sound.back().pts + back.sound.back().duration - MediaTime(seconds(1))),
      MediaTime(milliseconds(22)));
}

TEST_F(JobProcessorTest, WhatCannotBeDecodedBecomesAFillerAndTheStreamGoesOn) {
  const auto chunks = own_chunks(90);
  put(0, chunks[0].data);
  put(1, text("no video at all"));
  put(2, chunks[2].data);
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
  EXPECT_EQ(process(1).action, Verdict::Action::DeadLetter);
  EXPECT_EQ(process(2).action, Verdict::Action::Complete);
  const SegmentRecord filler = record(1);
  EXPECT_EQ(filler.kind, SegmentKind::Filler);
  EXPECT_EQ(filler.start, chunks[1].start);
  EXPECT_EQ(filler.duration, kChunk);
  EXPECT_EQ(filler.width_px, record(0).width_px);
  EXPECT_EQ(filler.height_px, record(0).height_px);
  const media::ReadBack back = media::read_all(segment(1));
  EXPECT_EQ(back.pictures.size(), 30u);
  EXPECT_LE(back.pictures[0].planes[0].row(0)[0], 17);
  EXPECT_EQ(back.sound.front().pts, record(0).audio_end);
  EXPECT_EQ(record(2).start, chunks[2].start);
  EXPECT_EQ(processor_.stats().filler, 1u);
  EXPECT_EQ(metrics_.counter("streamkit_chunks_total{outcome=\"filler\"}"), 1);
  EXPECT_EQ(metrics_.counter("streamkit_chunks_total{outcome=\"converted\"}"), 2);
  EXPECT_EQ(metrics_.observations("streamkit_conversion_seconds").size(), 3u);
}

TEST_F(JobProcessorTest, AChunkThatIsLongerThanNominalKeepsTheTargetDuration) {
  // As of a sender that cuts at keyframes, of which there is one in 2.6 s.
  for (std::uint64_t index = 0; index < 3; ++index) {
    put(index, foreign_chunk(true, 65));
    ASSERT_EQ(process(index).action, Verdict::Action::Complete);
    const SegmentRecord row = record(index);
    EXPECT_EQ(row.kind, SegmentKind::Converted);
    EXPECT_EQ(row.duration, milliseconds(2600));
    ASSERT_FALSE(row.parts.empty());
    MediaTime duration{0};
    std::uint64_t at = row.header_bytes;
    const Bytes file = segment(index);
    for (const ChunkPart& part : row.parts) {
      EXPECT_LE(part.duration, kChunk);
      EXPECT_EQ(std::string(file.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                            file.begin() + static_cast<std::ptrdiff_t>(at) + 8),
                "moof");
      duration += part.duration;
      at += part.size_bytes;
    }
    EXPECT_EQ(duration, row.duration);
    EXPECT_EQ(at, row.size_bytes);
  }
}

TEST_F(JobProcessorTest, AChunkOfMoreThanTwiceItsLengthAndTwoSecondsBecomesAFiller) {
  put(0, foreign_chunk(true, 100));
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
  EXPECT_EQ(record(0).duration, seconds(4));
  put(1, foreign_chunk(true, 101));
  const Verdict verdict = process(1);
  EXPECT_EQ(verdict.action, Verdict::Action::DeadLetter);
  EXPECT_NE(verdict.reason.find("the chunk is longer than the 4.0 s that fit"), std::string::npos)
      << verdict.reason;
  EXPECT_EQ(record(1).kind, SegmentKind::Filler);
  EXPECT_EQ(record(1).duration, kChunk);
  put(2, foreign_chunk());
  EXPECT_EQ(process(2).action, Verdict::Action::Complete);
  EXPECT_EQ(record(2).start, seconds(5));
}

TEST_F(JobProcessorTest, APauseInAChunkIsNotFilledBeyondTheLongestChunk) {
  put(0, foreign_chunk(false, 25, std::chrono::minutes(9)));
  const Verdict verdict = process(0);
  EXPECT_EQ(verdict.action, Verdict::Action::DeadLetter);
  EXPECT_NE(verdict.reason.find("the chunk is longer than"), std::string::npos) << verdict.reason;
  EXPECT_EQ(record(0).kind, SegmentKind::Filler);
  EXPECT_EQ(record(0).duration, kChunk);
}

// The container then states a start far from where the frames are.
TEST_F(JobProcessorTest, AbsurdTimesOfDisplayDoNotFillAChunkWithSilence) {
  Bytes chunk = foreign_chunk(false);
  const std::string_view name = "ctts";
  const auto box = std::search(chunk.begin(), chunk.end(), name.begin(), name.end());
  ASSERT_NE(box, chunk.end());
  // Each entry is a count and an offset of 4 bytes; a count of entries and the flags are before.
  const auto entries = static_cast<std::uint8_t>(box[11]);
  for (int entry = 0; entry < entries; ++entry) {
    const auto offset = box + 12 + entry * 8 + 4;
    std::fill_n(offset, 4, std::uint8_t{0});
    *offset = 0x80;
  }
  put(0, chunk);
  process(0);
  EXPECT_LE(record(0).duration, seconds(4));
}

TEST_F(JobProcessorTest, AChunkThatExceedsItsLimitsIsNotDecodedAgain) {
  ScriptedConverter scripted;
  scripted.failure_ = {ErrorCode::ResourceExhausted, "needed more than 4096 MiB"};
  JobProcessor processor{faulty_, faulty_, sessions_, sessions_, scripted, {}, {}};
  put(0, own_chunks(30)[0].data);
  const Verdict verdict = process_with(processor, 0);
  EXPECT_EQ(verdict.action, Verdict::Action::DeadLetter);
  EXPECT_NE(verdict.reason.find("needed more than 4096 MiB"), std::string::npos);
  EXPECT_EQ(scripted.calls_, (std::vector<std::string>{"convert", "silent filler"}));
  EXPECT_EQ(record(0).kind, SegmentKind::Filler);
  EXPECT_EQ(record(0).duration, kChunk);
}

TEST_F(JobProcessorTest, AChunkThatCostsTooMuchIsCountedByItsLimitAndNotDecodedAgain) {
  testing::RecordingMetrics metrics;
  ScriptedConverter scripted;
  JobProcessor processor{
      faulty_, faulty_, sessions_, sessions_, scripted, {}, {.metrics = &metrics}};
  put(0, own_chunks(30)[0].data);
  scripted.failure_ = limit_exceeded(Limit::CpuTime, "exceeded 300 s");
  EXPECT_EQ(process_with(processor, 0).action, Verdict::Action::DeadLetter);
  EXPECT_EQ(scripted.calls_, (std::vector<std::string>{"convert", "silent filler"}));
  EXPECT_EQ(metrics.counter("streamkit_refused_chunks_total{limit=\"cpu_time\"}"), 1);
  EXPECT_EQ(record(0).kind, SegmentKind::Filler);
}

TEST_F(JobProcessorTest, AFillerThatCannotBeWrittenNowIsTriedAgainSoThatNoHoleRemains) {
  ScriptedConverter scripted;
  JobProcessor processor{faulty_, faulty_, sessions_, sessions_, scripted, {}, {}};
  put(0, own_chunks(30)[0].data);
  for (const Error& failure : {limit_exceeded(Limit::ClockTime, "exceeded 300 s"),
                               limit_exceeded(Limit::Pixels, "a frame of 264 megapixels"),
                               Error{ErrorCode::CorruptData, "damaged"}}) {
    scripted.failure_ = failure;
    scripted.filler_failure_ = failure;
    EXPECT_EQ(process_with(processor, 0).action, Verdict::Action::Retry) << to_string(failure);
    EXPECT_TRUE(sessions_.segments("session-1", 0, 1)->empty());
  }
  scripted.filler_failure_.reset();
  EXPECT_EQ(process_with(processor, 0).action, Verdict::Action::DeadLetter);
  EXPECT_EQ(record(0).kind, SegmentKind::Filler);
}

TEST_F(JobProcessorTest, ASubstituteThatExceedsTheLimitsIsNotDecodedAgain) {
  ScriptedConverter scripted;
  scripted.failure_ = {ErrorCode::CorruptData, "damaged"};
  scripted.audio_failure_ = Error{ErrorCode::ResourceExhausted, "killed"};
  JobProcessor processor{faulty_, faulty_, sessions_, sessions_, scripted, {}, {}};
  put(0, own_chunks(30)[0].data);
  EXPECT_EQ(process_with(processor, 0).action, Verdict::Action::DeadLetter);
  EXPECT_EQ(scripted.calls_, (std::vector<std::string>{"convert", "flat", "format of a chunk",
                                                       "filler with audio", "silent filler"}));
  EXPECT_EQ(record(0).kind, SegmentKind::Filler);
  scripted.calls_.clear();
  scripted.flat_failure_ = {ErrorCode::ResourceExhausted, "killed"};
  put(1, own_chunks(60)[1].data);
  EXPECT_EQ(process_with(processor, 1).action, Verdict::Action::DeadLetter);
  EXPECT_EQ(scripted.calls_, (std::vector<std::string>{"convert", "flat", "silent filler"}));
  EXPECT_EQ(record(1).start, kChunk);
}

TEST_F(JobProcessorTest, AChunkThatKilledTheWorkerAgainAndAgainIsNotDecodedAnyMore) {
  ScriptedConverter scripted;
  JobProcessor processor{faulty_, faulty_, sessions_, sessions_, scripted, {}, {}};
  put(0, own_chunks(30)[0].data);
  EXPECT_EQ(process_with(processor, 0, 2).action, Verdict::Action::Retry);
  EXPECT_EQ(scripted.calls_, std::vector<std::string>{"convert"});
  scripted.calls_.clear();
  const Verdict verdict = process_with(processor, 0, 3);
  EXPECT_EQ(verdict.action, Verdict::Action::DeadLetter);
  EXPECT_NE(verdict.reason.find("the worker died 3 times"), std::string::npos) << verdict.reason;
  EXPECT_EQ(scripted.calls_, std::vector<std::string>{"silent filler"});
  EXPECT_EQ(record(0).kind, SegmentKind::Filler);
}

TEST_F(JobProcessorTest, AStoreThatIsAwayIsTriedAgain) {
  put(0, own_chunks(30)[0].data);
  faulty_.script(testing::ObjectCall::Put, {Error{ErrorCode::Unavailable, "store away"}});
  EXPECT_EQ(process(0).action, Verdict::Action::Retry);
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
}

TEST_F(JobProcessorTest, AFullDiskIsWaitedForSoThatNoHoleRemains) {
  put(0, own_chunks(30)[0].data);
  const std::vector<std::optional<Error>> full(20,
                                               Error{ErrorCode::ResourceExhausted, "disk full"});
  faulty_.script(testing::ObjectCall::Put, full);
  for (std::size_t i = 0; i < full.size(); ++i) {
    ASSERT_EQ(process(0).action, Verdict::Action::Retry) << i;
  }
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
}

TEST_F(JobProcessorTest, AFlatSegmentShowsTheSourceToBothEyes) {
  put(0, own_chunks(30)[0].data);
  JobProcessor flat{faulty_, faulty_, sessions_, sessions_, converter_, {.kind = SegmentKind::Flat},
                    {}};
  const std::string body =
      net::make_object_created_event("bucket", to_string(StreamInputKey{"session-1", 0}), 1, {});
  ASSERT_EQ(flat.process({"receipt", body, 1}, [] {}, {}).action, Verdict::Action::Complete);
  EXPECT_EQ(record(0).kind, SegmentKind::Flat);
  const media::ReadBack back = media::read_all(segment(0));
  ASSERT_EQ(back.pictures.size(), 30u);
  const VideoPlane& luma = back.pictures[5].planes[0];
  long difference = 0;
  for (int y = 0; y < luma.height_px; ++y) {
    for (int x = 0; x < 96; ++x) difference += std::abs(luma.row(y)[x] - luma.row(y)[96 + x]);
  }
  // Both halves are coded from the same pixels; only the codec tells them apart.
  EXPECT_LT(static_cast<double>(difference) / (96 * luma.height_px), 3.0);
}

TEST_F(JobProcessorTest, AStoppedConversionIsOfferedAgainAtOnce) {
  put(0, own_chunks(30)[0].data);
  std::stop_source stop;
  stop.request_stop();
  const std::string body =
      net::make_object_created_event("bucket", to_string(StreamInputKey{"session-1", 0}), 1, {});
  const Verdict verdict = processor_.process(
      {"receipt", body, 1}, [] {}, stop.get_token());
  EXPECT_EQ(verdict.action, Verdict::Action::Retry);
  EXPECT_EQ(verdict.delay.count(), 0);
}

TEST_F(JobProcessorTest, ADeletedChunkIsBuried) {
  EXPECT_EQ(process(7).action, Verdict::Action::DeadLetter);
}

TEST_F(JobProcessorTest, OtherObjectsAreAcknowledgedAndLeftAlone) {
  for (const char* key : {"stream_input/session-1/notes.txt", "stream_input/session-1/chunk_1.mp4",
                          "stream_output/session-1/seg_00000.mp4", "elsewhere/a.mp4"}) {
    EXPECT_EQ(process(key).action, Verdict::Action::Complete) << key;
  }
  EXPECT_TRUE(faulty_.put_keys().empty());
}

TEST_F(JobProcessorTest, EveryRecordOfAMessageCounts) {
  const auto chunks = own_chunks(60);
  put(0, chunks[0].data);
  put(1, chunks[1].data);
  const auto body = [](const char* keys) { return std::string(R"({"Records":[)") + keys + "]}"; };
  const auto one = [](const std::string& key) {
    return R"({"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":")" +
           key + R"("}}})";
  };
  const std::string keys = one("stream_input/session-1/chunk_00000.mp4") + "," +
                           one("stream_input/session-1/chunk_00001.mp4");
  EXPECT_EQ(process_body(body(keys.c_str())).action, Verdict::Action::Complete);
  EXPECT_EQ(processor_.stats().converted, 2u);
  EXPECT_EQ(process_body(body("")).action, Verdict::Action::Complete);
  EXPECT_EQ(process_body("{broken").action, Verdict::Action::DeadLetter);
}

TEST_F(JobProcessorTest, AnUnknownSessionIsConvertedSideBySide) {
  const auto chunks = own_chunks(30);
  ASSERT_TRUE(objects_.put("stream_input/unknown/chunk_00000.mp4", chunks[0].data, {}, {}));
  EXPECT_EQ(process("stream_input/unknown/chunk_00000.mp4").action, Verdict::Action::Complete);
  const auto made = objects_.get("stream_output/unknown/seg_00000.mp4", {});
  ASSERT_TRUE(made);
  EXPECT_EQ(media::read_all(*made).info.video.width_px, 192);
}

TEST_F(JobProcessorTest, DropsStreamChunksWhereStreamingIsDisabled) {
  put(0, own_chunks(30)[0].data);
  JobProcessor disabled{
      faulty_, faulty_, sessions_, sessions_, converter_, {.streaming_enabled = false}, {}};
  const std::string body =
      net::make_object_created_event("bucket", to_string(StreamInputKey{"session-1", 0}), 1, {});
  EXPECT_EQ(disabled.process({"receipt", body, 1}, [] {}, {}).action, Verdict::Action::Complete);
  EXPECT_TRUE(faulty_.put_keys().empty());
}

TEST_F(JobProcessorTest, DepthAndViewsGoOnFromTheStateBesideTheSegmentBefore) {
  const auto chunks = own_chunks(90, {30, 1}, media::make_landscape);
  for (const Chunk& chunk : chunks) put(chunk.index, chunk.data);
  SegmentConverter converter{{.automatic_convergence = true}, {.preset = "ultrafast"}};
  JobProcessor first{objects_, objects_, sessions_, sessions_, converter, {}, {}};
  for (const std::uint64_t index : {0, 1, 2}) {
    const std::string body =
        net::make_object_created_event("b", to_string(StreamInputKey{"session-1", index}), 1, {});
    ASSERT_EQ(first.process({"r", body, 1}, [] {}, {}).action, Verdict::Action::Complete);
  }

  // On another worker, with nothing but what is stored.
  const auto again = [&](std::optional<Bytes> state) {
    testing::MemoryObjectStore output;
    testing::MemorySessionStore fresh;
    testing::RecordingMetrics metrics;
    Session session;
    session.id = "session-1";
    session.chunk_duration = kChunk;
    EXPECT_TRUE(fresh.create(session));
    if (state) {
      EXPECT_TRUE(output.put("stream_output/session-1/state_00000.bin", *state, {}, {}));
    }
    JobProcessor processor{objects_, output, fresh, fresh, converter, {}, {.metrics = &metrics}};
    const std::string body =
        net::make_object_created_event("b", to_string(StreamInputKey{"session-1", 1}), 1, {});
    EXPECT_EQ(processor.process({"r", body, 1}, [] {}, {}).action, Verdict::Action::Complete);
    return std::tuple(output.get("stream_output/session-1/seg_00001.mp4", {}).value(),
                      output.get("stream_output/session-1/state_00001.bin", {}).value(),
                      metrics.counter("streamkit_segment_states_refused_total"));
  };
  const Bytes before = objects_.get("stream_output/session-1/state_00000.bin", {}).value();
  const Bytes after = objects_.get("stream_output/session-1/state_00001.bin", {}).value();
  EXPECT_EQ(again(before), std::tuple(segment(1), after, 0.0));

  const auto [anew, state_anew, none] = again({});
  EXPECT_NE(state_anew, after) << "the state told nothing";
  EXPECT_EQ(none, 0);
  // One part may be missing, or damaged, and the other is of use.
  SegmentState parts = read_segment_state(before).value();
  ASSERT_FALSE(parts.views.empty());
  Bytes damaged_views = before;
  damaged_views.back() ^= 1;
  const auto [views_anew, state_views_anew, one] = again(damaged_views);
  EXPECT_NE(views_anew, segment(1)) << "the state of the views told nothing";
  EXPECT_NE(views_anew, anew) << "the state of the depth was lost";
  EXPECT_EQ(one, 1);
  parts.views.clear();
  EXPECT_EQ(again(write_segment_state(parts)), std::tuple(views_anew, state_views_anew, 0.0));

  Bytes damaged = before;
  damaged.back() ^= 1;
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_EQ(again(damaged), std::tuple(anew, state_anew, 1.0));
  EXPECT_EQ(again(text("no state at all, but some other object")),
            std::tuple(anew, state_anew, 1.0));
}

TEST_F(JobProcessorTest, AStateThatCannotBeStoredOrReadStopsNothing) {
  const auto chunks = own_chunks(60);
  for (const Chunk& chunk : chunks) put(chunk.index, chunk.data);
  faulty_.script(testing::ObjectCall::Put,
                 {std::nullopt, Error{ErrorCode::Unavailable, "store away"}});
  ASSERT_EQ(process(0).action, Verdict::Action::Complete);
  EXPECT_FALSE(objects_.get("stream_output/session-1/state_00000.bin", {}));
  faulty_.script(testing::ObjectCall::Head, {Error{ErrorCode::Unavailable, "store away"}});
  ASSERT_EQ(process(1).action, Verdict::Action::Complete);
  EXPECT_EQ(media::read_all(segment(1)).pictures.size(), 30u);
}

TEST_F(JobProcessorTest, EqualChunksGiveEqualSegments) {
  put(0, own_chunks(30)[0].data);
  EXPECT_EQ(process(0).action, Verdict::Action::Complete);
  testing::MemorySessionStore fresh;
  Session session;
  session.id = "session-1";
  session.chunk_duration = kChunk;
  ASSERT_TRUE(fresh.create(session));
  testing::MemoryObjectStore output;
  JobProcessor again{objects_, output, fresh, fresh, converter_, {}, {}};
  const std::string body =
      net::make_object_created_event("bucket", to_string(StreamInputKey{"session-1", 0}), 1, {});
  EXPECT_EQ(again.process({"receipt", body, 1}, [] {}, {}).action, Verdict::Action::Complete);
  EXPECT_EQ(output.get("stream_output/session-1/seg_00000.mp4", {}).value(), segment(0));
}

}  // namespace
}  // namespace streamkit::worker
