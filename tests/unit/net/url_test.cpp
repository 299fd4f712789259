#include <gtest/gtest.h>

#include <streamkit/net/url.hpp>

namespace streamkit::net {
namespace {

struct UrlCase {
  const char* text;
  Url url;
  const char* printed;
};

TEST(Url, TakesApartAndPrints) {
  const UrlCase cases[] = {
      {"http://localhost", {"http", "localhost", 80, "/", ""}, "http://localhost/"},
      {"HTTPS://Example.COM/A", {"https", "example.com", 443, "/A", ""}, "https://example.com/A"},
      {"http://h:8000/a/b?x=1&y", {"http", "h", 8000, "/a/b", "x=1&y"}, "http://h:8000/a/b?x=1&y"},
      {"https://h:443/", {"https", "h", 443, "/", ""}, "https://h/"},
      {"http://h?x=1", {"http", "h", 80, "/", "x=1"}, "http://h/?x=1"},
      {"http://[2001:DB8::1]:90/p",
       {"http", "2001:db8::1", 90, "/p", ""},
       "http://[2001:db8::1]:90/p"},
      {"http://[::1]", {"http", "::1", 80, "/", ""}, "http://[::1]/"},
      {"http://h/%7e/../x?a=%2F",
       {"http", "h", 80, "/%7e/../x", "a=%2F"},
       "http://h/%7e/../x?a=%2F"},
  };
  for (const UrlCase& c : cases) {
    const auto url = parse_url(c.text);
    ASSERT_TRUE(url) << c.text << ": " << url.error().message;
    EXPECT_EQ(*url, c.url) << c.text;
    EXPECT_EQ(to_string(*url), c.printed);
    EXPECT_EQ(*parse_url(c.printed), c.url);
  }
}

TEST(Url, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "http://"},
      {"localhost:8000", "http://"},
      {"ftp://h/", "http://"},
      {"http://", "no host"},
      {"http:///path", "no host"},
      {"http://u:p@h/", "user name"},
      {"http://h/#x", "fragment"},
      {"http://h:0/", "port"},
      {"http://h:65536/", "port"},
      {"http://h:/", "port"},
      {"http://h:8x/", "port"},
      {"http://a b/", "space"},
      {"http://h/\n", "control"},
      {"http://h/\xc3\xa4", "non-ASCII"},
      {"http://h/%4", "hex"},
      {"http://h/%zz", "hex"},
      {"http://a!b/", "host name"},
      {"http://[::1/", "']'"},
      {"http://[]/", "IPv6"},
      {"http://[fe80::1%25eth0]/", "IPv6"},
      {"http://[::1]x/", "port"},
  };
  for (const auto& [text, reason] : cases) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(url.error().message.find(reason), std::string::npos)
        << text << ": " << url.error().message;
  }
}

TEST(Url, KeepsSecretsOutOfMessages) {
  const auto url = parse_url("http://user:secret@h/?token=secret");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message.find("secret"), std::string::npos);
  EXPECT_EQ(without_query(*parse_url("http://h:81/p?token=secret")), "http://h:81/p");
}

TEST(Url, NamesTheHostAsTheHostHeaderDoes) {
  EXPECT_EQ(host_header(*parse_url("http://h:80/")), "h");
  EXPECT_EQ(host_header(*parse_url("https://h:80/")), "h:80");
  EXPECT_EQ(host_header(*parse_url("http://[::1]:8000/")), "[::1]:8000");
}

TEST(Url, KnowsLoopback) {
  for (const char* text :
       {"http://localhost", "http://127.0.0.1", "http://127.1.2.3", "http://[::1]"})
    EXPECT_TRUE(is_loopback(*parse_url(text))) << text;
  for (const char* text : {"http://127.0.0.1.example.com", "http://128.0.0.1", "http://[::2]"})
    EXPECT_FALSE(is_loopback(*parse_url(text))) << text;
}

TEST(PercentEncoding, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a b/c+d=\xe1\x88\xb4"), "a%20b%2Fc%2Bd%3D%E1%88%B4");
  EXPECT_EQ(percent_encode_path("a b/c"), "a%20b/c");
}

TEST(PercentEncoding, DecodesWhatItEncoded) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(every_byte)).value(), every_byte);
  EXPECT_EQ(percent_decode(percent_encode_path(every_byte)).value(), every_byte);
  EXPECT_EQ(percent_decode("a+b%2b").value(), "a+b+");
}

TEST(PercentEncoding, RefusesABrokenEscape) {
  for (const char* text : {"%", "%4", "a%", "%g0", "%0g", "%%41"}) {
    EXPECT_FALSE(percent_decode(text)) << text;
  }
}

}  // namespace
}  // namespace streamkit::net
