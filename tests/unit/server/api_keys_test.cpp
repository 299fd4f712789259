#include <streamkit/server/api_keys.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <streamkit/net/sha256.hpp>

#include "local/temporary_folder.hpp"

namespace streamkit::server {
namespace {

const std::string kHash(64, 'a');

class ApiKeysTest : public ::testing::Test {
 protected:
  void write(const std::string& text, mode_t mode = 0600) {
    std::ofstream(file_, std::ios::trunc) << text;
    ASSERT_EQ(::chmod(file_.c_str(), mode), 0);
  }
  static std::string line_of(const std::string& name, const std::string& secret) {
    return to_line({name, net::sha256_hex(secret)}) + "\n";
  }

  const local::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "keys";
};

TEST(ApiKeysText, ReadsLinesAndSkipsComments) {
  const auto keys = parse_api_keys("# who may\n\n  studio  sha256:" + kHash +
                                   " \r\n\tb-2._ sha256:" + std::string(64, '0'));
  ASSERT_TRUE(keys) << keys.error().message;
  const std::vector<ApiKey> expected = {{"studio", kHash}, {"b-2._", std::string(64, '0')}};
  EXPECT_EQ(*keys, expected);
  std::string printed;
  for (const auto& key : *keys) printed += to_line(key) + "\n";
  EXPECT_EQ(*parse_api_keys(printed), expected);
}

TEST(ApiKeysText, NamesTheLineThatIsWrong) {
  const std::string good = "a sha256:" + kHash + "\n";
  const std::vector<std::string> wrong = {
      "studio",
      "studio " + kHash,
      "studio sha256:",
      "studio sha256:" + std::string(63, 'a'),
      "studio sha256:" + std::string(65, 'a'),
      "studio sha256:" + std::string(64, 'A'),
      "studio sha256:" + std::string(64, 'g'),
      "studio sha256:" + std::string(64, 'b') + " more",
      "st/udio sha256:" + std::string(64, 'b'),
      std::string(65, 'n') + " sha256:" + std::string(64, 'b'),
      "a sha256:" + std::string(64, 'b'),
      "b sha256:" + kHash,
      std::string("b\0 sha256:", 10) + std::string(64, 'b'),
  };
  for (const auto& line : wrong) {
    const auto keys = parse_api_keys(good + "# comment\n" + line + "\n");
    ASSERT_FALSE(keys) << line;
    EXPECT_EQ(keys.error().code, ErrorCode::InvalidArgument);
    EXPECT_TRUE(keys.error().message.starts_with("line 3: ")) << keys.error().message;
    EXPECT_EQ(keys.error().message.find(kHash), std::string::npos) << "a key by mistake is told";
  }
}

TEST(ApiKeysText, AFileWithoutAKeyIsAMistake) {
  EXPECT_FALSE(parse_api_keys(""));
  EXPECT_FALSE(parse_api_keys("# nobody\n\n"));
}

TEST(ApiKeysText, NewKeysAreLongAndDifferent) {
  const auto one = make_api_key("studio");
  const auto other = make_api_key("studio");
  ASSERT_TRUE(one && other);
  EXPECT_GE(one->secret.size(), 52u);
  EXPECT_NE(one->secret, other->secret);
  EXPECT_EQ(*parse_api_keys(to_line(one->key)), std::vector<ApiKey>{one->key});
  EXPECT_FALSE(make_api_key(""));
  EXPECT_FALSE(make_api_key("two words"));
}

TEST_F(ApiKeysTest, KnowsWhoseAKeyIs) {
  write(line_of("studio", "one") + line_of("van", "two"));
  const auto keys = ApiKeys::open(file_);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ((*keys)->name_of("one"), "studio");
  EXPECT_EQ((*keys)->name_of("two"), "van");
  EXPECT_FALSE((*keys)->name_of("three"));
  EXPECT_FALSE((*keys)->name_of(""));
  EXPECT_FALSE((*keys)->name_of(net::sha256_hex(std::string_view("one")))) << "the hash is no key";
}

TEST_F(ApiKeysTest, AFileThatOthersMayReadIsRefused) {
  for (const mode_t mode : {0644, 0602, 0601}) {
    write(line_of("studio", "one"), mode);
    const auto keys = ApiKeys::open(file_);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code, ErrorCode::PermissionDenied);
    EXPECT_NE(keys.error().message.find("chmod"), std::string::npos);
  }
  write(line_of("studio", "one"), 0640);
  EXPECT_TRUE(ApiKeys::open(file_));
}

TEST_F(ApiKeysTest, AMissingFileOrFolderIsNamed) {
  const auto missing = ApiKeys::open(file_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
  EXPECT_NE(missing.error().message.find(file_.string()), std::string::npos);
  EXPECT_FALSE(ApiKeys::open(folder_.path()));
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_FALSE(ApiKeys::open(file_)) << "must not block";
}

TEST_F(ApiKeysTest, ReloadingTakesANewFileAndKeepsTheOldForABadOne) {
  write(line_of("studio", "one"));
  const auto keys = ApiKeys::open(file_);
  ASSERT_TRUE(keys);
  write(line_of("studio", "new") + line_of("van", "two"));
  ASSERT_TRUE((*keys)->reload());
  EXPECT_FALSE((*keys)->name_of("one"));
  EXPECT_EQ((*keys)->name_of("two"), "van");
  write("# mistake\nstudio\n");
  const auto bad = (*keys)->reload();
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("line 2"), std::string::npos);
  EXPECT_EQ((*keys)->name_of("two"), "van");
  EXPECT_EQ((*keys)->size(), 2u);
}

}  // namespace
}  // namespace streamkit::server
