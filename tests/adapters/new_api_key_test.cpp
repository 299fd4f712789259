#include "server/new_api_key.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <streamkit/server/api_keys.hpp>

#include "unit/local/temporary_folder.hpp"

namespace streamkit::server_tool {
namespace {

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string run(const std::vector<std::string>& words, int expected_exit_code) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run_new_api_key(words), expected_exit_code);
  return ::testing::internal::GetCapturedStdout() + ::testing::internal::GetCapturedStderr();
}

class NewApiKeyTest : public ::testing::Test {
 protected:
  local::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "keys.txt";
};

TEST_F(NewApiKeyTest, CreatesThePrivateFileAndPrintsTheKeyAlone) {
  auto secret = run({"studio", "--add", file_.string()}, 0);
  ASSERT_FALSE(secret.empty());
  secret.pop_back();
  EXPECT_EQ(secret.find_first_of(" \n:"), std::string::npos) << secret;

  struct stat status = {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const auto keys = server::ApiKeys::open(file_);
  ASSERT_TRUE(keys);
  EXPECT_EQ((*keys)->name_of(secret), "studio");
}

TEST_F(NewApiKeyTest, KeepsTheKeysThatAreThere) {
  run({"first", "--add", file_.string()}, 0);
  // An editor that left no line end.
  auto text = read_text(file_);
  text.pop_back();
  std::ofstream(file_, std::ios::trunc) << text;
  run({"second", "--add", file_.string()}, 0);
  const auto keys = server::ApiKeys::open(file_);
  ASSERT_TRUE(keys);
  EXPECT_EQ((*keys)->size(), 2U);
}

TEST_F(NewApiKeyTest, RejectsANameTwiceAndLeavesTheFileAsItWas) {
  run({"studio", "--add", file_.string()}, 0);
  const auto before = read_text(file_);
  const auto message = run({"studio", "--add", file_.string()}, 2);
  EXPECT_NE(message.find("a key named 'studio' already"), std::string::npos) << message;
  EXPECT_EQ(read_text(file_), before);
}

TEST_F(NewApiKeyTest, NamesAFolderThatIsNotThere) {
  const auto absent = folder_.path() / "absent" / "keys.txt";
  const auto message = run({"studio", "--add", absent.string()}, 1);
  EXPECT_NE(message.find(absent.string()), std::string::npos) << message;
}

TEST_F(NewApiKeyTest, PrintsKeyAndLineWithoutAFile) {
  const auto printed = run({"studio"}, 0);
  EXPECT_EQ(printed.find("key:  "), 0U) << printed;
  EXPECT_NE(printed.find("\nline: studio sha256:"), std::string::npos) << printed;
}

}  // namespace
}  // namespace streamkit::server_tool
