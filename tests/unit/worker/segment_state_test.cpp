#include "worker/segment_state.hpp"

#include <gtest/gtest.h>

namespace streamkit::worker {
namespace {

TEST(SegmentState, GoesBothWays) {
  for (const SegmentState& state :
       {SegmentState{{1, 2, 3}, {4, 5}}, SegmentState{{}, {4}}, SegmentState{Bytes(300, 7), {}}}) {
    const Bytes bytes = write_segment_state(state);
    const auto read = read_segment_state(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->depth, state.depth);
    EXPECT_EQ(read->views, state.views);
  }
}

TEST(SegmentState, HoldsTheSoundAroundTheEnd) {
  SegmentState state{{1, 2, 3}, {4}, {}};
  state.sound.format = {44'100, 2};
  state.sound.sample_count = 3;
  state.sound.pts = MediaTime{-5};
  state.sound.samples = {0.5F, -0.25F, 0, 1, 2, 3};
  const Bytes bytes = write_segment_state(state);
  const auto read = read_segment_state(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->depth, state.depth);
  EXPECT_EQ(read->views, state.views);
  EXPECT_EQ(read->sound.format, state.sound.format);
  EXPECT_EQ(read->sound.pts, state.sound.pts);
  EXPECT_EQ(read->sound.samples, state.sound.samples);
  EXPECT_EQ(write_segment_state(*read), bytes);
  for (std::size_t size = 1; size < bytes.size() - 1; ++size) {
    EXPECT_FALSE(read_segment_state(std::span(bytes).first(size))) << size;
  }
  Bytes many = bytes;
  many[12 + 4] = 9;  // channels
  EXPECT_EQ(read_segment_state(many).error().code, ErrorCode::CorruptData);
  for (const std::uint8_t highest : {0x7F, 0x80}) {
    Bytes far = bytes;
    far[12 + 12 + 7] = highest;  // of the time
    EXPECT_EQ(read_segment_state(far).error().code, ErrorCode::CorruptData);
  }
  Bytes endless = bytes;
  endless[12 + 20 + 3] = endless[12 + 20 + 2] = 0xFF;  // not a number
  EXPECT_EQ(read_segment_state(endless).error().code, ErrorCode::CorruptData);
}

TEST(SegmentState, NothingIsWrittenAsNothing) {
  EXPECT_TRUE(write_segment_state({}).empty());
  const auto read = read_segment_state({});
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->depth.empty() && read->views.empty());
}

TEST(SegmentState, RefusesWhatIsNoneOfItsVersion) {
  const Bytes good = write_segment_state({{1, 2, 3}, {4, 5}});
  for (std::size_t size = 1; size < 12 + 3; ++size) {
    const auto read = read_segment_state(std::span(good).first(size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, ErrorCode::CorruptData) << size;
  }
  Bytes newer = good;
  newer[4] = 3;
  EXPECT_EQ(read_segment_state(newer).error().code, ErrorCode::Unsupported);
  // What an estimator alone writes.
  Bytes older(64, 0);
  older[0] = 'S', older[1] = 'K', older[2] = 'D', older[3] = 'S', older[4] = 1;
  EXPECT_EQ(read_segment_state(older).error().code, ErrorCode::Unsupported);
  Bytes beyond = good;
  beyond[11] = 0xFF;
  EXPECT_EQ(read_segment_state(beyond).error().code, ErrorCode::CorruptData);
}

TEST(SegmentState, TakesNoMoreOfEachPartThanItsBound) {
  Bytes bytes = write_segment_state({{1}, {2}});
  bytes.resize(12 + 1 + kMaxViewStateBytes);
  EXPECT_TRUE(read_segment_state(bytes));
  bytes.push_back(0);
  EXPECT_EQ(read_segment_state(bytes).error().code, ErrorCode::CorruptData);
}

}  // namespace
}  // namespace streamkit::worker
