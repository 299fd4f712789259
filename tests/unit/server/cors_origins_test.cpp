#include "server/cors_origins.hpp"

#include <gtest/gtest.h>

namespace streamkit::server {
namespace {

CorsOrigins origins(const std::vector<std::string>& list, std::string_view public_url = "") {
  const auto created = CorsOrigins::create(list, public_url);
  EXPECT_TRUE(created) << created.error().message;
  return *created;
}

TEST(CorsOrigins, AreByDefaultThisMachineAndTheServersOwn) {
  const auto allowed = origins({}, "https://video.example.org/live");
  for (const auto* origin :
       {"http://localhost:3000", "https://localhost", "http://127.0.0.1:8080", "http://[::1]:80",
        "http://app.localhost:5173", "https://video.example.org"}) {
    EXPECT_TRUE(allowed.allows(origin)) << origin;
  }
  for (const auto* origin :
       {"https://app.example.com", "http://video.example.org", "https://video.example.org:8443",
        "https://localhost.example.com", "null", "", "localhost", "file://"}) {
    EXPECT_FALSE(allowed.allows(origin)) << origin;
  }
}

TEST(CorsOrigins, AreThoseGivenAndTheServersOwn) {
  const auto allowed =
      origins({"https://app.example.com", "http://Other.example.com:8080"}, "https://own.example");
  EXPECT_TRUE(allowed.allows("https://app.example.com"));
  EXPECT_TRUE(allowed.allows("http://other.example.com:8080"));
  EXPECT_TRUE(allowed.allows("https://own.example"));
  for (const auto* origin : {"http://app.example.com", "https://app.example.com:444",
                             "https://sub.app.example.com", "http://localhost:3000", "null"}) {
    EXPECT_FALSE(allowed.allows(origin)) << origin;
  }
}

TEST(CorsOrigins, MayBeAll) {
  const auto allowed = origins({"*"});
  EXPECT_TRUE(allowed.allows("https://anything.example.com"));
  EXPECT_TRUE(allowed.allows("null"));
}

TEST(CorsOrigins, MustBeOrigins) {
  for (const auto* wrong : {"app.example.com", "https://app.example.com/", "https://*.example.com",
                            "https://app.example.com/page", "ftp://app.example.com", "https://"}) {
    const auto created = CorsOrigins::create({wrong}, "");
    ASSERT_FALSE(created) << wrong;
    EXPECT_NE(created.error().message.find(wrong), std::string::npos);
  }
}

}  // namespace
}  // namespace streamkit::server
