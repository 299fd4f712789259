#include <streamkit/live/sessions.hpp>

#include <gtest/gtest.h>

#include <streamkit/store/chunk_key.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <streamkit/testing/recording_metrics.hpp>

#include "live/flaky_session_store.hpp"

namespace streamkit::live {
namespace {

using namespace std::chrono_literals;

class SessionsTest : public ::testing::Test {
 protected:
  NewSession create() {
    auto created = sessions_.create({.mode = StereoMode::FullTb, .chunk_duration = 2s});
    EXPECT_TRUE(created) << created.error().message;
    return created ? *std::move(created) : NewSession{};
  }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  testing::RecordingMetrics metrics_;
  FlakySessionStore store_;
  bool expired_ = false;
  Sessions sessions_{store_,
                     {.credentials_lifetime = 30min,
                      .is_expired = [this](const Session&, WallTime) { return expired_; }},
                     {&logger_, &metrics_, &clock_}};
};

TEST_F(SessionsTest, CreatesSessionsThatNobodyCanGuess) {
  const auto one = create();
  const auto other = create();
  EXPECT_TRUE(is_valid_session_id(one.session.id));
  EXPECT_NE(one.session.id, other.session.id);
  EXPECT_GE(one.session.control_token.size(), 40u);
  EXPECT_NE(one.session.control_token, other.session.control_token);
  const auto found = sessions_.find(one.session.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->mode, StereoMode::FullTb);
  EXPECT_EQ(found->chunk_duration, MediaTime(2s));
  EXPECT_EQ(metrics_.counter("streamkit_sessions_created_total"), 2);
}

TEST_F(SessionsTest, KeepsWhatASessionChooses) {
  const auto created = sessions_.create({.stereo = {.divergence = 3}});
  ASSERT_TRUE(created);
  EXPECT_EQ(sessions_.find(created->session.id)->stereo.divergence, 3);
  const auto wrong = sessions_.create({.stereo = {.divergence = 11}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::InvalidArgument);
}

TEST_F(SessionsTest, CreatesNoMoreThanItsLimit) {
  Result<std::uint64_t> live = std::uint64_t{0};
  Sessions limited(store_, {.max_live = 2, .count_live = [&] { return live; }}, {});
  EXPECT_TRUE(limited.create({}));
  live = std::uint64_t{1};
  EXPECT_TRUE(limited.create({}));
  live = std::uint64_t{2};
  const auto full = limited.create({});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::ResourceExhausted);
  EXPECT_NE(full.error().message.find("end one"), std::string::npos);
  live = Error{ErrorCode::Unavailable, "the store fails"};
  EXPECT_EQ(limited.create({}).error().code, ErrorCode::Unavailable);
}

TEST_F(SessionsTest, CredentialsCoverTheirSessionForTheirTime) {
  const auto created = create();
  const auto stored = store_.find_credentials(created.credentials.access_key_id);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->session_id, created.session.id);
  EXPECT_EQ(stored->secret_access_key, created.credentials.secret_access_key);
  EXPECT_EQ(created.credentials.expires_at, clock_.system_now() + 30min);
}

TEST_F(SessionsTest, RenewsUntilTheEnd) {
  const auto created = create();
  clock_.advance(20min);
  const auto renewed = sessions_.renew(created.session.id);
  ASSERT_TRUE(renewed);
  EXPECT_NE(renewed->access_key_id, created.credentials.access_key_id);
  EXPECT_EQ(renewed->expires_at, clock_.system_now() + 30min);
  EXPECT_TRUE(store_.find_credentials(created.credentials.access_key_id)) << "the earlier ones";
  ASSERT_TRUE(sessions_.end(created.session.id));
  EXPECT_EQ(sessions_.renew(created.session.id).error().code, ErrorCode::PermissionDenied);
}

TEST_F(SessionsTest, EndsOnce) {
  const auto id = create().session.id;
  ASSERT_TRUE(store_.record_chunk(id, 0, {}));
  const auto ended = sessions_.end(id);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->final_chunk_count, 1u);
  clock_.advance(1h);
  EXPECT_EQ(sessions_.end(id)->ended_at, ended->ended_at);
}

TEST_F(SessionsTest, ExpiredAndUnknownSessionsAreNotFound) {
  const auto id = create().session.id;
  EXPECT_EQ(sessions_.find("unknown").error().code, ErrorCode::NotFound);
  expired_ = true;
  EXPECT_EQ(sessions_.find(id).error().code, ErrorCode::NotFound);
  EXPECT_EQ(sessions_.end(id).error().code, ErrorCode::NotFound);
  EXPECT_EQ(sessions_.renew(id).error().code, ErrorCode::NotFound);
}

TEST_F(SessionsTest, AFailingStoreIsUnavailable) {
  store_.failing = true;
  EXPECT_EQ(sessions_.create({}).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(sessions_.find("s1").error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace streamkit::live
