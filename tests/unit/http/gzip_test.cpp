#include <streamkit/http/gzip.hpp>

#include <gtest/gtest.h>
#include <zlib.h>

namespace streamkit::http {
namespace {

std::string gunzip(const std::string& bytes) {
  z_stream stream = {};
  ::inflateInit2(&stream, 15 + 16);
  std::string text(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  ::inflateEnd(&stream);
  return text;
}

TEST(GzipTest, CanBeTakenBack) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "#EXTINF:5.000,\nseg_" + std::to_string(i) + ".mp4\n";
  for (const auto& original : {std::string(), std::string("x"), text}) {
    const auto compressed = gzip(original);
    ASSERT_TRUE(compressed);
    EXPECT_EQ(gunzip(*compressed), original);
  }
  EXPECT_LT(gzip(text)->size(), text.size() / 4);
}

TEST(GzipTest, IsSentOnlyToThoseWhoTakeIt) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, gzip;q=0.5, br"));
  EXPECT_TRUE(accepts_gzip("br,x-gzip"));
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("identity"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000, br"));
  EXPECT_FALSE(accepts_gzip("gzippy"));
}

}  // namespace
}  // namespace streamkit::http
