#include <gtest/gtest.h>

#include <random>

#include "rtmp/publisher.hpp"

namespace streamkit::rtmp {
namespace {

ErrorCode failure_of(const std::vector<Event>& events) {
  const auto failed = all_of<SessionFailed>(events);
  return failed.size() == 1 ? failed[0].error.code : ErrorCode::Internal;
}

ServerSession shaken(ServerSessionOptions options = {}) {
  ServerSession session(options);
  session.receive(client_handshake());
  return session;
}

TEST(SessionLimitsTest, NothingComesBeforeConnect) {
  auto session = shaken();
  EXPECT_EQ(failure_of(session.receive(command_bytes({"createStream", 1.0, AmfValue()}))),
            ErrorCode::CorruptData);
  EXPECT_TRUE(session.closed());
}

TEST(SessionLimitsTest, CommandsHaveAName) {
  for (const Bytes& payload : {Bytes{}, Bytes{5}, Bytes{2, 0, 9, 'x'}, Bytes{0x11, 1}}) {
    auto session = shaken();
    EXPECT_EQ(failure_of(session.receive(message_bytes(MessageType::CommandAmf0, 0, payload))),
              ErrorCode::CorruptData);
  }
}

TEST(SessionLimitsTest, ConnectHasAnObject) {
  auto session = shaken();
  EXPECT_EQ(failure_of(session.receive(command_bytes({"connect", 1.0}))), ErrorCode::CorruptData);
}

TEST(SessionLimitsTest, BoundsCommands) {
  auto session = shaken();
  EXPECT_EQ(
      failure_of(session.receive(message_bytes(MessageType::CommandAmf0, 0, Bytes(64 * 1024 + 1)))),
      ErrorCode::ResourceExhausted);
}

TEST(SessionLimitsTest, BoundsTheNumberOfStreams) {
  auto session = shaken();
  session.receive(command_bytes({"connect", 1.0, AmfValue::Object{{"app", "live"}}}));
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(session.receive(command_bytes({"createStream", 2.0, AmfValue()})).empty());
  }
  EXPECT_EQ(failure_of(session.receive(command_bytes({"createStream", 2.0, AmfValue()}))),
            ErrorCode::ResourceExhausted);
}

TEST(SessionLimitsTest, BoundsWhatComesBeforeTheDecision) {
  ServerSessionOptions options;
  options.max_waiting_bytes = 10'000;
  auto session = shaken(options);
  session.receive(publishing_commands());
  EXPECT_TRUE(session.receive(Bytes(10'000)).empty());
  EXPECT_EQ(failure_of(session.receive(Bytes(1))), ErrorCode::ResourceExhausted);
}

TEST(SessionLimitsTest, BoundsWhatWaitsForASecondTrack) {
  ServerSessionOptions options;
  options.max_waiting_bytes = 100'000;
  PublishingSession client(options);
  client.audio(0, aac_header_body({0x12, 0x10}));
  int sent = 0;
  while (client.events().empty() && ++sent < 1000) client.audio(0, aac_frame_body(Bytes(1000)));
  EXPECT_LE(sent, 101);
  EXPECT_EQ(all_of<Packet>(client.events()).size(), static_cast<std::size_t>(sent));
}

TEST(SessionLimitsTest, BoundsMessages) {
  ServerSessionOptions options;
  options.max_message_bytes = 1000;
  PublishingSession client(options);
  client.headers();
  client.keyframe(0);
  client.receive(chunk({.length = 1001, .type = 9}, {}));
  EXPECT_EQ(failure_of(client.events()), ErrorCode::ResourceExhausted);
  // What came before is not lost.
  EXPECT_EQ(all_of<Packet>(client.events()).size(), 1);
  const auto commands = sent_commands(client.session().take_output(), false);
  ASSERT_EQ(commands.size(), 1);
  EXPECT_NE(commands[0][3].find_text("description").find("1001"), std::string_view::npos);
}

TEST(SessionLimitsTest, RejectsAChunkSizeOf0) {
  auto session = shaken();
  EXPECT_EQ(
      failure_of(session.receive(message_bytes(MessageType::SetChunkSize, 0, {0, 0, 0, 0}, 2))),
      ErrorCode::CorruptData);
}

TEST(SessionLimitsTest, RubbishNeverHarms) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    PublishingSession client;
    client.headers();
    Bytes bytes;
    for (int i = 0; i < 40; ++i) {
      Bytes body;
      for (std::uint32_t left = random() % 60; left > 0; --left) {
        body.push_back(static_cast<std::uint8_t>(random()));
      }
      const auto type = static_cast<MessageType>(random() % 23);
      append_bytes(bytes, message_bytes(type, random(), body, 3 + random() % 9));
    }
    client.receive(bytes);
  }
}

}  // namespace
}  // namespace streamkit::rtmp
