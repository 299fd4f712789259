#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <streamkit/client/publisher.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fake_source.hpp>
#include <utility>

#include "loopback_server.hpp"

namespace streamkit::client {
namespace {

using namespace std::chrono_literals;
using testing::answer;
using testing::FakeClock;
using testing::FakeWait;
using testing::LoopbackServer;
using testing::ReceivedRequest;
using testing::Reply;
using testing::ReplyKind;

Chunk chunk(std::uint64_t index) {
  return {.index = index,
          .start = MediaTime(2s) * static_cast<std::int64_t>(index),
          .duration = 2s,
          .data = Bytes(10 + index, static_cast<std::uint8_t>('a' + index))};
}

// A packet per frame, a chunk per ten packets.
class PacketPerFrame final : public Encoder {
 public:
  const Tracks& tracks() const noexcept override { return tracks_; }
  Result<std::vector<Packet>> push(const VideoFrame& frame) override {
    return std::vector<Packet>{{.track = TrackKind::Video, .pts = frame.pts}};
  }
  Result<std::vector<Packet>> push(const AudioFrame&) override { return std::vector<Packet>{}; }
  Result<std::vector<Packet>> flush() override { return std::vector<Packet>{}; }

 private:
  Tracks tracks_;
};
class ChunkPerTenPackets final : public Chunker {
 public:
  Result<std::vector<Chunk>> push(Packet) override {
    std::vector<Chunk> chunks;
    if (++packets_ % 10 == 0) chunks.push_back(chunk(next_++));
    return chunks;
  }
  Result<std::vector<Chunk>> flush() override { return std::vector<Chunk>{}; }

 private:
  int packets_ = 0;
  std::uint64_t next_ = 0;
};
class FailingSource final : public Source {
 public:
  const SourceFormat& format() const noexcept override { return inner_.format(); }
  Result<SourceItem> read(std::stop_token stop) override {
    if (reads_++ == 50) return Error{ErrorCode::CorruptData, "the cable came off"};
    return inner_.read(std::move(stop));
  }

 private:
  testing::FakeSource inner_{{.frame_count = 1000}};
  int reads_ = 0;
};

// A server in miniature: sessions, credentials that expire after an hour, objects, outages.
class PublisherTest : public ::testing::Test {
 protected:
  Reply serve(const ReceivedRequest& request) {
    const auto now = clock_.elapsed();
    if (now >= away_from_.load() && now < away_until_.load()) return {.kind = ReplyKind::Reset};
    if (request.method == "PUT") return put(request);
    if (request.target == "/stream_sessions") {
      return answer(200,
                    R"({"session_id":"s-1","playlist_url":"http://h/stream/s-1/playlist.m3u8",)"
                    R"("control_token":"control",)" +
                        upload() + "}");
    }
    if (request.target == "/stream_sessions/s-1/credentials") {
      ++renewals_;
      return answer(200, "{" + upload() + "}");
    }
    if (request.target == "/stream_sessions/s-1/end") {
      ended_ = true;
      return answer(204);
    }
    return answer(404);
  }

  std::string upload() {
    key_expires_ = clock_.system_now() + 1h;
    return R"("upload":{"access_key_id":"AKID)" + std::to_string(renewals_.load()) +
           R"(","secret_access_key":"secret","session_token":"token","bucket":"in",)"
           R"("region":"us-east-1","expires_at":")" +
           net::format_iso8601(key_expires_.load() + claimed_longer_.load()) + R"(","endpoint":")" +
           server_.url() + "/s3\"}";
  }

  Reply put(const ReceivedRequest& request) {
    if (denied_) return answer(403, "<Error><Code>AccessDenied</Code></Error>");
    if (clock_.system_now() >= key_expires_.load()) {
      return answer(400, "<Error><Code>ExpiredToken</Code></Error>");
    }
    std::lock_guard lock(mutex_);
    stored_.push_back(request.body);
    return answer(200);
  }

  std::vector<std::string> stored() {
    std::lock_guard lock(mutex_);
    return stored_;
  }
  static std::vector<std::string> bodies(std::uint64_t count) {
    std::vector<std::string> all;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Bytes data = chunk(i).data;
      all.emplace_back(data.begin(), data.end());
    }
    return all;
  }
  std::size_t end_requests() {
    const auto requests = server_.requests();
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(), [](const ReceivedRequest& request) {
          return request.target == "/stream_sessions/s-1/end";
        }));
  }
  // From now on.
  void go_away(std::chrono::nanoseconds duration) {
    away_until_ = clock_.elapsed() + duration;
    away_from_ = clock_.elapsed();
  }
  std::unique_ptr<Publisher> publisher(PublisherOptions options = {}) {
    options.server = server_.url();
    auto made = Publisher::create(std::move(options), http_, {.clock = &clock_});
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
  }

  FakeClock clock_{FakeWait::AutoAdvances};
  std::atomic<std::chrono::nanoseconds> away_from_{std::chrono::nanoseconds::max()};
  std::atomic<std::chrono::nanoseconds> away_until_{std::chrono::nanoseconds::max()};
  std::atomic<WallTime> key_expires_{};
  std::atomic<std::chrono::hours> claimed_longer_{};
  std::atomic<bool> denied_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<int> renewals_ = 0;
  std::mutex mutex_;
  std::vector<std::string> stored_;  // guarded by mutex_
  LoopbackServer server_{[this](const ReceivedRequest& request) { return serve(request); }};
  HttpClient http_;
};

TEST_F(PublisherTest, PublishesASourceAndEndsTheSession) {
  const auto publisher = this->publisher();
  EXPECT_EQ(publisher->session().session_id, "s-1");
  EXPECT_EQ(publisher->status().state, PublisherState::Connected);
  testing::FakeSource source({.frame_count = 50});
  PacketPerFrame encoder;
  ChunkPerTenPackets chunker;
  const auto stats = publisher->run(source, encoder, chunker, {});
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->chunks, 5U);
  EXPECT_EQ(stored(), bodies(5));
  EXPECT_TRUE(ended_);
  const PublisherStatus status = publisher->status();
  EXPECT_EQ(status.state, PublisherState::Ended);
  EXPECT_EQ(status.cut_chunks, 5U);
  EXPECT_EQ(status.cut_end, MediaTime(10s));
  EXPECT_EQ(status.uploads.stored_chunks, 5U);
  EXPECT_EQ(status.lag(), MediaTime{0});
}

TEST_F(PublisherTest, AServerThatIsAwayForFourMinutesLosesNoChunk) {
  const auto publisher = this->publisher();
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  ASSERT_TRUE(publisher->submit(chunk(1), {}));
  go_away(4min);
  for (std::uint64_t i = 2; i < 8; ++i) ASSERT_TRUE(publisher->submit(chunk(i), {}));
  ASSERT_TRUE(publisher->finish({}));
  EXPECT_EQ(stored(), bodies(8));
  EXPECT_TRUE(ended_);
  EXPECT_GE(clock_.elapsed(), 4min);
  EXPECT_GT(publisher->status().uploads.retries, 10U);
  EXPECT_EQ(publisher->status().state, PublisherState::Ended);
}

TEST_F(PublisherTest, AServerThatStaysAwayIsGivenUpAndTheEndIsTried) {
  const auto publisher = this->publisher({.give_up_after = 1min});
  go_away(1h);
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  const auto failed = publisher->finish({});
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().retryable()) << to_string(failed.error());
  EXPECT_GE(clock_.elapsed(), 1min);
  EXPECT_LE(clock_.elapsed(), 1min + 4s);
  EXPECT_GE(end_requests(), 1U);
  EXPECT_EQ(publisher->status().state, PublisherState::Failed);
  EXPECT_EQ(publisher->status().uploads.last_error, failed.error());
  EXPECT_EQ(publisher->submit(chunk(1), {}).error(), failed.error());
  EXPECT_EQ(publisher->finish({}).error(), failed.error());
}

TEST_F(PublisherTest, WhatNoRetryCanMendEndsTheSessionImmediately) {
  const auto publisher = this->publisher();
  denied_ = true;
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  const auto failed = publisher->finish({});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(clock_.elapsed(), 0ns);
  EXPECT_TRUE(ended_);
  EXPECT_EQ(end_requests(), 1U);
}

TEST_F(PublisherTest, CredentialsThatExpireDuringAnOutageAreRenewed) {
  const auto publisher = this->publisher({.give_up_after = 3h});
  go_away(2h);
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  ASSERT_TRUE(publisher->submit(chunk(1), {}));
  ASSERT_TRUE(publisher->finish({}));
  EXPECT_EQ(stored(), bodies(2));
  EXPECT_GE(renewals_, 1);
}

TEST_F(PublisherTest, CredentialsThatTheServerCallsExpiredAreRenewed) {
  claimed_longer_ = 10h;  // as with a clock that is wrong
  const auto publisher = this->publisher();
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  ASSERT_TRUE(publisher->submit(chunk(1), {}));
  while (publisher->status().uploads.stored_chunks < 2) std::this_thread::yield();
  clock_.advance(2h);
  ASSERT_TRUE(publisher->submit(chunk(2), {}));
  ASSERT_TRUE(publisher->finish({}));
  EXPECT_EQ(stored(), bodies(3));
  EXPECT_EQ(renewals_, 1);
}

TEST_F(PublisherTest, AServerThatIsAwayAtTheEndIsAskedAgain) {
  const auto publisher = this->publisher();
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  while (publisher->status().uploads.stored_chunks < 1) std::this_thread::yield();
  go_away(30s);
  ASSERT_TRUE(publisher->finish({}));
  EXPECT_TRUE(ended_);
  EXPECT_GE(clock_.elapsed(), 30s);
}

TEST_F(PublisherTest, TheProducerWaitsWhenTheBufferIsFull) {
  FakeClock frozen{FakeWait::Blocks};
  auto options = PublisherOptions{.server = server_.url(), .max_buffered_bytes = 21};
  const auto publisher = *Publisher::create(options, http_, {.clock = &frozen});
  go_away(1h);
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  frozen.await_waiters(1);  // chunk 0 failed and waits for its next attempt
  EXPECT_EQ(publisher->status().state, PublisherState::Reconnecting);
  EXPECT_TRUE(publisher->status().uploads.last_error);
  ASSERT_TRUE(publisher->submit(chunk(1), {}));  // 11 bytes
  std::stop_source stop;
  auto third =
      std::async(std::launch::async, [&] { return publisher->submit(chunk(2), stop.get_token()); });
  while (publisher->status().cut_chunks < 3) std::this_thread::yield();
  EXPECT_EQ(publisher->status().uploads.buffered_chunks, 2U);
  EXPECT_EQ(publisher->status().lag(), MediaTime(6s));
  stop.request_stop();
  EXPECT_EQ(third.get().error().code, ErrorCode::Cancelled);
  EXPECT_FALSE(ended_);

  away_until_ = clock_.elapsed();
  frozen.advance(1s);
  ASSERT_TRUE(publisher->submit(chunk(2), {})) << "a cancelled submit may be repeated";
  ASSERT_TRUE(publisher->finish({}));
  EXPECT_EQ(publisher->status().cut_chunks, 3U);
  EXPECT_EQ(stored(), bodies(3));
}

TEST_F(PublisherTest, WhatWasCapturedBeforeASourceFailedIsStoredAndTheSessionEnded) {
  const auto publisher = this->publisher();
  FailingSource source;
  PacketPerFrame encoder;
  ChunkPerTenPackets chunker;
  const auto stats = publisher->run(source, encoder, chunker, {});
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().message, "the cable came off");
  EXPECT_EQ(stored(), bodies(publisher->status().cut_chunks));
  EXPECT_GE(stored().size(), 1U);
  EXPECT_TRUE(ended_);
}

TEST_F(PublisherTest, NothingFollowsTheEnd) {
  const auto publisher = this->publisher();
  ASSERT_TRUE(publisher->finish({}));
  EXPECT_TRUE(publisher->finish({}));
  EXPECT_EQ(end_requests(), 1U);
  EXPECT_EQ(publisher->submit(chunk(0), {}).error().code, ErrorCode::InvalidArgument);
}

TEST_F(PublisherTest, ReportsWhySessionCreationFailedOnce) {
  go_away(1h);
  const auto failed = Publisher::create({.server = server_.url()}, http_, {.clock = &clock_});
  ASSERT_FALSE(failed);
  const std::string what = "cannot create a session";
  const std::size_t first = failed.error().message.find(what);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(failed.error().message.find(what, first + 1), std::string::npos);
}

TEST_F(PublisherTest, RejectsWrongOptionsWithoutCreatingASession) {
  for (const PublisherOptions& options :
       {PublisherOptions{.server = "nowhere"},
        PublisherOptions{.server = server_.url(), .give_up_after = 0ms},
        PublisherOptions{.server = server_.url(), .max_buffered_bytes = 0}}) {
    EXPECT_EQ(Publisher::create(options, http_).error().code, ErrorCode::InvalidArgument);
  }
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace streamkit::client
