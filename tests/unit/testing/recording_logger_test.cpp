#include <gtest/gtest.h>

#include <streamkit/testing/recording_logger.hpp>

namespace streamkit::testing {
namespace {

TEST(RecordingLogger, KeepsLinesInOrder) {
  RecordingLogger logger;
  const Context context{.logger = &logger};
  context.log(LogLevel::Info, "stored", {{"session_id", "abc"}, {"index", "7"}});
  context.log(LogLevel::Warning, "retry");
  const auto lines = logger.lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].message, "stored");
  EXPECT_EQ(lines[0].fields.at("index"), "7");
  EXPECT_EQ(lines[1].level, LogLevel::Warning);
  EXPECT_EQ(logger.count(LogLevel::Info), 1u);
  EXPECT_EQ(logger.count(LogLevel::Error), 0u);
}

TEST(RecordingLogger, FindsTextAnywhereInALine) {
  RecordingLogger logger;
  Context{.logger = &logger}.log(LogLevel::Info, "stored", {{"key", "secret"}});
  EXPECT_TRUE(logger.mentions("store"));
  EXPECT_TRUE(logger.mentions("key"));
  EXPECT_TRUE(logger.mentions("secret"));
  EXPECT_FALSE(logger.mentions("token"));
}

}  // namespace
}  // namespace streamkit::testing
