#include "load/answer_head.hpp"

#include <gtest/gtest.h>

namespace streamkit::load {
namespace {

TEST(AnswerHead, ReadsStatusLengthAndWhetherTheConnectionEnds) {
  const std::string head = "HTTP/1.1 206 Partial Content\r\ncontent-length: 17\r\nX: y\r\n";
  const auto kept = parse_answer_head(head + "\r\nbody");
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->status, 206);
  EXPECT_EQ((*kept)->body_bytes, 17U);
  EXPECT_EQ((*kept)->head_bytes, head.size() + 2);
  EXPECT_FALSE((*kept)->closes);
  const auto closed = parse_answer_head(head + "Connection: close\r\n\r\n");
  ASSERT_TRUE(closed && *closed);
  EXPECT_TRUE((*closed)->closes);
}

TEST(AnswerHead, WaitsForTheRestOfAHeadThatComesInPieces) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    const auto read = parse_answer_head(head.substr(0, size));
    ASSERT_TRUE(read) << size;
    EXPECT_FALSE(*read) << size;
  }
  EXPECT_TRUE(parse_answer_head(head).value());
}

TEST(AnswerHead, AnAnswerWithoutBodyNeedsNoLength) {
  EXPECT_EQ(parse_answer_head("HTTP/1.1 304 Not Modified\r\n\r\n").value()->body_bytes, 0U);
}

TEST(AnswerHead, RefusesWhatIsNoAnswerOrHasNoEnd) {
  for (const std::string text :
       {"\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"}) {
    EXPECT_FALSE(parse_answer_head(text)) << text;
  }
  EXPECT_FALSE(parse_answer_head(std::string(20'000, 'x')));
}

}  // namespace
}  // namespace streamkit::load
