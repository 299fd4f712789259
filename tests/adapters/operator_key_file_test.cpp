#include "server/operator_key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "local/temporary_folder.hpp"

namespace streamkit::server_tool {
namespace {

TEST(S3OperatorKeyTest, IsAnIdAndASecret) {
  for (const auto* text : {"operator:0123456789abcdef", "operator:0123456789abcdef\n",
                           "operator:0123456789abcdef\r\n"}) {
    const auto key = parse_operator_key(text);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(key->access_key_id, "operator");
    EXPECT_EQ(key->secret_access_key, "0123456789abcdef");
    EXPECT_EQ(key->session_token, "");
  }
  EXPECT_EQ(parse_operator_key("operator:with:colon/+=12345")->secret_access_key,
            "with:colon/+=12345");
}

TEST(S3OperatorKeyTest, RefusesOthersWithoutRepeatingThem) {
  for (const auto* text :
       {"", "operator", ":0123456789abcdef", "ope:0123456789abcdef", "oper/ator:0123456789abcdef",
        "operator:short", "operator:0123456789 abcdef", "operator:0123456789abcdef\nmore:1"}) {
    const auto key = parse_operator_key(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(key.error().message.find("0123"), std::string::npos);
  }
}

TEST(S3OperatorKeyTest, TheFileIsNobodyElses) {
  const local::TemporaryFolder folder;
  const auto file = folder.path() / "key";
  EXPECT_EQ(read_operator_key(file).error().code, ErrorCode::NotFound);
  std::ofstream(file) << "operator:0123456789abcdef\n";
  for (const mode_t mode : {0600, 0400, 0640, 0440}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    EXPECT_TRUE(read_operator_key(file)) << mode;
  }
  for (const mode_t mode : {0644, 0660, 0604, 0700}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    const auto refused = read_operator_key(file);
    ASSERT_FALSE(refused) << mode;
    EXPECT_EQ(refused.error().code, ErrorCode::PermissionDenied);
    EXPECT_NE(refused.error().message.find(file.string()), std::string::npos);
  }
  EXPECT_EQ(read_operator_key(folder.path()).error().code, ErrorCode::InvalidArgument);
  std::ofstream(file) << std::string(1000, 'x');
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  EXPECT_EQ(read_operator_key(file).error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::server_tool
