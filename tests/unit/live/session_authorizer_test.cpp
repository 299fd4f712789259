#include <streamkit/live/session_authorizer.hpp>

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>

#include "live/flaky_session_store.hpp"

namespace streamkit::live {
namespace {

constexpr std::string_view kChunk = "stream_input/s1/chunk_00003.mp4";

class SessionAuthorizerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(sessions_.create(example_session("s1"))); }
  // The error's code; Internal when the upload is allowed.
  ErrorCode refusal(std::string_view key = kChunk) {
    const auto permission = authorizer_.authorize_upload("s1", key);
    return permission ? ErrorCode::Internal : permission.error().code;
  }

  testing::FakeClock clock_;
  FlakySessionStore sessions_;
  bool may_call_ = true;
  SessionAuthorizer authorizer_{
      sessions_, {.may_call = [this](std::string_view) { return may_call_; }}, {.clock = &clock_}};
};

TEST_F(SessionAuthorizerTest, AllowsTheSessionsOwnChunks) {
  const auto permission = authorizer_.authorize_upload("s1", kChunk);
  ASSERT_TRUE(permission);
  EXPECT_EQ(permission->chunk, (StreamInputKey{"s1", 3}));
  EXPECT_FALSE(permission->late);
}

TEST_F(SessionAuthorizerTest, DeniesOtherKeys) {
  for (const char* key : {"stream_input/s2/chunk_00000.mp4", "stream_output/s1/seg_00000.mp4",
                          "stream_input/s1/notes.txt", "segments/s1/00000_00001_sbs.mp4", ""}) {
    EXPECT_EQ(refusal(key), ErrorCode::PermissionDenied) << key;
  }
}

TEST_F(SessionAuthorizerTest, UploadsAreLateUntilTheGracePeriodIsOver) {
  ASSERT_TRUE(sessions_.end("s1", clock_.system_now()));
  clock_.advance(std::chrono::seconds(60));
  const auto late = authorizer_.authorize_upload("s1", kChunk);
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->late);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(refusal(), ErrorCode::PermissionDenied);
}

TEST_F(SessionAuthorizerTest, LimitsTheRateOfWhatIsCovered) {
  may_call_ = false;
  EXPECT_EQ(refusal(), ErrorCode::RateLimited);
  EXPECT_EQ(refusal("other"), ErrorCode::PermissionDenied);
}

TEST_F(SessionAuthorizerTest, TellsAnUnknownSessionFromAStoreThatFails) {
  sessions_.missing = true;
  EXPECT_EQ(refusal(), ErrorCode::PermissionDenied);
  sessions_.failing_reads = true;
  EXPECT_EQ(refusal(), ErrorCode::Unavailable);
}

}  // namespace
}  // namespace streamkit::live
