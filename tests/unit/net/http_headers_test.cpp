#include <gtest/gtest.h>

#include <streamkit/net/http_headers.hpp>

namespace streamkit::net {
namespace {

TEST(HttpHeaders, FindsByNameWithoutCase) {
  const HttpHeaders headers{{"Content-Type", "a"}, {"content-type", "b"}, {"Empty", ""}};
  EXPECT_EQ(find_header(headers, "CONTENT-TYPE"), "a");
  EXPECT_EQ(find_header(headers, "empty"), "");
  EXPECT_EQ(find_header(headers, "Content"), std::nullopt);
  EXPECT_EQ(find_header({}, "x"), std::nullopt);
}

}  // namespace
}  // namespace streamkit::net
