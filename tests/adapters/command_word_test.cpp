#include "worker/command_word.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace streamkit::worker_tool {
namespace {

TEST(CommandWord, AFirstWordThatNamesACommandIsTheCommand) {
  const auto command = command_of({"convert", "in.mp4", "--quiet"}).value();
  EXPECT_EQ(command.name, "convert");
  EXPECT_EQ(command.words, (std::vector<std::string>{"in.mp4", "--quiet"}));
}

TEST(CommandWord, WithoutACommandTheWorkerRuns) {
  EXPECT_EQ(command_of({}).value().name, "run");
  const auto command = command_of({"--data-dir", "convert"}).value();
  EXPECT_EQ(command.name, "run");
  EXPECT_EQ(command.words.size(), 2U);
}

TEST(CommandWord, AnUnknownCommandNamesThoseThatExist) {
  for (const char* word : {"start", "./convert", "conver", ""}) {
    const auto command = command_of({word});
    ASSERT_FALSE(command) << word;
    EXPECT_EQ(command.error().code, ErrorCode::InvalidArgument);
    for (const char* name : {"run", "convert", "depth", "dead-letters", "synthesize"}) {
      EXPECT_NE(command.error().message.find(name), std::string::npos) << name;
    }
  }
}

TEST(CommandWord, AFileIsPointedToConvert) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("streamkit-command-word-" + std::to_string(::getpid()) + ".mp4");
  std::ofstream(file) << "x";
  const auto command = command_of({file.string()});
  std::filesystem::remove(file);
  ASSERT_FALSE(command);
  EXPECT_NE(command.error().message.find("convert " + file.string()), std::string::npos);
}

}  // namespace
}  // namespace streamkit::worker_tool
