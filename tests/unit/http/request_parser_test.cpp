#include "http/request_parser.hpp"

#include <gtest/gtest.h>

#include <string>

namespace streamkit::http {
namespace {

using State = RequestParser::State;

struct Parsed {
  State state = State::Head;
  int failure = 0;
  RequestHead request;
  std::string body;
  std::string rest;
};

// Puts the bytes in pieces of `step`.
Parsed parse(std::string_view bytes, std::size_t step = ~std::size_t{0},
             RequestParser::Limits limits = {}) {
  RequestParser parser(limits);
  Parsed parsed;
  const auto over = [&] {
    return parser.state() == State::Done || parser.state() == State::Failed;
  };
  while (!bytes.empty() && !over()) {
    const auto piece = bytes.substr(0, std::min(step, bytes.size()));
    parsed.rest += piece;
    bytes.remove_prefix(piece.size());
    while (!parsed.rest.empty() && !over()) {
      const std::size_t taken = parser.put(parsed.rest);
      parsed.body += parser.body_piece();
      parsed.rest.erase(0, taken);
      if (taken == 0) break;
    }
  }
  parsed.rest += bytes;
  parsed.state = parser.state();
  parsed.failure = parser.failure().status;
  parsed.request = parser.request();
  return parsed;
}

int refusal(std::string_view bytes) { return parse(bytes).failure; }

std::string post(std::string_view headers, std::string_view body = "") {
  return "POST /p HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

TEST(RequestParserTest, ReadsTheSameInPiecesOfAnySize) {
  const std::string bytes =
      "\r\nPUT /a/b%20c?d=e&f HTTP/1.1\r\nHost: example.org\r\nX-Name:  value \r\n"
      "Transfer-Encoding: chunked\r\n\r\n5;ext=\"a\"\r\nabcde\r\n1\r\nf\r\n0\r\nTrailer: x\r\n\r\n"
      "GET /next";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const auto parsed = parse(bytes, step);
    ASSERT_EQ(parsed.state, State::Done) << step;
    EXPECT_EQ(parsed.request.method, "PUT");
    EXPECT_EQ(parsed.request.path, "/a/b%20c");
    EXPECT_EQ(parsed.request.query, "d=e&f");
    EXPECT_EQ(parsed.request.header("x-name"), "value");
    EXPECT_EQ(parsed.request.headers.size(), 3u);  // The trailer is not among them.
    EXPECT_EQ(parsed.body, "abcdef");
    EXPECT_EQ(parsed.rest, "GET /next");
  }
}

TEST(RequestParserTest, TellsLengthVersionAndPersistence) {
  RequestParser parser({});
  const std::string head = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
  ASSERT_EQ(parser.put(head), head.size());
  EXPECT_EQ(parser.announced_bytes(), 5u);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_TRUE(parser.is_http11());

  RequestParser old({});
  const std::string old_head = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  ASSERT_EQ(old.put(old_head), old_head.size());
  EXPECT_EQ(old.announced_bytes(), 0u);
  EXPECT_FALSE(old.keep_alive());
  EXPECT_FALSE(old.is_http11());
}

TEST(RequestParserTest, TakesTheFormsOfATarget) {
  const auto request = [](std::string_view target) {
    return parse("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n").request;
  };
  EXPECT_EQ(request("*").path, "*");
  EXPECT_EQ(request("/a?").path, "/a");
  EXPECT_EQ(request("/a?").query, "");
  EXPECT_EQ(request("/a?b=1=2&c&b=3").query_value("b"), "1=2");
  EXPECT_EQ(request("/a?b&c").query_value("c"), "");
  EXPECT_EQ(request("/a?b=c").query_value("c"), std::nullopt);
  EXPECT_EQ(request("//a").path, "//a");
  EXPECT_EQ(request("/a?b=http://c/d").query, "b=http://c/d");
  EXPECT_EQ(request("http://other:8/a?b").path, "/a");
  EXPECT_EQ(request("http://other:8/a?b").header("Host"), "other:8");
  EXPECT_EQ(request("HTTPS://other").path, "/");
  EXPECT_EQ(request("http://other?b").query, "b");
  for (const auto* target : {"a", "a/b", "example.org:443", "ftp://x/", "http:///a",
                             "http://user@x/", "?a", "**", "/a b", "/a\tb"}) {
    EXPECT_EQ(refusal("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n"), 400)
        << target;
  }
}

// What proxies and servers have read differently, each a way to smuggle a request past one of them.
TEST(RequestParserTest, RefusesAmbiguousFraming) {
  for (const auto* headers : {
           "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
           "Content-Length: 3\r\nContent-Length: 4\r\n",
           "Content-Length: 3\r\nContent-Length: 3\r\n",
           "Content-Length: 3, 3\r\n",
           "Content-Length: +3\r\n",
           "Content-Length: -3\r\n",
           "Content-Length: 0x3\r\n",
           "Content-Length: 3 4\r\n",
           "Content-Length:\r\n",
           "Content-Length: 18446744073709551616\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: \x0b chunked\r\n",
           "Transfer-Encoding : chunked\r\n",
           "Content-Length : 3\r\n",
           "Transfer-Encoding:\r\n chunked\r\n",
           "X: y\r\n Content-Length: 5\r\nContent-Length: 3\r\n",
           "X: y\r\n\tTransfer-Encoding: chunked\r\n",
           "Host: y\r\n",
       }) {
    EXPECT_EQ(refusal(post(headers, "3\r\nabc\r\n0\r\n\r\n")), 400) << headers;
  }
  EXPECT_EQ(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(RequestParserTest, RefusesBareLineFeedsAndControlCharacters) {
  using namespace std::string_literals;
  for (const auto& bytes : {
           "GET / HTTP/1.1\nHost: x\n\n"s,
           "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: x\r\nX\0: b\r\n\r\n"s,
           "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"s,
           "G\0ET / HTTP/1.1\r\nHost: x\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: x\r\nX: a\x7f\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n"s,
           "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"s,
           "GET /  HTTP/1.1\r\nHost: x\r\n\r\n"s,
           "GET / HTTP/1.2\r\nHost: x\r\n\r\n"s,
           "GET / HTTP/2.0\r\nHost: x\r\n\r\n"s,
           "GET /\r\nHost: x\r\n\r\n"s,
       }) {
    EXPECT_EQ(refusal(bytes), 400) << bytes;
  }
}

TEST(RequestParserTest, RefusesBrokenChunks) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  for (const auto* body :
       {"xyz\r\n", "-1\r\n\r\n", "3\nabc\r\n", "3\r\nabcd\r\n0\r\n\r\n", "11111111111111111\r\n",
        "3 3\r\nabc\r\n", "0\r\nContent-Length: 3\r\n\r\n", "0\r\nbroken\r\n\r\n"}) {
    EXPECT_EQ(refusal(post(chunked, body)), 400) << body;
  }
}

TEST(RequestParserTest, NeedsOneHost) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n"), 400);
  EXPECT_EQ(parse("GET / HTTP/1.0\r\n\r\n").state, State::Done);
}

TEST(RequestParserTest, BoundsTheHeadHoweverItComes) {
  const RequestParser::Limits limits{.head_bytes = 200, .headers = 1000};
  const std::string fits = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(150, 'x') + "\r\n\r\n";
  const std::string value = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(300, 'x');
  const std::string target = "GET /" + std::string(300, 'x');
  std::string fields = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 100; ++i) fields += "X: y\r\n";
  const std::string line_ends(300, '\r');
  std::string empty_lines;
  for (int i = 0; i < 300; ++i) empty_lines += "\r\n";
  for (std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{10'000}}) {
    EXPECT_EQ(parse(fits, step, limits).state, State::Done) << step;
    EXPECT_EQ(parse(value, step, limits).failure, 431) << step;
    EXPECT_EQ(parse(target, step, limits).failure, 431) << step;
    EXPECT_EQ(parse(fields, step, limits).failure, 431) << step;
    EXPECT_NE(parse(empty_lines, step, limits).failure, 0) << step;
    EXPECT_NE(parse(line_ends, step, limits).failure, 0) << step;
  }
}

TEST(RequestParserTest, BoundsTheNumberOfHeaders) {
  const auto with_headers = [](int count) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (int i = 1; i < count; ++i) bytes += "X: y\r\n";
    return parse(bytes + "\r\n");
  };
  EXPECT_EQ(with_headers(100).state, State::Done);
  EXPECT_EQ(with_headers(101).failure, 431);
}

TEST(RequestParserTest, BoundsChunkHeadersAndTrailers) {
  const RequestParser::Limits limits{.head_bytes = 200, .headers = 10};
  const std::string chunked = post("Transfer-Encoding: chunked\r\n");
  std::string trailers;
  for (int i = 0; i < 20; ++i) trailers += "X: y\r\n";
  for (std::size_t step : {std::size_t{1}, std::size_t{10'000}}) {
    EXPECT_EQ(parse(chunked + "1;" + std::string(300, 'x'), step, limits).failure, 400) << step;
    EXPECT_NE(parse(chunked + "0\r\n" + trailers + "\r\n", step, limits).failure, 0) << step;
    EXPECT_EQ(parse(chunked + "0\r\nX: " + std::string(300, 'x'), step, limits).failure, 400)
        << step;
  }
  // Complete trailers and extensions are bounded too, and extensions over all chunks together.
  const std::string trailer = "X: " + std::string(300, 'x') + "\r\n";
  std::string extended;
  for (int i = 0; i < 10; ++i) extended += "1;" + std::string(30, 'e') + "\r\nx\r\n";
  for (std::size_t step : {std::size_t{1}, std::size_t{97}, std::size_t{10'000}}) {
    EXPECT_EQ(parse(chunked + "0\r\n" + trailer + "\r\n", step, limits).failure, 400) << step;
    EXPECT_EQ(
        parse(chunked + "1;" + std::string(300, 'x') + "\r\nx\r\n0\r\n\r\n", step, limits).failure,
        400)
        << step;
    EXPECT_EQ(parse(chunked + extended + "0\r\n\r\n", step, limits).failure, 400) << step;
    EXPECT_EQ(parse(chunked + "1;e\r\nx\r\n0;e\r\nX: y\r\n\r\n", step, limits).state, State::Done);
  }
  // Many small chunks are no large head.
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "1\r\nx\r\n";
  EXPECT_EQ(parse(chunked + many + "0\r\n\r\n", 3, limits).body.size(), 1000u);
}

}  // namespace
}  // namespace streamkit::http
