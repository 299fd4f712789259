// Chunks that are sent ahead of their turn, with their last byte held back.

#include <gtest/gtest.h>

#include <algorithm>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/uploader.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <string>
#include <thread>
#include <vector>

#include "driven_writer.hpp"

namespace streamkit {
namespace {

using namespace std::chrono_literals;
using testing::DrivenWriter;
using testing::FakeClock;
using testing::FakeWait;

const Error kReset{ErrorCode::Unavailable, "connection reset"};
const Error kBusy{ErrorCode::RateLimited, "one at a time"};
const Error kDenied{ErrorCode::PermissionDenied, "not yours"};

constexpr std::size_t kChunkBytes = 100;

Chunk chunk(std::uint64_t index) {
  return {.index = index,
          .start = MediaTime(2s) * static_cast<std::int64_t>(index),
          .duration = 2s,
          .data = Bytes(kChunkBytes, static_cast<std::uint8_t>(index))};
}

std::string key(std::uint64_t index) { return to_string(StreamInputKey{"s1", index}); }

class UploaderAheadTest : public ::testing::Test {
 protected:
  std::unique_ptr<Uploader> uploader(UploaderOptions options = {}) {
    options.chunks_ahead = std::max<std::size_t>(options.chunks_ahead, 20);
    auto buffer = make_memory_buffer(options.chunks_ahead, 0);
    return Uploader::create_with_buffer(
               writer_, "s1", std::move(buffer), options, context_,
               [this](const UploadSample& sample) { samples_.push_back(sample); })
        .value();
  }
  void submit(Uploader& uploads, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = first; i < first + count; ++i) ASSERT_TRUE(uploads.submit(chunk(i), {}));
  }
  // Gives the other threads every chance to begin wrongly; never makes a right one fail.
  void expect_no_put_beyond(std::size_t count) {
    for (int i = 0; i < 500; ++i) std::this_thread::yield();
    EXPECT_EQ(writer_.put_count(), count);
  }
  static std::vector<std::string> keys(std::uint64_t count) {
    std::vector<std::string> all;
    for (std::uint64_t i = 0; i < count; ++i) all.push_back(key(i));
    return all;
  }

  FakeClock clock_{FakeWait::AutoAdvances};
  testing::RecordingLogger logger_;
  Context context_{&logger_, nullptr, &clock_};
  DrivenWriter writer_;
  std::vector<UploadSample> samples_;  // one thread at a time
};

TEST_F(UploaderAheadTest, SendsTheNextChunkBesideTheOldest) {
  const auto uploads = uploader();
  submit(*uploads, 0, 3);
  writer_.await_puts(1);
  EXPECT_FALSE(writer_.is_held(0));
  writer_.send(0, kChunkBytes / 8);
  expect_no_put_beyond(1);
  writer_.send(0, kChunkBytes / 8 + 1);
  writer_.await_puts(2);
  EXPECT_EQ(writer_.key_of(1), key(1));
  EXPECT_TRUE(writer_.is_held(1));
  writer_.send(1, kChunkBytes - 1);
  writer_.succeed(1);
  expect_no_put_beyond(2);
  EXPECT_TRUE(writer_.stored().empty()) << "the last byte left before its turn";
  writer_.succeed(0);
  writer_.await_puts(3);
  writer_.succeed(2);
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_EQ(writer_.stored(), keys(3));
  EXPECT_EQ(uploads->stats().stored_chunks, 3U);
  EXPECT_EQ(uploads->stats().retries, 0U);
  EXPECT_EQ(logger_.count(LogLevel::Warning), 0U);
}

TEST_F(UploaderAheadTest, KeepsHalfAChunkBetweenTheTwo) {
  const auto uploads = uploader();
  submit(*uploads, 0, 3);
  writer_.await_puts(1);
  writer_.send(0, kChunkBytes);
  writer_.await_puts(2);
  writer_.send(1, kChunkBytes / 2 - 1);
  writer_.await_sent(1, kChunkBytes / 2 - 1);
  writer_.succeed(0);
  while (uploads->stats().stored_chunks < 1) std::this_thread::yield();
  expect_no_put_beyond(2);
  writer_.send(1, kChunkBytes / 2);
  writer_.await_puts(3);
  writer_.succeed(1);
  writer_.succeed(2);
  ASSERT_TRUE(uploads->finish({}));
}

TEST_F(UploaderAheadTest, AStreamThatIsUpToDateSendsOneChunkAtATime) {
  const auto uploads = uploader();
  for (std::uint64_t i = 0; i < 3; ++i) {
    submit(*uploads, i, 1);
    writer_.await_puts(i + 1);
    writer_.send(i, kChunkBytes);
    EXPECT_FALSE(writer_.is_held(i));
    writer_.succeed(i);
    ASSERT_TRUE(uploads->finish({}));
  }
}

TEST_F(UploaderAheadTest, AChunkThatComesLaterBeginsImmediately) {
  const auto uploads = uploader();
  submit(*uploads, 0, 1);
  writer_.await_puts(1);
  writer_.send(0, kChunkBytes);
  submit(*uploads, 1, 1);
  writer_.await_puts(2);
  EXPECT_TRUE(writer_.is_held(1));
  writer_.succeed(0);
  writer_.succeed(1);
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_EQ(writer_.stored(), keys(2));
}

TEST_F(UploaderAheadTest, AFailureStopsTheChunkAheadWhichIsSentAgainInItsTurn) {
  const auto uploads = uploader();
  submit(*uploads, 0, 2);
  writer_.await_puts(1);
  writer_.send(0, kChunkBytes);
  writer_.await_puts(2);
  writer_.send(1, kChunkBytes - 1);
  writer_.fail(0, kReset);
  writer_.await_stop(1);
  writer_.await_puts(3);
  EXPECT_EQ(writer_.key_of(2), key(0));
  writer_.send(2, kChunkBytes);
  expect_no_put_beyond(3);  // a chunk that is repeated is sent alone
  writer_.succeed(2);
  writer_.await_puts(4);
  EXPECT_EQ(writer_.key_of(3), key(1));
  EXPECT_FALSE(writer_.is_held(3));
  writer_.succeed(3);
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_EQ(writer_.stored(), keys(2));
  EXPECT_EQ(uploads->stats().retries, 1U) << "a chunk that was stopped has not failed";
}

TEST_F(UploaderAheadTest, ALostResponseIsAFailureLikeAnyOther) {
  const auto uploads = uploader();
  submit(*uploads, 0, 2);
  writer_.await_puts(1);
  writer_.send(0, kChunkBytes);
  writer_.await_puts(2);
  writer_.succeed(1);
  writer_.lose_response(0);
  writer_.await_stop(1);
  writer_.await_puts(3);
  writer_.succeed(2);
  writer_.await_puts(4);
  writer_.succeed(3);
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_EQ(writer_.stored(), (std::vector{key(0), key(0), key(1)}));
}

TEST_F(UploaderAheadTest, AFailureAheadOfTheTurnIsNeverFinal) {
  for (const Error& error : {kReset, kBusy, kDenied}) {
    DrivenWriter writer;
    const auto uploads = Uploader::create(writer, "s1", {.chunks_ahead = 5}, context_).value();
    submit(*uploads, 0, 2);
    writer.await_puts(1);
    writer.send(0, kChunkBytes);
    writer.await_puts(2);
    writer.fail(1, error);
    while (uploads->stats().retries < 1) std::this_thread::yield();
    EXPECT_FALSE(uploads->stats().last_error) << "the chunk whose turn it is has not failed";
    writer.succeed(0);
    writer.await_puts(3);
    EXPECT_EQ(writer.key_of(2), key(1));
    EXPECT_FALSE(writer.is_held(2));
    writer.succeed(2);
    ASSERT_TRUE(uploads->finish({}));
    EXPECT_EQ(writer.stored(), keys(2));
  }
}

TEST_F(UploaderAheadTest, SendsFewerAheadToAServerThatRejectsThem) {
  const auto uploads = uploader();
  submit(*uploads, 0, 12);
  std::size_t puts = 0;
  std::vector<std::uint64_t> ahead_of;
  for (std::uint64_t i = 0; i < 12; ++i) {
    writer_.await_puts(puts + 1);
    ASSERT_EQ(writer_.key_of(puts), key(i));
    const std::size_t oldest = puts++;
    writer_.send(oldest, kChunkBytes);
    const bool expected = i == 0 || i == 1 || i == 3 || i == 7;
    if (expected) {
      writer_.await_puts(puts + 1);
      EXPECT_TRUE(writer_.is_held(puts));
      const std::uint64_t retries = uploads->stats().retries;
      writer_.fail(puts++, kBusy);
      while (uploads->stats().retries == retries) std::this_thread::yield();
    }
    writer_.succeed(oldest);
  }
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_EQ(writer_.put_count(), 16U);
  EXPECT_EQ(writer_.stored(), keys(12));
}

TEST_F(UploaderAheadTest, AFailureAfterTheReleaseIsRepeatedInTurn) {
  const auto uploads = uploader({.retry = {.max_attempts = 2}});
  submit(*uploads, 0, 2);
  writer_.await_puts(1);
  writer_.send(0, kChunkBytes);
  writer_.await_puts(2);
  writer_.succeed(0);
  while (uploads->stats().stored_chunks < 1) std::this_thread::yield();
  writer_.fail(1, kReset);
  writer_.await_puts(3);
  EXPECT_EQ(writer_.key_of(2), key(1));
  EXPECT_FALSE(writer_.is_held(2));
  writer_.fail(2, kReset);
  writer_.await_puts(4);
  writer_.fail(3, kReset);
  const auto failed = uploads->finish({});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "chunk 1 not stored after 2 attempts: connection reset");
  EXPECT_EQ(writer_.stored(), keys(1));
}

TEST_F(UploaderAheadTest, AFinalFailureStopsTheChunkAhead) {
  const auto uploads = uploader();
  submit(*uploads, 0, 3);
  writer_.await_puts(1);
  writer_.send(0, kChunkBytes);
  writer_.await_puts(2);
  writer_.succeed(1);
  writer_.fail(0, kDenied);
  const auto failed = uploads->finish({});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "chunk 0 not stored after 1 attempt: not yours");
  writer_.await_stop(1);
  expect_no_put_beyond(2);
  EXPECT_TRUE(writer_.stored().empty());
  EXPECT_EQ(uploads->stats().retries, 0U);
}

TEST_F(UploaderAheadTest, FinishWaitsForBothChunks) {
  const auto uploads = uploader();
  submit(*uploads, 0, 2);
  writer_.await_puts(1);
  writer_.send(0, kChunkBytes);
  writer_.await_puts(2);
  writer_.succeed(0);
  while (uploads->stats().stored_chunks < 1) std::this_thread::yield();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(uploads->finish(stop.get_token()).error().code, ErrorCode::Cancelled);
  writer_.succeed(1);
  EXPECT_TRUE(uploads->finish({}));
}

TEST_F(UploaderAheadTest, TheDestructorStopsBothChunks) {
  auto uploads = uploader();
  submit(*uploads, 0, 3);
  writer_.await_puts(1);
  writer_.send(0, kChunkBytes);
  writer_.await_puts(2);
  uploads.reset();
  writer_.await_stop(0);
  writer_.await_stop(1);
  EXPECT_EQ(writer_.put_count(), 2U);
  EXPECT_EQ(logger_.count(LogLevel::Warning), 0U);
}

TEST_F(UploaderAheadTest, AnEmptyChunkIsSentInItsTurn) {
  const auto uploads = uploader();
  submit(*uploads, 0, 1);
  ASSERT_TRUE(uploads->submit({.index = 1}, {}));
  writer_.await_puts(1);
  writer_.send(0, kChunkBytes);
  expect_no_put_beyond(1);
  writer_.succeed(0);
  writer_.await_puts(2);
  EXPECT_FALSE(writer_.is_held(1));
  writer_.succeed(1);
  EXPECT_TRUE(uploads->finish({}));
}

TEST_F(UploaderAheadTest, TheBoundOfTheBufferCountsTheChunkAhead) {
  const auto uploads = Uploader::create(writer_, "s1", {.chunks_ahead = 1}, context_).value();
  submit(*uploads, 0, 1);
  writer_.await_puts(1);
  submit(*uploads, 1, 1);
  writer_.send(0, kChunkBytes);
  writer_.await_puts(2);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(uploads->submit(chunk(2), stop.get_token()).error().code, ErrorCode::Cancelled);
  writer_.succeed(0);
  // Chunk 1 is now the one that is being sent.
  ASSERT_TRUE(uploads->submit(chunk(2), {}));
  writer_.succeed(1);
  writer_.await_puts(3);
  writer_.succeed(2);
  EXPECT_TRUE(uploads->finish({}));
}

TEST_F(UploaderAheadTest, MeasuresWhatTheLinkCarriesNotHowLongAChunkIsOnItsWay) {
  FakeClock clock{FakeWait::Blocks};
  context_.clock = &clock;
  const auto uploads = uploader();
  submit(*uploads, 0, 2);
  writer_.await_puts(1);
  clock.advance(5s);  // 10 bytes per second
  writer_.send(0, 50);
  writer_.await_puts(2);
  clock.advance(9s);
  writer_.send(1, 40);
  writer_.await_sent(1, 40);
  writer_.send(0, 99);
  writer_.await_sent(0, 99);
  EXPECT_EQ(uploads->stats().sending_bytes, 100U);
  EXPECT_EQ(uploads->stats().sent_bytes, 99U);
  writer_.succeed(0);
  while (uploads->stats().stored_chunks < 1) std::this_thread::yield();
  EXPECT_EQ(uploads->stats().sent_bytes, 40U) << "the next chunk is now the oldest";
  clock.advance(6s);
  writer_.succeed(1);
  ASSERT_TRUE(uploads->finish({}));
  ASSERT_EQ(samples_.size(), 2U);
  EXPECT_EQ(samples_[0].bytes, 140U);
  EXPECT_EQ(samples_[0].elapsed, 14s);
  EXPECT_EQ(samples_[0].duration, MediaTime(2s) + MediaTime(2s) * 2 / 5);
  EXPECT_EQ(samples_[1].bytes, 60U);
  EXPECT_EQ(samples_[1].elapsed, 6s);
  EXPECT_EQ(samples_[1].duration, MediaTime(2s) * 3 / 5);
}

// A buffer that was written before chunks could be sent ahead.
class PlainBuffer final : public ChunkBuffer {
 public:
  bool has_room_for(const Chunk& chunk) const override { return inner_->has_room_for(chunk); }
  Result<void> add(Chunk chunk) override { return inner_->add(std::move(chunk)); }
  Result<std::shared_ptr<const Chunk>> oldest() override { return inner_->oldest(); }
  Result<void> remove_oldest() override { return inner_->remove_oldest(); }
  BufferLevel level() const override { return inner_->level(); }

 private:
  std::unique_ptr<ChunkBuffer> inner_ = make_memory_buffer(20, 0);
};

TEST_F(UploaderAheadTest, ABufferThatCannotLookAheadSendsOneChunkAtATime) {
  const auto uploads =
      Uploader::create_with_buffer(writer_, "s1", std::make_unique<PlainBuffer>(), {}, context_)
          .value();
  submit(*uploads, 0, 3);
  for (std::size_t i = 0; i < 3; ++i) {
    writer_.await_puts(i + 1);
    writer_.send(i, kChunkBytes);
    expect_no_put_beyond(i + 1);
    writer_.succeed(i);
  }
  EXPECT_TRUE(uploads->finish({}));
}

}  // namespace
}  // namespace streamkit
