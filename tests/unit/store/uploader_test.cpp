#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/uploader.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <streamkit/testing/recording_metrics.hpp>
#include <string>
#include <thread>
#include <vector>

namespace streamkit {
namespace {

using namespace std::chrono_literals;
using testing::FakeClock;
using testing::FakeWait;
using testing::ObjectCall;

const Error kTimeout{ErrorCode::Timeout, "no answer"};
const Error kExpired{ErrorCode::CredentialsExpired, "token expired"};
const Error kDenied{ErrorCode::PermissionDenied, "not yours"};

Chunk chunk(std::uint64_t index) {
  return {.index = index, .data = Bytes(10 + index, static_cast<std::uint8_t>(index))};
}

std::string key(std::uint64_t index) { return to_string(StreamInputKey{"s1", index}); }

// Gives the other thread every chance to return wrongly; never makes a right one fail.
bool still_waits(const std::future<Result<void>>& call) {
  constexpr int kChances = 500;
  for (int i = 0; i < kChances; ++i) {
    std::this_thread::yield();
    if (call.wait_for(0s) == std::future_status::ready) return false;
  }
  return true;
}

class UploaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Uploader> uploader(UploaderOptions config = {}) {
    return Uploader::create(store_, "s1", config, context_).value();
  }
  std::future<Result<void>> in_background(std::function<Result<void>()> call) {
    return std::async(std::launch::async, std::move(call));
  }

  FakeClock clock_{FakeWait::AutoAdvances};
  testing::RecordingLogger logger_;
  testing::RecordingMetrics metrics_;
  Context context_{&logger_, &metrics_, &clock_};
  testing::MemoryObjectStore memory_;
  testing::FaultInjectingObjectStore store_{memory_};
};

TEST_F(UploaderTest, StoresEveryChunkInOrderUnderItsKey) {
  const auto uploads = uploader();
  std::vector<std::string> expected;
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(uploads->submit(chunk(i), {}));
    expected.push_back(key(i));
  }
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_EQ(store_.put_keys(), expected);
  for (std::uint64_t i = 0; i < 20; ++i) EXPECT_EQ(*memory_.get(key(i), {}), chunk(i).data);
  EXPECT_EQ(memory_.content_type_of(key(0)), "video/mp4");
  EXPECT_EQ(uploads->stats().stored_chunks, 20U);
  EXPECT_EQ(uploads->stats().stored_bytes, 20U * 10 + 190);
  EXPECT_EQ(uploads->stats().retries, 0U);
  EXPECT_EQ(metrics_.counter("streamkit_uploaded_chunks_total"), 20);
}

TEST_F(UploaderTest, FinishOfNothingSucceedsAtOnce) { EXPECT_TRUE(uploader()->finish({})); }

TEST_F(UploaderTest, DoesNotSendAChunkBeforeTheOneAheadIsStored) {
  store_.fail_when([this](ObjectCall, std::string_view, std::uint64_t nth) -> std::optional<Error> {
    EXPECT_TRUE(nth == 0 || memory_.head(key(nth - 1), {})) << nth;
    return {};
  });
  store_.hold_puts();
  const auto uploads = uploader({.chunks_ahead = 3});
  for (std::uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(uploads->submit(chunk(i), {}));
  store_.await_held_puts(1);
  EXPECT_EQ(store_.put_keys(), (std::vector{key(0)}));
  store_.release_puts();
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_EQ(store_.calls(ObjectCall::Put), 4U);
}

TEST_F(UploaderTest, SubmitWaitsWhileAsManyChunksWaitAsAreAllowed) {
  store_.hold_puts();
  const auto uploads = uploader({.chunks_ahead = 1});
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  store_.await_held_puts(1);
  ASSERT_TRUE(uploads->submit(chunk(1), {}));  // one ahead
  auto third = in_background([&] { return uploads->submit(chunk(2), {}); });
  EXPECT_TRUE(still_waits(third));
  store_.release_one_put();
  EXPECT_TRUE(third.get());
  store_.release_puts();
  EXPECT_TRUE(uploads->finish({}));
  EXPECT_EQ(uploads->stats().stored_chunks, 3U);
}

TEST_F(UploaderTest, NoChunkAheadMeansOneAtATime) {
  store_.hold_puts();
  const auto uploads = uploader({.chunks_ahead = 0});
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  auto second = in_background([&] { return uploads->submit(chunk(1), {}); });
  store_.await_held_puts(1);
  EXPECT_TRUE(still_waits(second));
  store_.release_puts();
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(uploads->finish({}));
}

TEST_F(UploaderTest, RetriesWithGrowingDelayAndThenGoesOn) {
  store_.script(ObjectCall::Put, {kTimeout, kTimeout, kExpired});
  const auto uploads = uploader({.retry = {.initial_delay = 100ms, .jitter = 0}});
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  ASSERT_TRUE(uploads->submit(chunk(1), {}));
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_EQ(clock_.elapsed(), 100ms + 200ms + 400ms);
  EXPECT_EQ(store_.put_keys(), (std::vector{key(0), key(0), key(0), key(0), key(1)}));
  EXPECT_EQ(uploads->stats().retries, 3U);
  EXPECT_EQ(metrics_.counter("streamkit_upload_retries_total"), 3);
  ASSERT_EQ(logger_.count(LogLevel::Warning), 3U);
  EXPECT_EQ(logger_.lines().front().fields.at("session_id"), "s1");
  EXPECT_EQ(logger_.lines().front().fields.at("index"), "0");
}

TEST_F(UploaderTest, JitterOnlyShortensTheDelays) {
  store_.script(ObjectCall::Put, {kTimeout, kTimeout, kTimeout});
  const auto uploads = uploader({.retry = {.initial_delay = 1000ms, .jitter = 0.5}});
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_GE(clock_.elapsed(), 3500ms - 3ms);  // delays are cut to whole milliseconds
  EXPECT_LE(clock_.elapsed(), 7000ms);
}

TEST_F(UploaderTest, GivesUpAfterTheLastAttemptAndReturnsThatFromEachLaterCall) {
  store_.script(ObjectCall::Put, {std::nullopt, kTimeout, kTimeout, kTimeout, kTimeout});
  const auto uploads = uploader({.chunks_ahead = 3});
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  ASSERT_TRUE(uploads->finish({}));
  ASSERT_TRUE(uploads->submit(chunk(1), {}));
  const auto failed = uploads->finish({});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::Timeout);
  EXPECT_EQ(failed.error().message, "chunk 1 not stored after 4 attempts: no answer");
  EXPECT_EQ(uploads->submit(chunk(2), {}).error(), failed.error());
  EXPECT_EQ(uploads->submit(chunk(99), {}).error(), failed.error());
  EXPECT_EQ(uploads->finish({}).error(), failed.error());
  EXPECT_EQ(store_.put_keys(), (std::vector{key(0), key(1), key(1), key(1), key(1)}));
  EXPECT_EQ(uploads->stats().stored_chunks, 1U);
}

TEST_F(UploaderTest, RetriesByTimeForAsLongAsItIsTold) {
  store_.fail_when([this](ObjectCall, std::string_view, std::uint64_t) -> std::optional<Error> {
    if (clock_.elapsed() < 4min) return kTimeout;
    return {};
  });
  const auto uploads = uploader({.give_up_after = 5min, .chunks_ahead = 3});
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(uploads->submit(chunk(i), {}));
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_GE(clock_.elapsed(), 4min);
  EXPECT_EQ(uploads->stats().stored_chunks, 3U);
  EXPECT_GT(uploads->stats().retries, 10U);
  EXPECT_FALSE(uploads->stats().last_error);
}

TEST_F(UploaderTest, GivesUpOnceTheTimeIsOver) {
  store_.fail_when([](ObjectCall, std::string_view, std::uint64_t) { return kTimeout; });
  const auto uploads = uploader({.retry = {.max_attempts = 1}, .give_up_after = 1min});
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  EXPECT_EQ(uploads->finish({}).error().code, ErrorCode::Timeout);
  EXPECT_GE(clock_.elapsed(), 1min);
  EXPECT_LE(clock_.elapsed(), 1min + 8s);
  EXPECT_TRUE(uploads->stats().failed);
  EXPECT_EQ(uploads->stats().buffered_chunks, 0U);
}

TEST_F(UploaderTest, EachChunkHasItsOwnTime) {
  // Every chunk fails for 40 s from its first attempt on.
  std::string key;
  std::chrono::nanoseconds stored_from{0};
  store_.fail_when([&](ObjectCall, std::string_view put, std::uint64_t) -> std::optional<Error> {
    if (key != put) stored_from = clock_.elapsed() + 40s;
    key = put;
    if (clock_.elapsed() < stored_from) return kTimeout;
    return {};
  });
  const auto uploads = uploader({.give_up_after = 1min, .chunks_ahead = 3});
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(uploads->submit(chunk(i), {}));
  EXPECT_TRUE(uploads->finish({}));
  EXPECT_GE(clock_.elapsed(), 2min);
}

TEST_F(UploaderTest, TellsWhyItRetriesAndWhatItHolds) {
  FakeClock frozen{FakeWait::Blocks};
  context_.clock = &frozen;
  store_.script(ObjectCall::Put, {kTimeout});
  const auto uploads = uploader({.chunks_ahead = 2});
  Chunk first = chunk(0);
  first.duration = 2s;
  ASSERT_TRUE(uploads->submit(std::move(first), {}));
  ASSERT_TRUE(uploads->submit(chunk(1), {}));
  frozen.await_waiters(1);
  EXPECT_EQ(uploads->stats().last_error, kTimeout);
  EXPECT_FALSE(uploads->stats().failed);
  EXPECT_EQ(uploads->stats().buffered_chunks, 2U);
  EXPECT_EQ(uploads->stats().buffered_bytes, 10U + 11U);
  frozen.advance(1s);
  ASSERT_TRUE(uploads->finish({}));
  EXPECT_FALSE(uploads->stats().last_error);
  EXPECT_EQ(uploads->stats().buffered_chunks, 0U);
  EXPECT_EQ(uploads->stats().buffered_bytes, 0U);
}

TEST_F(UploaderTest, SubmitWaitsWhileAsManyBytesWaitAsAreAllowed) {
  store_.hold_puts();
  const auto uploads = uploader({.chunks_ahead = 10, .max_buffered_bytes = 25});
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  store_.await_held_puts(1);
  ASSERT_TRUE(uploads->submit(chunk(1), {}));  // 11 bytes wait
  ASSERT_TRUE(uploads->submit(chunk(2), {}));  // 23
  auto fourth = in_background([&] { return uploads->submit(chunk(3), {}); });
  EXPECT_TRUE(still_waits(fourth));
  store_.release_one_put();
  EXPECT_TRUE(fourth.get());
  store_.release_puts();
  EXPECT_TRUE(uploads->finish({}));
  EXPECT_EQ(uploads->stats().stored_chunks, 4U);
}

TEST_F(UploaderTest, AChunkBeyondTheBoundWaitsAlone) {
  store_.hold_puts();
  const auto uploads = uploader({.chunks_ahead = 10, .max_buffered_bytes = 5});
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  store_.await_held_puts(1);
  ASSERT_TRUE(uploads->submit(chunk(1), {}));
  store_.release_puts();
  EXPECT_TRUE(uploads->finish({}));
}

TEST_F(UploaderTest, WhatNoRetryCanMendFailsAtOnce) {
  store_.script(ObjectCall::Put, {kDenied});
  const auto uploads = uploader();
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  const auto failed = uploads->finish({});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(failed.error().message, "chunk 0 not stored after 1 attempt: not yours");
  EXPECT_EQ(store_.calls(ObjectCall::Put), 1U);
  EXPECT_EQ(clock_.elapsed(), 0ns);
}

TEST_F(UploaderTest, AFinalFailureWakesWhoWaitsAndDropsWhatWaits) {
  store_.hold_puts();
  store_.script(ObjectCall::Put, {std::nullopt, kDenied});
  const auto uploads = uploader();
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  ASSERT_TRUE(uploads->submit(chunk(1), {}));
  store_.await_held_puts(1);
  auto third = in_background([&] { return uploads->submit(chunk(2), {}); });
  store_.release_puts();
  auto fourth = third.get();
  // Either it got in before the failure and the failure shows later, or it was told at once.
  if (fourth) fourth = uploads->finish({});
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(store_.put_keys(), (std::vector{key(0), key(1)}));
}

TEST_F(UploaderTest, RefusesAnIndexThatIsNotTheNextAndStaysUsable) {
  const auto uploads = uploader();
  EXPECT_EQ(uploads->submit(chunk(1), {}).error().code, ErrorCode::InvalidArgument);
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  EXPECT_EQ(uploads->submit(chunk(0), {}).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(uploads->submit(chunk(2), {}).error().code, ErrorCode::InvalidArgument);
  ASSERT_TRUE(uploads->submit(chunk(1), {}));
  EXPECT_TRUE(uploads->finish({}));
  EXPECT_EQ(store_.put_keys(), (std::vector{key(0), key(1)}));
}

TEST_F(UploaderTest, StopEndsAWaitingSubmitWithoutLosingItsPlace) {
  store_.hold_puts();
  const auto uploads = uploader();
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  store_.await_held_puts(1);
  ASSERT_TRUE(uploads->submit(chunk(1), {}));
  std::stop_source stop;
  auto third = in_background([&] { return uploads->submit(chunk(2), stop.get_token()); });
  EXPECT_TRUE(still_waits(third));
  stop.request_stop();
  EXPECT_EQ(third.get().error().code, ErrorCode::Cancelled);
  store_.release_puts();
  ASSERT_TRUE(uploads->submit(chunk(2), {})) << "a cancelled submit may be repeated";
  EXPECT_TRUE(uploads->finish({}));
  EXPECT_EQ(uploads->stats().stored_chunks, 3U);
}

TEST_F(UploaderTest, StopEndsAWaitingFinishAndTheUploadGoesOn) {
  store_.hold_puts();
  const auto uploads = uploader();
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  std::stop_source stop;
  auto finish = in_background([&] { return uploads->finish(stop.get_token()); });
  EXPECT_TRUE(still_waits(finish));
  stop.request_stop();
  EXPECT_EQ(finish.get().error().code, ErrorCode::Cancelled);
  store_.release_puts();
  EXPECT_TRUE(uploads->finish({}));
}

TEST_F(UploaderTest, DestructorJoinsDuringAPut) {
  store_.hold_puts();
  auto uploads = uploader();
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  ASSERT_TRUE(uploads->submit(chunk(1), {}));
  store_.await_held_puts(1);
  uploads.reset();
  EXPECT_EQ(store_.put_keys(), (std::vector{key(0)}));
  EXPECT_FALSE(memory_.head(key(0), {}));
}

TEST_F(UploaderTest, DestructorJoinsDuringAWaitBeforeARetry) {
  FakeClock frozen{FakeWait::Blocks};
  context_.clock = &frozen;
  store_.script(ObjectCall::Put, {kTimeout});
  auto uploads = uploader();
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  frozen.await_waiters(1);
  uploads.reset();
  EXPECT_EQ(store_.calls(ObjectCall::Put), 1U);
}

TEST_F(UploaderTest, DoesNotRetryBeforeTheDelayHasPassed) {
  FakeClock frozen{FakeWait::Blocks};
  context_.clock = &frozen;
  store_.script(ObjectCall::Put, {kTimeout});
  const auto uploads = uploader({.retry = {.initial_delay = 100ms, .jitter = 0}});
  ASSERT_TRUE(uploads->submit(chunk(0), {}));
  frozen.await_waiters(1);
  frozen.advance(99ms);
  frozen.await_waiters(1);
  EXPECT_EQ(store_.calls(ObjectCall::Put), 1U);
  frozen.advance(1ms);
  EXPECT_TRUE(uploads->finish({}));
  EXPECT_EQ(store_.calls(ObjectCall::Put), 2U);
}

TEST_F(UploaderTest, RefusesAWrongConfiguration) {
  for (const std::string& id : {std::string(), std::string(".."), std::string("a/b")}) {
    EXPECT_EQ(Uploader::create(store_, id).error().code, ErrorCode::InvalidArgument) << id;
  }
  EXPECT_EQ(Uploader::create(store_, "s1", {.retry = {.max_attempts = 0}}).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ(Uploader::create(store_, "s1", {.give_up_after = -1ms}).error().code,
            ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit
