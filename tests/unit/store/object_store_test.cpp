#include <gtest/gtest.h>

#include <streamkit/store/object_store.hpp>

namespace streamkit {
namespace {

TEST(ObjectKey, TakesOrdinaryKeys) {
  for (const char* key : {"a", "stream_input/s/chunk_00000.mp4", "a b/c", "...", "a/..b/c..", ".a",
                          "gr\xc3\xbc\xc3\x9f/\xe6\x98\xa0.mp4", "50%2f", "a?b&c=d"}) {
    EXPECT_TRUE(check_object_key(key)) << key;
  }
}

TEST(ObjectKey, RefusesWhatWouldClimbOrVanishAsAPath) {
  for (const char* key :
       {"", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b"}) {
    const auto checked = check_object_key(key);
    ASSERT_FALSE(checked) << "'" << key << "'";
    EXPECT_EQ(checked.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(ObjectKey, RefusesControlCharactersAndBackslashes) {
  for (int c = 0; c < 0x20; ++c) {
    EXPECT_FALSE(check_object_key(std::string("a") + static_cast<char>(c) + "b")) << c;
  }
  EXPECT_FALSE(check_object_key("a\x7f"));
  EXPECT_FALSE(check_object_key("a\\b"));
}

TEST(ObjectKey, EndsAtTheLargestLength) {
  EXPECT_TRUE(check_object_key(std::string(kMaxObjectKeyBytes, 'k')));
  EXPECT_FALSE(check_object_key(std::string(kMaxObjectKeyBytes + 1, 'k')));
}

}  // namespace
}  // namespace streamkit
