#include "load/viewer.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

namespace streamkit::load {
namespace {

using Asked = Viewer::Asked;

const std::string kPlaylist =
    "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:5\n"
    "#EXTINF:5.000,\n#EXT-X-BYTERANGE:5000@100\nseg_00000.mp4\n"
    "#EXTINF:5.000,\n#EXT-X-BYTERANGE:3000@200\nseg_00001.mp4\n";

std::string answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Said\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A viewer and the other end of its connection.
class ViewerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    listener_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener_.get(), 1), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    watched_.server = address;
    watched_.host = "media.test";
    watched_.playlist_path = "/stream/a/playlist.m3u8";
    watched_.folder_path = "/stream/a/";
    ASSERT_TRUE(viewer_.connect());
    peer_ = Descriptor(::accept(listener_.get(), nullptr, nullptr));
    ASSERT_TRUE(peer_);
  }

  std::string request() const {
    std::string text(4096, '\0');
    const auto got = ::recv(peer_.get(), text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
  }
  // The viewer never waits, so the test does for it.
  Result<std::optional<Viewer::Answered>> answered(const std::string& bytes) {
    ::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    for (;;) {
      auto received = viewer_.receive();
      if (!received || *received) return received;
      std::this_thread::yield();
    }
  }
  void watch_playlist() {
    ASSERT_TRUE(viewer_.ask_playlist({}));
    (void)request();
    ASSERT_TRUE(answered(answer(200, kPlaylist)));
  }

  Watched watched_;
  Viewer viewer_{watched_, 0x7F010203};
  Descriptor listener_;
  Descriptor peer_;
};

TEST_F(ViewerTest, PollsThePlaylistThenFetchesTheNewestSegmentOnceWithItsRange) {
  ASSERT_TRUE(viewer_.ask_playlist({}));
  EXPECT_TRUE(
      request().starts_with("GET /stream/a/playlist.m3u8 HTTP/1.1\r\nHost: media.test\r\n"));
  const auto playlist = answered(answer(200, kPlaylist));
  ASSERT_TRUE(playlist);
  EXPECT_EQ((*playlist)->what, Asked::Playlist);
  EXPECT_EQ((*playlist)->body_bytes, kPlaylist.size());

  ASSERT_TRUE(viewer_.ask_next_segment({}).value());
  const std::string segment_request = request();
  EXPECT_TRUE(segment_request.starts_with("GET /stream/a/seg_00001.mp4 HTTP/1.1\r\n"));
  EXPECT_NE(segment_request.find("\r\nRange: bytes=200-3199\r\n"), std::string::npos);
  const auto segment = answered(answer(206, std::string(3000, 'x')));
  ASSERT_TRUE(segment);
  EXPECT_EQ((*segment)->what, Asked::Segment);
  EXPECT_EQ((*segment)->body_bytes, 3000U);
  EXPECT_FALSE(viewer_.ask_next_segment({}).value());
}

TEST_F(ViewerTest, HasItsOwnAddress) {
  sockaddr_in address = {};
  socklen_t size = sizeof address;
  ASSERT_EQ(::getpeername(peer_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  EXPECT_EQ(ntohl(address.sin_addr.s_addr), 0x7F010203U);
}

TEST_F(ViewerTest, RefusesAnotherStatus) {
  ASSERT_TRUE(viewer_.ask_playlist({}));
  EXPECT_FALSE(answered(answer(503, "later")));
}

TEST_F(ViewerTest, RefusesASegmentOfAnotherLengthThanItAskedFor) {
  watch_playlist();
  ASSERT_TRUE(viewer_.ask_next_segment({}).value());
  EXPECT_FALSE(answered(answer(206, std::string(2999, 'x'))));
}

TEST_F(ViewerTest, RefusesAWholeSegmentWhereARangeWasAskedFor) {
  watch_playlist();
  ASSERT_TRUE(viewer_.ask_next_segment({}).value());
  EXPECT_FALSE(answered(answer(200, std::string(3000, 'x'))));
}

TEST_F(ViewerTest, RefusesAServerThatLeavesWithinAnAnswer) {
  watch_playlist();
  ASSERT_TRUE(viewer_.ask_next_segment({}).value());
  ::send(peer_.get(), "HTTP/1.1 206 P\r\nContent-Length: 3000\r\n\r\nxyz", 43, MSG_NOSIGNAL);
  peer_ = Descriptor();
  Result<std::optional<Viewer::Answered>> received = std::optional<Viewer::Answered>();
  while (received && !*received) received = viewer_.receive();
  EXPECT_FALSE(received);
}

TEST_F(ViewerTest, RefusesAnAnswerNobodyAskedFor) {
  EXPECT_FALSE(answered(answer(200, kPlaylist)));
}

TEST_F(ViewerTest, HangingUpForgetsWhatWasAsked) {
  ASSERT_TRUE(viewer_.ask_playlist({}));
  viewer_.hang_up();
  EXPECT_FALSE(viewer_.connected());
  EXPECT_EQ(viewer_.asked(), Asked::Nothing);
}

}  // namespace
}  // namespace streamkit::load
