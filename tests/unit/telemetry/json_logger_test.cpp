#include <streamkit/telemetry/json_logger.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

namespace streamkit::telemetry {
namespace {

class JsonLoggerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe(pipe_.data()), 0); }
  void TearDown() override { ::close(pipe_[0]); }

  // Everything written so far; nothing can be written after it.
  std::string take_output() {
    ::close(pipe_[1]);
    std::string text(65536, '\0');
    const auto size = ::read(pipe_[0], text.data(), text.size());
    text.resize(static_cast<std::size_t>(size));
    return text;
  }

  std::array<int, 2> pipe_ = {};
};

TEST_F(JsonLoggerTest, WritesOneObjectPerLine) {
  JsonLogger logger(LogLevel::Info, pipe_[1]);
  const Context context{.logger = &logger};
  context.log(LogLevel::Info, "chunk stored", {{"session_id", "s1"}, {"index", "7"}});
  context.log(LogLevel::Debug, "not of interest");
  context.log(LogLevel::Error, "odd \"text\"\n\x01 \xff \xf0\x9f\x98\x80");

  const std::string output = take_output();
  const auto line_end = output.find('\n');
  const auto first = nlohmann::json::parse(output.substr(0, line_end));
  EXPECT_EQ(first["level"], "info");
  EXPECT_EQ(first["message"], "chunk stored");
  EXPECT_EQ(first["session_id"], "s1");
  EXPECT_EQ(first["index"], "7");
  EXPECT_EQ(first["time"].get<std::string>().size(),
            std::string("2026-11-21T10:00:00.000Z").size());

  const auto second = nlohmann::json::parse(output.substr(line_end + 1));
  EXPECT_EQ(second["level"], "error");
  EXPECT_EQ(second["message"], "odd \"text\"\n\x01 \xEF\xBF\xBD \xf0\x9f\x98\x80");
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 2);
}

TEST(LogLevelTest, ReadsItsOwnNames) {
  EXPECT_EQ(parse_log_level("warning"), LogLevel::Warning);
  EXPECT_EQ(parse_log_level("debug"), LogLevel::Debug);
  EXPECT_EQ(parse_log_level("Warning"), std::nullopt);
  EXPECT_EQ(parse_log_level(""), std::nullopt);
}

}  // namespace
}  // namespace streamkit::telemetry
