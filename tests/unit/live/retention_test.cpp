#include <streamkit/live/retention.hpp>

#include <gtest/gtest.h>

namespace streamkit::live {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kEnd{std::chrono::hours(500'000)};

TEST(Retention, ASessionExpiresTheMomentItsTimeIsOver) {
  const Session session{.id = "s", .control_token = "", .ended_at = kEnd};
  EXPECT_FALSE(is_expired(session, 60s, kEnd - 1h));
  EXPECT_FALSE(is_expired(session, 60s, kEnd + 60s - 1ms));
  EXPECT_TRUE(is_expired(session, 60s, kEnd + 60s));
  EXPECT_TRUE(is_expired(session, 60s, kEnd + 1h));
}

TEST(Retention, NothingExpiresWhileItLivesOrIsKeptForEver) {
  EXPECT_FALSE(is_expired({.id = "s", .control_token = ""}, 1s, kEnd));
  const Session ended{.id = "s", .control_token = "", .ended_at = kEnd};
  EXPECT_FALSE(is_expired(ended, 0s, kEnd + 24h * 365 * 100));
}

TEST(Retention, TheDefaultsAreValidAndKeepEverything) {
  EXPECT_TRUE(check(RetentionOptions{}));
  EXPECT_EQ(RetentionOptions{}.keep_streams, 0s);
  EXPECT_EQ(RetentionOptions{}.keep_input, 0s);
}

TEST(Retention, NamesTheSettingThatCannotBe) {
  const auto message_of = [](const RetentionOptions& config) {
    const auto checked = check(config);
    return checked ? "" : checked.error().message;
  };
  EXPECT_NE(message_of({.idle_timeout = 0s}).find("idle_timeout"), std::string::npos);
  EXPECT_NE(message_of({.keep_input = -1s}).find("keep_input"), std::string::npos);
  EXPECT_NE(message_of({.keep_streams = -1s}).find("keep_streams"), std::string::npos);
  EXPECT_NE(message_of({.keep_streams = std::chrono::seconds::max() / 2000}).find("keep_streams"),
            std::string::npos);
  EXPECT_NE(message_of({.keep_unfinished_uploads = 0s}).find("uploads"), std::string::npos);
  EXPECT_NE(message_of({.sweep_interval = 0ms}).find("sweep_interval"), std::string::npos);
  EXPECT_NE(message_of({.keep_input = 2s, .keep_streams = 1s}).find("keep_input"),
            std::string::npos);
  EXPECT_EQ(message_of({.keep_input = 2s, .keep_streams = 2s}), "");
  EXPECT_EQ(message_of({.keep_input = 2s, .keep_streams = 0s}), "");
}

}  // namespace
}  // namespace streamkit::live
