// Response bodies that come in parts: without a descriptor, or as several texts.
#include <condition_variable>
#include <mutex>

#include "http/server_fixture.hpp"

namespace streamkit::http {
namespace {

using HttpByteReaderTest = HttpServerFixture;

// Bytes without a descriptor, as a store over the network has them.
class TextReader final : public ByteReader {
 public:
  explicit TextReader(std::string text) : text_(std::move(text)) {}

  std::uint64_t size_bytes() const noexcept override { return text_.size(); }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into,
                           std::stop_token stop) const override {
    {
      std::unique_lock lock(mutex_);
      ++reads_;
      changed_.notify_all();
      if (!changed_.wait(lock, stop, [&] { return !held_; })) {
        return Error{ErrorCode::Cancelled, "stopped"};
      }
      if (offset >= fails_from_) return Error{ErrorCode::Unavailable, "the store is gone"};
    }
    return text_.copy(reinterpret_cast<char*>(into.data()), into.size(), offset);
  }

  void fail_from(std::uint64_t offset) { fails_from_ = offset; }
  void hold() { held_ = true; }
  void release() {
    std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  void await_reads(int count) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reads_ >= count; });
  }

 private:
  const std::string text_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  // Guarded by mutex_
  mutable int reads_ = 0;
  bool held_ = false;
  std::uint64_t fails_from_ = ~std::uint64_t{0};
};

std::string patterned(std::size_t size) {
  std::string content(size, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 251);
  return content;
}

TEST_F(HttpByteReaderTest, SendsBodiesWithoutADescriptorInParts) {
  const std::string content = patterned(3'000'001);
  const auto reader = std::make_shared<TextReader>(content);
  handler_.script = [&](const RequestHead& request) {
    const std::uint64_t offset = request.path == "/part" ? 1'234'567 : 0;
    return Response{200, {}, FileSlice{reader, offset, content.size() - offset}};
  };
  RawClient client(start());
  EXPECT_TRUE(client.exchange("GET /whole HTTP/1.1\r\nHost: x\r\n\r\n").body == content);
  EXPECT_TRUE(client.exchange("GET /part HTTP/1.1\r\nHost: x\r\n\r\n").body ==
              content.substr(1'234'567));
  client.send("HEAD /whole HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.receive_head().headers.at("content-length"), std::to_string(content.size()));
}

TEST_F(HttpByteReaderTest, CutsABodyThatCannotBeReadToItsEnd) {
  const auto reader = std::make_shared<TextReader>(patterned(1'000'000));
  reader->fail_from(500'000);
  handler_.script = [&](const RequestHead&) {
    return Response{200, {}, FileSlice{reader, 0, reader->size_bytes()}};
  };
  RawClient client(start());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.receive_head().headers.at("content-length"), "1000000");
  EXPECT_LT(client.receive_until_close().size(), 1'000'000u);
}

TEST_F(HttpByteReaderTest, ServesOthersWhileABodyIsWaitedFor) {
  const auto reader = std::make_shared<TextReader>("slow");
  reader->hold();
  handler_.script = [&](const RequestHead& request) {
    if (request.path == "/other") return text_response(200, "text/plain", "other");
    return Response{200, {}, FileSlice{reader, 0, 4}};
  };
  ServerOptions config;
  config.threads = 1;
  const auto port = start(config);
  RawClient slow(port);
  slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  reader->await_reads(1);
  EXPECT_EQ(RawClient(port).exchange("GET /other HTTP/1.1\r\nHost: x\r\n\r\n").body, "other");
  reader->release();
  EXPECT_EQ(slow.receive().body, "slow");
}

TEST_F(HttpByteReaderTest, StopsWhileABodyIsWaitedFor) {
  const auto reader = std::make_shared<TextReader>("never");
  reader->hold();
  handler_.script = [&](const RequestHead&) { return Response{200, {}, FileSlice{reader, 0, 5}}; };
  ServerOptions config;
  config.stop_grace = std::chrono::milliseconds(0);
  RawClient client(start(config));
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  reader->await_reads(1);
  server_->stop();
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpByteReaderTest, SendsSeveralTextsAsOneBody) {
  const std::string content = patterned(1'000'001);
  const auto share = [](std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  };
  const SharedTexts texts = {share(content.substr(0, 700'000)), nullptr, share(""),
                             share(content.substr(700'000))};
  handler_.script = [&](const RequestHead& request) {
    return Response{200, {}, request.path == "/empty" ? SharedTexts{} : texts};
  };
  RawClient client(start());
  EXPECT_TRUE(client.exchange("GET /whole HTTP/1.1\r\nHost: x\r\n\r\n").body == content);
  EXPECT_EQ(client.exchange("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n").body, "");
  client.send("HEAD /whole HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.receive_head().headers.at("content-length"), std::to_string(content.size()));
}

}  // namespace
}  // namespace streamkit::http
