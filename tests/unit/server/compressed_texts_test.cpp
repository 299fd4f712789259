#include "server/compressed_texts.hpp"

#include <gtest/gtest.h>

namespace streamkit::server {
namespace {

SharedText text_of(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

TEST(CompressedTexts, CompressesATextOnce) {
  CompressedTexts texts(10);
  const auto text = text_of(std::string(10'000, 'x'));
  EXPECT_FALSE(texts.contains("s1"));
  const auto compressed = texts.get("s1", text);
  ASSERT_TRUE(compressed);
  EXPECT_LT(compressed->size(), 1000u);
  EXPECT_EQ(texts.get("s1", text), compressed);
  EXPECT_TRUE(texts.contains("s1"));
}

TEST(CompressedTexts, ANewTextReplacesTheOldOne) {
  CompressedTexts texts(10);
  const auto old_one = texts.get("s1", text_of("old"));
  EXPECT_NE(*texts.get("s1", text_of("new")), *old_one);
}

TEST(CompressedTexts, DropsTheSessionLongestNotAskedFor) {
  CompressedTexts texts(2);
  (void)texts.get("a", text_of("a"));
  (void)texts.get("b", text_of("b"));
  (void)texts.get("a", text_of("a"));
  (void)texts.get("c", text_of("c"));
  EXPECT_TRUE(texts.contains("a"));
  EXPECT_FALSE(texts.contains("b"));
  texts.forget("a");
  texts.forget("unknown");
  EXPECT_FALSE(texts.contains("a"));
}

}  // namespace
}  // namespace streamkit::server
