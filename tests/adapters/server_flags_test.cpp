#include "common/server_flags.hpp"

#include <gtest/gtest.h>

namespace streamkit::common {
namespace {

constexpr std::string_view kBase = "http://localhost:8000";

Result<std::string> base_of(const std::vector<std::string>& words) {
  const CommandLine line("tool", "Does something.", server_flags(""));
  const auto arguments = line.parse(words, [](const std::string&) { return std::nullopt; });
  if (!arguments) return arguments.error();
  return read_api_base(*arguments);
}

TEST(ServerFlags, TheEarlierNameOfTheServersFlagIsAccepted) {
  EXPECT_EQ(base_of({"--api-base", "http://h:1"}).value(), "http://h:1");
  EXPECT_EQ(base_of({"--base-url", "http://h:1//"}).value(), "http://h:1");
  EXPECT_EQ(base_of({"--base-url", "http://h", "--api-base", "http://h"}).error().code,
            ErrorCode::InvalidArgument);
}

TEST(ServerFlags, AMissingOrWrongServerIsNamedByTheFlag) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"--base-url", "nowhere"}}) {
    const auto base = base_of(words);
    ASSERT_FALSE(base);
    EXPECT_NE(base.error().message.find("--api-base"), std::string::npos) << base.error().message;
  }
}

TEST(ServerFlags, HelpLeavesEarlierNamesOut) {
  const std::string help = CommandLine("tool", "Does something.", server_flags("")).help();
  EXPECT_NE(help.find("--api-base"), std::string::npos);
  EXPECT_EQ(help.find("--base-url"), std::string::npos);
}

TEST(ServerFlags, EachFailureHasTheHintThatFits) {
  const auto hint = [](ErrorCode code, std::string domain) {
    return with_server_hint({code, "failed", std::move(domain)}, kBase).message;
  };
  EXPECT_EQ(hint(ErrorCode::Unavailable, "curl"),
            "failed; is a server running at http://localhost:8000? See --api-base");
  EXPECT_NE(hint(ErrorCode::PermissionDenied, "http").find("--api-key"), std::string::npos);
  EXPECT_NE(hint(ErrorCode::PermissionDenied, "curl").find("--ca-file"), std::string::npos);
  EXPECT_EQ(hint(ErrorCode::Unavailable, "http"), "failed");
  EXPECT_EQ(hint(ErrorCode::RateLimited, "http"), "failed");
}

}  // namespace
}  // namespace streamkit::common
