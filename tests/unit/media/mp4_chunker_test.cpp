#include <gtest/gtest.h>

#include <algorithm>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

using std::chrono::milliseconds;

struct Stream {
  Tracks tracks;
  std::vector<Packet> packets;
  std::vector<Chunk> chunks;
};

std::vector<Chunk> cut(const Tracks& tracks, ChunkGrid grid, const std::vector<Packet>& packets) {
  std::vector<Chunk> all;
  auto chunker = open_chunker(grid, tracks);
  const auto take = [&](Result<std::vector<Chunk>> chunks) {
    ASSERT_TRUE(chunks) << to_string(chunks.error());
    for (Chunk& chunk : *chunks) all.push_back(std::move(chunk));
  };
  for (const Packet& packet : packets) take((*chunker)->push(packet));
  take((*chunker)->flush());
  return all;
}

Stream make_stream(FrameRate rate, MediaTime chunk_duration, std::int64_t frames) {
  EncoderOptions options;
  options.chunk_duration = chunk_duration;
  options.preset = "ultrafast";
  const VideoFormat format = small_format(rate);
  auto encoder = open_encoder(options, format, AudioFormat{});
  Stream stream;
  stream.tracks = (*encoder)->tracks();
  stream.packets = encode(**encoder, format, frames);
  stream.chunks = cut(stream.tracks, {chunk_duration}, stream.packets);
  return stream;
}

std::uint32_t big_endian(const Bytes& data, std::size_t at) {
  return static_cast<std::uint32_t>(data[at]) << 24 |
         static_cast<std::uint32_t>(data[at + 1]) << 16 |
         static_cast<std::uint32_t>(data[at + 2]) << 8 | data[at + 3];
}

// The file's top-level boxes, as "ftyp", "moov", ...
std::vector<std::pair<std::string, std::size_t>> boxes(const Bytes& data) {
  std::vector<std::pair<std::string, std::size_t>> found;
  for (std::size_t at = 0; at + 8 <= data.size();) {
    const std::size_t size = big_endian(data, at);
    found.emplace_back(std::string(data.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                                   data.begin() + static_cast<std::ptrdiff_t>(at) + 8),
                       size);
    at += std::max<std::size_t>(size, 8);
  }
  return found;
}

TEST(Mp4Chunker, EachChunkIsAHeaderAndOneFragment) {
  const Stream stream = make_stream({30, 1}, milliseconds(1000), 75);
  ASSERT_EQ(stream.chunks.size(), 3u);
  for (const Chunk& chunk : stream.chunks) {
    const auto found = boxes(chunk.data);
    ASSERT_EQ(found.size(), 4u);
    EXPECT_EQ(found[0].first, "ftyp");
    EXPECT_EQ(found[1].first, "moov");
    EXPECT_EQ(found[2].first, "moof");
    EXPECT_EQ(found[3].first, "mdat");
    EXPECT_EQ(chunk.header_bytes, found[0].second + found[1].second);
  }
}

TEST(Mp4Chunker, HeadersOfAllChunksAreTheSame) {
  const Stream stream = make_stream({25, 1}, milliseconds(600), 60);
  ASSERT_GE(stream.chunks.size(), 3u);
  const auto header = [](const Chunk& chunk) {
    return Bytes(chunk.data.begin(),
                 chunk.data.begin() + static_cast<std::ptrdiff_t>(chunk.header_bytes));
  };
  for (const Chunk& chunk : stream.chunks) EXPECT_EQ(header(chunk), header(stream.chunks[0]));
}

TEST(Mp4Chunker, ChunksFollowEachOtherWithoutGapOrOverlap) {
  for (const FrameRate rate : {FrameRate{24, 1}, FrameRate{25, 1}, FrameRate{30000, 1001},
                               FrameRate{24000, 1001}, FrameRate{60, 1}, FrameRate{10, 1}}) {
    const Stream stream = make_stream(rate, milliseconds(700), 50);
    MediaTime expected{0};
    for (std::size_t i = 0; i < stream.chunks.size(); ++i) {
      EXPECT_EQ(stream.chunks[i].index, i);
      EXPECT_EQ(stream.chunks[i].start, expected);
      EXPECT_GT(stream.chunks[i].duration, MediaTime{0});
      expected += stream.chunks[i].duration;
    }
    EXPECT_EQ(expected, rate.time_of(50)) << to_string(rate);
  }
}

TEST(Mp4Chunker, EachChunkPlaysAloneAtItsPlaceOnTheTimeline) {
  const Stream stream = make_stream({30000, 1001}, milliseconds(500), 70);
  std::int64_t n = 0;
  for (const Chunk& chunk : stream.chunks) {
    const ReadBack back = read_all(chunk.data);
    for (const VideoFrame& picture : back.pictures) {
      EXPECT_EQ(picture.pts, FrameRate({30000, 1001}).time_of(n++));
    }
  }
  EXPECT_EQ(n, 70);
}

TEST(Mp4Chunker, JoinedAfterOneHeaderTheyAreOneStream) {
  const Stream stream = make_stream({30, 1}, milliseconds(500), 100);
  Bytes joined = stream.chunks[0].data;
  for (std::size_t i = 1; i < stream.chunks.size(); ++i) {
    const Chunk& chunk = stream.chunks[i];
    joined.insert(joined.end(),
                  chunk.data.begin() + static_cast<std::ptrdiff_t>(chunk.header_bytes),
                  chunk.data.end());
  }
  const ReadBack back = read_all(joined);
  ASSERT_EQ(back.pictures.size(), 100u);
  for (std::size_t n = 0; n < 100; ++n) {
    EXPECT_EQ(back.pictures[n].pts, FrameRate({30, 1}).time_of(static_cast<std::int64_t>(n)));
  }
}

TEST(Mp4Chunker, EveryAudioPacketComesBackOnceAndUntouched) {
  const Stream stream = make_stream({30, 1}, milliseconds(1100), 100);
  std::vector<Packet> back;
  for (const Chunk& chunk : stream.chunks) {
    for (Packet& packet : read_all(chunk.data).sound) back.push_back(std::move(packet));
  }
  const auto sent = only(stream.packets, TrackKind::Audio);
  ASSERT_EQ(back.size(), sent.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].data, sent[i].data);
    EXPECT_EQ(back[i].pts, sent[i].pts);
    EXPECT_EQ(back[i].duration, sent[i].duration);
  }
}

TEST(Mp4Chunker, SoundGoesByTimestampNotByArrival) {
  const Stream stream = make_stream({30, 1}, milliseconds(1000), 90);
  // All sound first, then all pictures; and the other way round.
  std::vector<Packet> sound_first = only(stream.packets, TrackKind::Audio);
  const auto video = only(stream.packets, TrackKind::Video);
  std::vector<Packet> video_first = video;
  video_first.insert(video_first.end(), sound_first.begin(), sound_first.end());
  sound_first.insert(sound_first.end(), video.begin(), video.end());
  for (const auto& order : {sound_first, video_first}) {
    const auto chunks = cut(stream.tracks, {milliseconds(1000)}, order);
    ASSERT_EQ(chunks.size(), stream.chunks.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      EXPECT_EQ(chunks[i].data, stream.chunks[i].data) << i;
    }
  }
}

TEST(Mp4Chunker, SoundOfAChunkCoversItsPicturesToWithinAPacket) {
  const Stream stream = make_stream({30000, 1001}, milliseconds(500), 120);
  for (const Chunk& chunk : stream.chunks) {
    const MediaTime end = chunk.start + chunk.duration;
    EXPECT_LE(std::chrono::abs(chunk.audio_end - end), from_ticks(1024, 1, 48'000));
  }
}

TEST(Mp4Chunker, AChunkIsGivenOnceItsSoundIsComplete) {
  const Stream stream = make_stream({30, 1}, milliseconds(500), 31);
  auto chunker = *open_chunker({milliseconds(500)}, stream.tracks);
  for (const Packet& packet : only(stream.packets, TrackKind::Video)) {
    EXPECT_TRUE(chunker->push(packet).value().empty());
  }
  std::size_t given = 0;
  for (const Packet& packet : only(stream.packets, TrackKind::Audio)) {
    const std::size_t now = chunker->push(packet).value().size();
    if (now > 0) {
      EXPECT_GE(packet.pts, MediaTime(milliseconds(500)) * static_cast<int>(given + 1));
    }
    given += now;
  }
  EXPECT_EQ(given, 2u);
}

TEST(Mp4Chunker, RefusesABoundaryWithoutKeyframe) {
  const Stream stream = make_stream({30, 1}, milliseconds(2000), 60);
  auto chunker = *open_chunker({milliseconds(500)}, stream.tracks);
  bool refused = false;
  for (const Packet& packet : only(stream.packets, TrackKind::Video)) {
    const auto pushed = chunker->push(packet);
    if (pushed) continue;
    EXPECT_EQ(pushed.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(pushed.error().message.find("keyframe"), std::string::npos);
    refused = true;
    break;
  }
  EXPECT_TRUE(refused);
}

TEST(Mp4Chunker, RefusesTimeThatRunsBackwards) {
  const Stream stream = make_stream({30, 1}, milliseconds(500), 5);
  auto chunker = *open_chunker({milliseconds(500)}, stream.tracks);
  const auto video = only(stream.packets, TrackKind::Video);
  ASSERT_TRUE(chunker->push(video[0]));
  EXPECT_EQ(chunker->push(video[0]).error().code, ErrorCode::InvalidArgument);
}

TEST(Mp4Chunker, RefusesTooShortChunksAndStreamsWithoutPictures) {
  const Stream stream = make_stream({30, 1}, milliseconds(500), 2);
  EXPECT_EQ(open_chunker({milliseconds(499)}, stream.tracks).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ(open_chunker({}, Tracks{{}, stream.tracks.audio}).error().code,
            ErrorCode::InvalidArgument);
}

TEST(Mp4Chunker, AnEmptyStreamGivesNoChunk) {
  const Stream stream = make_stream({30, 1}, milliseconds(500), 1);
  EXPECT_EQ(stream.chunks.size(), 1u);
  auto chunker = *open_chunker({}, stream.tracks);
  EXPECT_TRUE(chunker->flush().value().empty());
}

}  // namespace
}  // namespace streamkit::media
