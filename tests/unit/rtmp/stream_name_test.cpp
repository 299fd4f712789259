#include "rtmp/stream_name.hpp"

#include <gtest/gtest.h>

namespace streamkit::rtmp {
namespace {

TEST(StreamNameTest, SplitsTheQuery) {
  QueryParameters parameters;
  EXPECT_EQ(split_query("KEY?token=a%2Bb%20c&x=&flag&=y&&z=%zz%4", parameters), "KEY");
  EXPECT_EQ(parameters,
            (QueryParameters{{"token", "a+b c"}, {"x", ""}, {"flag", ""}, {"z", "%zz%4"}}));
}

TEST(StreamNameTest, KeepsANameWithoutQuery) {
  QueryParameters parameters;
  EXPECT_EQ(split_query("a/b", parameters), "a/b");
  EXPECT_EQ(split_query("", parameters), "");
  EXPECT_EQ(split_query("?a=b", parameters), "");
  EXPECT_EQ(parameters.size(), 1);
}

TEST(StreamNameTest, BoundsTheParameters) {
  std::string name = "n?";
  for (int i = 0; i < 100; ++i) name += "a=b&";
  QueryParameters parameters;
  split_query(name, parameters);
  EXPECT_EQ(parameters.size(), 32);
}

}  // namespace
}  // namespace streamkit::rtmp
