#include "rtmp/chunk_reader.hpp"

#include <gtest/gtest.h>

#include "rtmp/publisher.hpp"

namespace streamkit::rtmp {
namespace {

constexpr ChunkLimits kLimits = {1 << 20, 1 << 20, 64};

Bytes numbered(std::size_t size, int first = 0) {
  Bytes bytes;
  for (std::size_t i = 0; i < size; ++i)
    bytes.push_back(static_cast<std::uint8_t>(first + static_cast<int>(i)));
  return bytes;
}

// Reads the bytes in parts of `step`, as a connection delivers them.
std::vector<Message> read_all(ChunkReader& reader, const Bytes& bytes, std::size_t step = 1) {
  std::vector<Message> messages;
  Bytes waiting;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    append_bytes(waiting, ByteView(bytes).subspan(at, std::min(step, bytes.size() - at)));
    for (;;) {
      const auto size = reader.read(waiting);
      EXPECT_TRUE(size) << to_string(size.error());
      if (!size || *size == 0) break;
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(*size));
      if (auto message = reader.take_message()) messages.push_back(*std::move(message));
      if (waiting.empty()) break;
    }
  }
  EXPECT_TRUE(waiting.empty());
  return messages;
}

std::vector<std::uint32_t> times(const std::vector<Message>& messages) {
  std::vector<std::uint32_t> found;
  for (const Message& message : messages) found.push_back(message.timestamp_ms);
  return found;
}

TEST(ChunkReaderTest, ReadsTheStreamIdAsLittleEndian) {
  ChunkReader reader(kLimits);
  const auto messages =
      read_all(reader, chunk({.length = 1, .type = 8, .stream_id = 0x04030201}, numbered(1)));
  ASSERT_EQ(messages.size(), 1);
  EXPECT_EQ(messages[0].stream_id, 0x04030201);
}

TEST(ChunkReaderTest, ReadsAllHeaderFormatsInPartsOfAnySize) {
  const Bytes bytes = joined(
      {chunk({.timestamp = 1000, .length = 3, .type = 9, .stream_id = 1}, numbered(3)),
       chunk({.format = 1, .timestamp = 40, .length = 2, .type = 8}, numbered(2)),
       chunk({.format = 2, .timestamp = 20}, numbered(2)), chunk({.format = 3}, numbered(2))});
  for (const std::size_t step : {1, 2, 3, 7, 1000}) {
    ChunkReader reader(kLimits);
    const auto messages = read_all(reader, bytes, step);
    EXPECT_EQ(times(messages), (std::vector<std::uint32_t>{1000, 1040, 1060, 1080}));
    EXPECT_EQ(messages[3].type, MessageType::Audio);
    EXPECT_EQ(messages[3].stream_id, 1);
    EXPECT_EQ(messages[0].payload, numbered(3));
  }
}

TEST(ChunkReaderTest, ReadsLargeChunkStreamIds) {
  for (const std::uint32_t id : {2U, 63U, 64U, 319U, 320U, 65'599U}) {
    ChunkReader reader(kLimits);
    EXPECT_EQ(read_all(reader, chunk({.id = id, .length = 1, .type = 8}, numbered(1))).size(), 1)
        << id;
  }
}

TEST(ChunkReaderTest, JoinsChunksOfInterleavedMessages) {
  const Bytes video = numbered(300);
  const Bytes audio = numbered(130, 100);
  const auto part = [](const Bytes& bytes, std::size_t from, std::size_t size) {
    return ByteView(bytes).subspan(from, size);
  };
  const Bytes bytes = joined({chunk({.id = 6, .length = 300, .type = 9}, part(video, 0, 128)),
                              chunk({.id = 4, .length = 130, .type = 8}, part(audio, 0, 128)),
                              chunk({.format = 3, .id = 6}, part(video, 128, 128)),
                              chunk({.format = 3, .id = 4}, part(audio, 128, 2)),
                              chunk({.format = 3, .id = 6}, part(video, 256, 44))});
  ChunkReader reader(kLimits);
  const auto messages = read_all(reader, bytes);
  ASSERT_EQ(messages.size(), 2);
  EXPECT_EQ(messages[0].payload, audio);
  EXPECT_EQ(messages[1].payload, video);
}

TEST(ChunkReaderTest, AChunkSizeCountsFromTheNextChunkOn) {
  ChunkReader reader(kLimits);
  const Bytes video = numbered(200);
  read_all(reader, chunk({.id = 6, .length = 200, .type = 9}, ByteView(video).first(128)));
  ASSERT_TRUE(reader.set_chunk_size(50));
  const auto messages =
      read_all(reader, joined({chunk({.format = 3, .id = 6}, ByteView(video).subspan(128, 50)),
                               chunk({.format = 3, .id = 6}, ByteView(video).subspan(178, 22))}));
  ASSERT_EQ(messages.size(), 1);
  EXPECT_EQ(messages[0].payload, video);
  EXPECT_FALSE(reader.set_chunk_size(0));
  EXPECT_FALSE(reader.set_chunk_size(0x80000000));
}

TEST(ChunkReaderTest, ReadsExtendedTimestampsAndDeltas) {
  ChunkReader reader(kLimits);
  const auto messages = read_all(
      reader,
      joined({chunk({.timestamp = 0x01000000, .length = 1, .type = 9}, numbered(1)),
              chunk({.format = 1, .timestamp = 0x02000000, .length = 1, .type = 9}, numbered(1)),
              chunk({.format = 2, .timestamp = 0xFFFFFF}, numbered(1)),
              chunk({.format = 2, .timestamp = 5}, numbered(1))}));
  EXPECT_EQ(times(messages),
            (std::vector<std::uint32_t>{0x01000000, 0x03000000, 0x03FFFFFF, 0x04000004}));
}

class ExtendedTimestampTest : public testing::TestWithParam<bool> {};

// The specification repeats the field; librtmp, and OBS before 2024, do not.
TEST_P(ExtendedTimestampTest, IsRepeatedInContinuationsOrNot) {
  const Bytes payload = numbered(300, 5);
  Bytes field;
  if (GetParam()) append_number(field, 0x01020304, 4);
  const auto next = [&](std::size_t from, std::size_t size) {
    const auto part = ByteView(payload).subspan(from, size);
    return joined({chunk({.format = 3, .id = 4}, field), Bytes(part.begin(), part.end())});
  };
  const Bytes bytes =
      joined({chunk({.id = 4, .timestamp = 0x01020304, .length = 300, .type = 9, .stream_id = 1},
                    ByteView(payload).first(128)),
              next(128, 128), next(256, 44)});
  for (const std::size_t step : {1, 2, 3, 7, 1000}) {
    ChunkReader reader(kLimits);
    const auto messages = read_all(reader, bytes, step);
    ASSERT_EQ(messages.size(), 1);
    EXPECT_EQ(messages[0].payload, payload);
    EXPECT_EQ(messages[0].timestamp_ms, 0x01020304);
  }
}
INSTANTIATE_TEST_SUITE_P(, ExtendedTimestampTest, testing::Bool());

// A last part that is shorter than the field must not wait for bytes that never come.
TEST(ChunkReaderTest, AShortContinuationWaitsForNothing) {
  ChunkReader reader(kLimits);
  const auto messages = read_all(
      reader,
      joined({chunk({.id = 4, .timestamp = 0x01020304, .length = 130, .type = 9}, numbered(128)),
              chunk({.format = 3, .id = 4}, Bytes{7, 8})}));
  EXPECT_EQ(messages.size(), 1);
}

// FFmpeg writes so; the specification's 5.3.1.2.4 says it.
TEST(ChunkReaderTest, AMessageWithoutHeaderAfterAnAbsoluteTimeRepeatsItAsDelta) {
  ChunkReader reader(kLimits);
  const auto messages = read_all(
      reader, joined({chunk({.timestamp = 40, .length = 1, .type = 8}, numbered(1)),
                      chunk({.format = 3}, numbered(1)), chunk({.format = 3}, numbered(1))}));
  EXPECT_EQ(times(messages), (std::vector<std::uint32_t>{40, 80, 120}));
}

// librtmp means the same time; an hour as a delta would be a break.
TEST(ChunkReaderTest, ALargeAbsoluteTimeIsNoDelta) {
  ChunkReader reader(kLimits);
  const auto messages = read_all(
      reader,
      joined({chunk({.timestamp = 3'600'000, .length = 1, .type = 8}, numbered(1)),
              chunk({.format = 3}, numbered(1)), chunk({.format = 2, .timestamp = 20}, numbered(1)),
              chunk({.format = 3}, numbered(1))}));
  EXPECT_EQ(times(messages),
            (std::vector<std::uint32_t>{3'600'000, 3'600'000, 3'600'020, 3'600'040}));
}

TEST(ChunkReaderTest, TimestampsOverflow) {
  ChunkReader reader(kLimits);
  const auto messages = read_all(
      reader, joined({chunk({.timestamp = 0xFFFFFFF0, .length = 1, .type = 8}, numbered(1)),
                      chunk({.format = 2, .timestamp = 32}, numbered(1))}));
  EXPECT_EQ(times(messages), (std::vector<std::uint32_t>{0xFFFFFFF0, 0x10}));
}

TEST(ChunkReaderTest, ReadsMessagesWithoutContent) {
  ChunkReader reader(kLimits);
  EXPECT_EQ(read_all(reader, chunk({.length = 0, .type = 8}, {})).size(), 1);
}

TEST(ChunkReaderTest, CountsMessagesThatAreNeverCompleted) {
  ChunkReader reader(kLimits);
  read_all(reader, chunk({.id = 4, .length = 200, .type = 8}, numbered(128)));
  reader.abort(4);
  reader.abort(9);
  read_all(reader, chunk({.id = 4, .length = 200, .type = 8}, numbered(128)));
  const auto messages = read_all(reader, chunk({.id = 4, .length = 2, .type = 8}, numbered(2)));
  ASSERT_EQ(messages.size(), 1);
  EXPECT_EQ(messages[0].payload, numbered(2));
  EXPECT_EQ(reader.incomplete_messages(), 2);
}

TEST(ChunkReaderTest, RejectsChunksWithoutAHeaderBefore) {
  for (const int format : {2, 3}) {
    ChunkReader reader(kLimits);
    EXPECT_EQ(reader.read(chunk({.format = format}, numbered(10))).error().code,
              ErrorCode::CorruptData);
  }
}

TEST(ChunkReaderTest, BoundsMessages) {
  ChunkReader reader({.max_message_bytes = 100, .max_partial_bytes = 1000, .max_chunk_streams = 4});
  EXPECT_TRUE(reader.read(chunk({.length = 100, .type = 8}, numbered(100))));
  // Rejected by its header, before any byte of it is there.
  EXPECT_EQ(reader.read(chunk({.length = 101, .type = 8}, {})).error().code,
            ErrorCode::ResourceExhausted);
}

TEST(ChunkReaderTest, BoundsIncompleteMessages) {
  ChunkReader reader({.max_message_bytes = 1000, .max_partial_bytes = 300, .max_chunk_streams = 9});
  EXPECT_TRUE(reader.read(chunk({.id = 4, .length = 999, .type = 8}, numbered(128))));
  EXPECT_TRUE(reader.read(chunk({.id = 5, .length = 999, .type = 8}, numbered(128))));
  EXPECT_EQ(reader.read(chunk({.id = 6, .length = 999, .type = 8}, numbered(128))).error().code,
            ErrorCode::ResourceExhausted);
}

TEST(ChunkReaderTest, BoundsChunkStreams) {
  ChunkReader reader({.max_message_bytes = 100, .max_partial_bytes = 1000, .max_chunk_streams = 2});
  EXPECT_TRUE(reader.read(chunk({.id = 4, .length = 1, .type = 8}, numbered(1))));
  EXPECT_TRUE(reader.read(chunk({.id = 5, .length = 1, .type = 8}, numbered(1))));
  EXPECT_EQ(reader.read(chunk({.id = 6, .length = 1, .type = 8}, numbered(1))).error().code,
            ErrorCode::ResourceExhausted);
}

}  // namespace
}  // namespace streamkit::rtmp
