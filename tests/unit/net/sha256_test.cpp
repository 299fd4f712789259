#include <gtest/gtest.h>

#include <streamkit/net/sha256.hpp>

namespace streamkit::net {
namespace {

// Source: FIPS 180-2 appendix B.1; the hash of nothing as in the AWS documentation.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(std::span<const std::uint8_t>{}), sha256_hex(""));
}

// Source: RFC 4231 section 4.3 (test case 2).
TEST(Sha256, GivesThePublishedMac) {
  const std::uint8_t key[] = {'J', 'e', 'f', 'e'};
  EXPECT_EQ(to_hex(hmac_sha256(key, "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Sha256, ComparesWholeTexts) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secre"));
  EXPECT_FALSE(equal_in_constant_time("", "s"));
}

}  // namespace
}  // namespace streamkit::net
