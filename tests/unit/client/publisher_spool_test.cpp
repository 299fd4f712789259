#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <streamkit/client/publisher.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fake_source.hpp>
#include <thread>

#include "loopback_server.hpp"

namespace streamkit::client {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::answer;
using testing::FakeClock;
using testing::FakeWait;
using testing::LoopbackServer;
using testing::ReceivedRequest;
using testing::Reply;
using testing::ReplyKind;

constexpr std::uint64_t kPerOutage = 300;  // chunks of 2 s in 10 minutes

Chunk chunk(std::uint64_t index) {
  return {.index = index,
          .start = MediaTime(2s) * static_cast<std::int64_t>(index),
          .duration = 2s,
          .audio_end = MediaTime(2s) * static_cast<std::int64_t>(index + 1),
          .data = Bytes(10 + index, static_cast<std::uint8_t>('a' + index % 20))};
}

class PublisherSpoolTest : public ::testing::Test {
 protected:
  PublisherSpoolTest() {
    std::string pattern = (fs::temp_directory_path() / "streamkit-publish-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~PublisherSpoolTest() override { fs::remove_all(root_); }

  Reply serve(const ReceivedRequest& request) {
    if (away_) return {.kind = ReplyKind::Reset};
    if (request.method == "PUT") return put(request);
    if (request.target == "/stream_sessions") {
      return answer(200,
                    R"({"session_id":"s-1","playlist_url":"http://h/stream/s-1/playlist.m3u8",)"
                    R"("control_token":"control",)" +
                        upload() + "}");
    }
    if (request.target == "/stream_sessions/s-1/credentials") {
      ++renewals_;
      if (ended_) return answer(403);
      return answer(200, "{" + upload() + "}");
    }
    if (request.target == "/stream_sessions/s-1/end") ended_ = true;
    return answer(ended_ ? 204 : 404);
  }
  std::string upload() {
    return R"("upload":{"access_key_id":"AKID)" + std::to_string(renewals_.load()) +
           R"(","secret_access_key":"secret","session_token":"token","bucket":"in",)"
           R"("region":"us-east-1","expires_at":")" +
           net::format_iso8601(clock_.system_now() + 1h) + R"(","endpoint":")" + server_.url() +
           "/s3\"}";
  }
  Reply put(const ReceivedRequest& request) {
    if (denied_) return answer(403, "<Error><Code>AccessDenied</Code></Error>");
    std::lock_guard lock(mutex_);
    stored_.push_back(request.target);
    objects_[request.target] = request.body;
    if (lose_acknowledgements_.fetch_sub(1) > 0) return {.kind = ReplyKind::Reset};
    return answer(200);
  }

  PublisherOptions options() const {
    PublisherOptions options{.server = server_.url(), .chunk_duration = 2s};
    options.spool.folder = root_ / "spool";
    options.spool.note = "how to go on";
    return options;
  }
  std::unique_ptr<Publisher> create(const PublisherOptions& options) {
    auto made = Publisher::create(options, http_, {.clock = &clock_});
    EXPECT_TRUE(made) << to_string(made.error());
    return *std::move(made);
  }
  std::unique_ptr<Publisher> resume(const PublisherOptions& options) {
    auto made = Publisher::resume(options, http_, {.clock = &clock_});
    EXPECT_TRUE(made) << to_string(made.error());
    return *std::move(made);
  }
  void expect_objects(std::uint64_t count) {
    std::lock_guard lock(mutex_);
    EXPECT_EQ(objects_.size(), count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const Bytes data = chunk(i).data;
      const std::string target = "/s3/in/" + to_string(StreamInputKey{"s-1", i});
      EXPECT_EQ(objects_[target], std::string(data.begin(), data.end())) << i;
    }
  }
  std::vector<std::string> put_targets() {
    std::lock_guard lock(mutex_);
    return stored_;
  }

  FakeClock clock_{FakeWait::AutoAdvances};
  std::atomic<bool> away_ = false;
  std::atomic<bool> denied_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<int> renewals_ = 0;
  std::atomic<int> lose_acknowledgements_ = 0;
  std::mutex mutex_;
  // Guarded by mutex_
  std::vector<std::string> stored_;
  std::map<std::string, std::string> objects_;
  fs::path root_;
  LoopbackServer server_{[this](const ReceivedRequest& request) { return serve(request); }};
  HttpClient http_;
};

TEST_F(PublisherSpoolTest, AnOutageOfTenMinutesLosesNothingAndKeepsTheOrder) {
  const auto publisher = create(options());
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  while (publisher->status().uploads.stored_chunks < 1) std::this_thread::yield();
  away_ = true;
  // More than `give_up_after`, which does not count while chunks come.
  const auto begin = clock_.elapsed();
  for (std::uint64_t i = 1; i <= kPerOutage; ++i) {
    ASSERT_TRUE(publisher->submit(chunk(i), {})) << i;
    while (clock_.elapsed() - begin < i * 2s) std::this_thread::yield();
  }
  EXPECT_EQ(publisher->status().state, PublisherState::Reconnecting);
  ASSERT_FALSE(publisher->status().warnings.empty());
  EXPECT_EQ(publisher->status().warnings[0].problem, PublisherProblem::ServerUnreachable);
  EXPECT_GE(publisher->status().uploads.buffered_chunks, kPerOutage);
  EXPECT_GE(publisher->status().lag(), MediaTime(10min));
  away_ = false;
  ASSERT_TRUE(publisher->finish({}));
  expect_objects(kPerOutage + 1);
  const auto targets = put_targets();
  EXPECT_EQ(targets.size(), kPerOutage + 1);
  EXPECT_TRUE(std::is_sorted(targets.begin(), targets.end()));
  EXPECT_EQ(publisher->status().lag(), MediaTime{0});
  EXPECT_TRUE(ended_);
  EXPECT_FALSE(fs::exists(root_ / "spool"));
}

TEST_F(PublisherSpoolTest, ContinuesAfterTheEndOfItsProcess) {
  {
    FakeClock frozen;
    const auto publisher = *Publisher::create(options(), http_, {.clock = &frozen});
    ASSERT_TRUE(publisher->submit(chunk(0), {}));
    while (publisher->status().uploads.stored_chunks < 1) std::this_thread::yield();
    away_ = true;
    for (std::uint64_t i = 1; i < 4; ++i) ASSERT_TRUE(publisher->submit(chunk(i), {}));
  }
  EXPECT_FALSE(ended_);
  away_ = false;
  const auto publisher = resume(options());
  EXPECT_EQ(publisher->session().session_id, "s-1");
  EXPECT_EQ(publisher->note(), "how to go on");
  EXPECT_EQ(publisher->resume_point().next_index, 4U);
  EXPECT_EQ(publisher->resume_point().start, MediaTime(8s));
  EXPECT_EQ(publisher->last_chunk(), chunk(3).data);
  EXPECT_EQ(publisher->status().cut_chunks, 4U);
  EXPECT_EQ(publisher->submit(chunk(3), {}).error().code, ErrorCode::InvalidArgument);
  ASSERT_TRUE(publisher->submit(chunk(4), {}));
  ASSERT_TRUE(publisher->finish({}));
  expect_objects(5);
  EXPECT_EQ(publisher->status().uploads.stored_chunks, 5U);
  EXPECT_EQ(publisher->status().lag(), MediaTime{0});
  EXPECT_TRUE(ended_);
  EXPECT_FALSE(fs::exists(root_ / "spool"));
}

TEST_F(PublisherSpoolTest, AChunkWhoseAcknowledgementWasLostIsSentAgain) {
  const auto publisher = create(options());
  lose_acknowledgements_ = 2;
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  ASSERT_TRUE(publisher->submit(chunk(1), {}));
  ASSERT_TRUE(publisher->finish({}));
  expect_objects(2);
  EXPECT_GE(put_targets().size(), 3U);
}

TEST_F(PublisherSpoolTest, AFullSpoolEndsTheCaptureAndKeepsWhatItHolds) {
  FakeClock frozen;
  PublisherOptions small = options();
  small.spool.limits.max_duration = MediaTime(6s);
  {
    const auto publisher = *Publisher::create(small, http_, {.clock = &frozen});
    away_ = true;
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(publisher->submit(chunk(i), {}));
    const auto full = publisher->submit(chunk(3), {});
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::ResourceExhausted);
    EXPECT_NE(full.error().message.find("full: 3 chunks"), std::string::npos)
        << full.error().message;
    const auto warnings = publisher->status().warnings;
    ASSERT_FALSE(warnings.empty());
    EXPECT_EQ(warnings[0].problem, PublisherProblem::BufferFilling);
  }
  away_ = false;
  ASSERT_TRUE(resume(small)->finish({}));
  expect_objects(3);
}

TEST_F(PublisherSpoolTest, AFullSpoolMayMakeTheSourceWait) {
  PublisherOptions small = options();
  small.spool.limits.max_duration = MediaTime(4s);
  small.spool.when_full = WhenSpoolFull::Wait;
  const auto publisher = create(small);
  for (std::uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(publisher->submit(chunk(i), {}));
  ASSERT_TRUE(publisher->finish({}));
  expect_objects(20);
}

TEST_F(PublisherSpoolTest, GivesUpOnlyAfterTheLastChunkAndKeepsTheSpool) {
  PublisherOptions brief = options();
  brief.give_up_after = 1min;
  {
    const auto publisher = create(brief);
    away_ = true;
    ASSERT_TRUE(publisher->submit(chunk(0), {}));
    while (clock_.elapsed() < 30min) std::this_thread::yield();
    ASSERT_TRUE(publisher->submit(chunk(1), {})) << "still trying after 30 minutes";
    const auto finished = publisher->finish({});
    ASSERT_FALSE(finished);
    EXPECT_TRUE(finished.error().retryable());
    EXPECT_EQ(publisher->status().state, PublisherState::Failed);
  }
  away_ = false;
  ASSERT_TRUE(resume(brief)->finish({}));
  expect_objects(2);
}

TEST_F(PublisherSpoolTest, ADenialIsFinalOnceCredentialsWereRenewed) {
  const auto publisher = create(options());
  denied_ = true;
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  const auto finished = publisher->finish({});
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, ErrorCode::PermissionDenied);
  EXPECT_EQ(renewals_, 1);
  EXPECT_EQ(clock_.elapsed(), 0ns);
  EXPECT_FALSE(ended_) << "what is in the spool can still be sent";
}

TEST_F(PublisherSpoolTest, ExpiredCredentialsAreRenewedAfterARestart) {
  create(options());
  clock_.advance(2h);
  const auto publisher = resume(options());
  ASSERT_TRUE(publisher->submit(chunk(0), {}));
  ASSERT_TRUE(publisher->finish({}));
  EXPECT_EQ(renewals_, 1);
  expect_objects(1);
}

TEST_F(PublisherSpoolTest, TwoConnectionsAtMostCarryAllChunks) {
  const auto publisher = create(options());
  for (std::uint64_t i = 0; i < 30; ++i) ASSERT_TRUE(publisher->submit(chunk(i), {}));
  ASSERT_TRUE(publisher->finish({}));
  expect_objects(30);
  EXPECT_LE(server_.connection_count(), 2U);
}

TEST_F(PublisherSpoolTest, ABadFolderLeavesNoSessionBehind) {
  std::filesystem::create_directories(root_ / "spool" / "other");
  EXPECT_EQ(Publisher::create(options(), http_).error().code, ErrorCode::InvalidArgument);
  EXPECT_TRUE(server_.requests().empty());
  EXPECT_EQ(Publisher::resume(options(), http_).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace streamkit::client
