#include "rtmp/handshake.hpp"

#include <gtest/gtest.h>

#include "rtmp/publisher.hpp"

namespace streamkit::rtmp {
namespace {

TEST(HandshakeTest, RespondsToEachStepInPartsOfAnySize) {
  const Bytes client = client_handshake();
  for (const std::size_t step : {1, 2, 3, 7, 1536, 5000}) {
    Handshake handshake;
    Bytes output;
    Bytes waiting;
    for (std::size_t at = 0; at < client.size(); at += step) {
      append_bytes(waiting, ByteView(client).subspan(at, std::min(step, client.size() - at)));
      const auto taken = handshake.read(waiting, output);
      ASSERT_TRUE(taken);
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(*taken));
      // Nothing before the client's packet is whole.
      EXPECT_TRUE(at + step >= 1 + 1536 || output.empty());
    }
    EXPECT_TRUE(handshake.done());
    EXPECT_TRUE(waiting.empty());
    ASSERT_EQ(output.size(), 1 + 2 * 1536);
    EXPECT_EQ(output[0], 3);
    // Version 0, so that the client asks for no digest; then the client's packet again.
    EXPECT_EQ(Bytes(output.begin() + 5, output.begin() + 9), Bytes(4, 0));
    EXPECT_TRUE(same_bytes(ByteView(output).subspan(1 + 1536), ByteView(client).subspan(1, 1536)));
  }
}

TEST(HandshakeTest, LeavesWhatFollows) {
  Bytes bytes = client_handshake();
  bytes.push_back(42);
  Handshake handshake;
  Bytes output;
  EXPECT_EQ(*handshake.read(bytes, output), bytes.size() - 1);
}

TEST(HandshakeTest, NamesOtherProtocols) {
  const std::pair<std::uint8_t, std::string> clients[] = {
      {6, "RTMPE"}, {0x16, "TLS"}, {'G', "HTTP"}, {'P', "HTTP"}, {0, "does not use RTMP"}};
  for (const auto& [byte, name] : clients) {
    Handshake handshake;
    Bytes output;
    const auto taken = handshake.read(Bytes{byte}, output);
    ASSERT_FALSE(taken);
    EXPECT_NE(taken.error().message.find(name), std::string::npos) << taken.error().message;
    EXPECT_TRUE(output.empty());
  }
}

}  // namespace
}  // namespace streamkit::rtmp
