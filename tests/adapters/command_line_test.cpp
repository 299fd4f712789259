#include "common/command_line.hpp"

#include <gtest/gtest.h>

namespace streamkit::common {
namespace {

const CommandLine kCommandLine("tool INPUT OUTPUT [options]", "Does something.",
                               {{"input", "INPUT", "file to read"},
                                {"output", "OUTPUT", "file to write"},
                                {"mode,m", "MODE", "how", "sbs", {"TOOL_MODE", "OLD_TOOL_MODE"}},
                                {"bucket", "NAME", "where objects go", "", {"INPUT_BUCKET_NAME"}},
                                {"seconds", "S", "length", "5"},
                                {"count", "N", "how many", "3"},
                                {"open", "", "let everybody in"}},
                               {"input", "output"});

Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return {};
    return found->second;
  };
}

Arguments parse(const std::vector<std::string>& words,
                std::map<std::string, std::string> variables = {}) {
  auto arguments = kCommandLine.parse(words, environment_of(std::move(variables)));
  EXPECT_TRUE(arguments) << arguments.error().message;
  return arguments ? *arguments : Arguments{};
}

TEST(CommandLineTest, FlagWinsOverVariableAndVariableOverDefault) {
  EXPECT_EQ(parse({}).text("mode"), "sbs");
  EXPECT_FALSE(parse({}).given("mode"));
  EXPECT_EQ(parse({}, {{"TOOL_MODE", "tb"}}).text("mode"), "tb");
  EXPECT_EQ(parse({}, {{"TOOL_MODE", ""}, {"OLD_TOOL_MODE", "old"}}).text("mode"), "old");
  EXPECT_EQ(parse({"--mode", "half"}, {{"TOOL_MODE", "tb"}}).text("mode"), "half");
  EXPECT_EQ(parse({"-m", "half"}).text("mode"), "half");
  EXPECT_EQ(parse({"--mode=half"}).text("mode"), "half");
}

TEST(CommandLineTest, BareWordsFillPositionalFlags) {
  const auto arguments = parse({"in.mp4", "--open", "out.mp4"});
  EXPECT_EQ(arguments.text("input"), "in.mp4");
  EXPECT_EQ(arguments.text("output"), "out.mp4");
  EXPECT_TRUE(arguments.given("open"));
  EXPECT_FALSE(kCommandLine.parse({"a", "b", "c"}, environment_of({})));
}

TEST(CommandLineTest, RefusesWhatItDoesNotKnow) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--bogus"}, {"--mode"}, {"--mod", "x"}, {"--mode", "a", "--mode", "b"}}) {
    const auto arguments = kCommandLine.parse(words, environment_of({}));
    ASSERT_FALSE(arguments) << words.front();
    EXPECT_EQ(arguments.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(arguments.error().message.find(words.front()), std::string::npos);
  }
}

TEST(CommandLineTest, AMissingValueNamesFlagAndVariable) {
  const auto bucket = parse({}).required("bucket");
  ASSERT_FALSE(bucket);
  EXPECT_NE(bucket.error().message.find("--bucket"), std::string::npos);
  EXPECT_NE(bucket.error().message.find("INPUT_BUCKET_NAME"), std::string::npos);
  EXPECT_NE(bucket.error().message.find("where objects go"), std::string::npos);
  EXPECT_EQ(*parse({}, {{"INPUT_BUCKET_NAME", "b"}}).required("bucket"), "b");
}

TEST(CommandLineTest, DescribesAnErrorToPeopleWithoutTheNameOfItsCode) {
  EXPECT_EQ(describe({ErrorCode::NotFound, "no such file"}), "no such file");
  EXPECT_EQ(describe({ErrorCode::Unavailable, "cannot connect", "curl", 7}),
            "cannot connect [curl 7]");
  EXPECT_EQ(describe({ErrorCode::Timeout, ""}), "Timeout");
}

TEST(CommandLineTest, ReadsNumbersWithinTheirBounds) {
  EXPECT_EQ(*parse({"--count", "10"}).integer("count", 1, 10), 10);
  EXPECT_FALSE(parse({"--count", "11"}).integer("count", 1, 10));
  EXPECT_FALSE(parse({"--count", "1x"}).integer("count", 1, 10));
  EXPECT_FALSE(parse({"--count", ""}).integer("count", 1, 10));
  EXPECT_EQ(*parse({"--seconds", "0.5"}).number("seconds", 0.5, 60), 0.5);
  EXPECT_FALSE(parse({"--seconds", "nan"}).number("seconds", 0.5, 60));
  const auto wrong = parse({"--seconds", "0.1"}).number("seconds", 0.5, 60);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message,
            "--seconds: '0.1' is not usable: expected a number from 0.5 to 60");
}

TEST(CommandLineTest, AWrongVariableIsNamedAsTheCulprit) {
  const std::string_view choices[] = {"sbs", "tb"};
  const auto wrong = parse({}, {{"TOOL_MODE", "3d"}}).choice("mode", choices);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message,
            "TOOL_MODE (or --mode): '3d' is not usable: expected one of sbs, tb");
  EXPECT_EQ(*parse({"--mode", "tb"}).choice("mode", choices), "tb");
}

TEST(CommandLineTest, ReadsBooleans) {
  EXPECT_FALSE(*parse({}).boolean("open"));
  EXPECT_TRUE(*parse({"--open"}).boolean("open"));
  EXPECT_TRUE(*parse({"--mode", "yes"}).boolean("mode"));
  EXPECT_FALSE(*parse({"--mode", "off"}).boolean("mode"));
  EXPECT_FALSE(parse({"--mode", "maybe"}).boolean("mode"));
}

TEST(CommandLineTest, HelpNamesFlagsVariablesAndDefaults) {
  const std::string help = kCommandLine.help();
  for (const auto* part : {"Usage: tool INPUT OUTPUT", "Does something.", "INPUT  file to read",
                           "--mode", "(default: sbs)", "INPUT_BUCKET_NAME", "--help"}) {
    EXPECT_NE(help.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(kCommandLine.program(), "tool");
}

}  // namespace
}  // namespace streamkit::common
