#include <streamkit/rtmp/server_session.hpp>

#include <gtest/gtest.h>

#include "rtmp/publisher.hpp"

namespace streamkit::rtmp {
namespace {

const AmfValue::Object kApp = {{"app", "live"}};

std::string code_of(const AmfValue::Array& command) {
  return std::string(command.at(3).find_text("code"));
}

// A session after its handshake, whose output was taken.
ServerSession connected(const AmfValue::Object& object = kApp) {
  ServerSession session;
  session.receive(client_handshake());
  session.receive(command_bytes({"connect", 1.0, object}));
  (void)session.take_output();
  return session;
}

TEST(ServerSessionTest, RespondsToConnect) {
  ServerSession session;
  session.receive(client_handshake());
  const auto events = session.receive(
      command_bytes({"connect", 1.0,
                     AmfValue::Object{{"app", "live/?token=a"},
                                      {"tcUrl", "rtmp://host/live?x=y"},
                                      {"flashVer", "FMLE/3.0"},
                                      {"objectEncoding", 3.0},
                                      {"fourCcList", AmfValue::Array{"av01", 7.0}},
                                      {"videoFourCcInfoMap", AmfValue::Object{{"hvc1", 1.0}}}}}));
  const auto& event = std::get<Connected>(events.at(0));
  EXPECT_EQ(event.app, "live");
  EXPECT_EQ(event.tc_url, "rtmp://host/live?x=y");
  EXPECT_EQ(event.flash_version, "FMLE/3.0");
  EXPECT_EQ(event.four_ccs, (std::vector<std::string>{"av01", "hvc1"}));

  const Bytes output = session.take_output();
  EXPECT_EQ(sent_types(output, true), (std::vector<int>{5, 6, 1, 20}));
  const auto result = sent_commands(output, true).at(0);
  EXPECT_EQ(*result[0].text(), "_result");
  EXPECT_EQ(*result[1].number(), 1);
  EXPECT_EQ(code_of(result), "NetConnection.Connect.Success");
  EXPECT_EQ(*result[3].find("objectEncoding")->number(), 3);
  EXPECT_EQ(*result[2].find("capsEx")->number(), 14);
  EXPECT_NE(result[2].find("videoFourCcInfoMap")->find("hvc1"), nullptr);
  EXPECT_NE(result[2].find("audioFourCcInfoMap")->find("mp4a"), nullptr);
  EXPECT_EQ(result[2].find("fourCcList")->array()->size(), 4);
  EXPECT_TRUE(session.take_output().empty());
}

TEST(ServerSessionTest, AnnouncesOnlyWhatTheApplicationCarries) {
  ServerSessionOptions options;
  options.hevc = options.av1 = false;
  ServerSession session(options);
  session.receive(client_handshake());
  session.receive(command_bytes({"connect", 1.0, kApp}));
  const auto result = sent_commands(session.take_output(), true).at(0);
  EXPECT_EQ(result[2].find("videoFourCcInfoMap")->object()->size(), 1);
}

TEST(ServerSessionTest, RespondsToCalls) {
  auto session = connected();
  session.receive(joined({command_bytes({"releaseStream", 2.0, AmfValue(), "KEY"}),
                          command_bytes({"FCPublish", 3.0, AmfValue(), "KEY"}),
                          command_bytes({"createStream", 4.0, AmfValue()}),
                          command_bytes({"_checkbw", 5.0, AmfValue()}),
                          command_bytes({"onBWDone", 6.0, AmfValue()}),
                          command_bytes({"releaseStream", 0.0, AmfValue(), "KEY"})}));
  const auto commands = sent_commands(session.take_output(), false);
  ASSERT_EQ(commands.size(), 5);
  EXPECT_EQ(*commands[0][1].number(), 2);
  EXPECT_EQ(*commands[1][1].number(), 3);
  EXPECT_EQ(*commands[2][0].text(), "onFCPublish");
  EXPECT_EQ(*commands[3][1].number(), 4);
  EXPECT_EQ(*commands[3][3].number(), 1);
  EXPECT_EQ(*commands[4][0].text(), "_result");
}

TEST(ServerSessionTest, AsksTheApplicationWhoMayPublish) {
  auto session = connected({{"app", "live?a=app"}, {"tcUrl", "rtmp://h/live?b=url"}});
  session.receive(command_bytes({"createStream", 2.0, AmfValue()}));
  const auto events =
      session.receive(command_bytes({"publish", 3.0, AmfValue(), "KEY?token=x%20y", "live"}, 1));
  const auto& request = std::get<PublishRequested>(events.at(0));
  EXPECT_EQ(request.app, "live");
  EXPECT_EQ(request.stream_name, "KEY");
  EXPECT_EQ(request.parameter("token"), "x y");
  EXPECT_EQ(request.parameter("a"), "app");
  EXPECT_EQ(request.parameter("b"), "url");
  EXPECT_EQ(request.parameter("none"), "");
  (void)session.take_output();
  session.accept_publish();
  const Bytes output = session.take_output();
  EXPECT_EQ(sent_types(output, false), (std::vector<int>{4, 20}));
  const auto status = sent_commands(output, false).at(0);
  EXPECT_EQ(*status[0].text(), "onStatus");
  EXPECT_EQ(code_of(status), "NetStream.Publish.Start");
  EXPECT_EQ(status[3].find_text("level"), "status");
  EXPECT_FALSE(session.closed());
}

TEST(ServerSessionTest, RejectsAPublisherAndThenEnds) {
  const std::pair<PublishRejection, std::string> rejections[] = {
      {PublishRejection::InUse, "NetStream.Publish.BadName"},
      {PublishRejection::Denied, "NetStream.Publish.Denied"},
      {PublishRejection::Failed, "NetStream.Publish.Failed"}};
  for (const auto& [rejection, code] : rejections) {
    ServerSession session;
    session.receive(client_handshake());
    session.receive(publishing_commands());
    (void)session.take_output();
    session.reject_publish(rejection, "not this one");
    const auto status = sent_commands(session.take_output(), false).at(0);
    EXPECT_EQ(code_of(status), code);
    EXPECT_EQ(status[3].find_text("level"), "error");
    EXPECT_EQ(status[3].find_text("description"), "not this one");
    EXPECT_TRUE(session.closed());
    EXPECT_TRUE(session.receive(publishing_commands()).empty());
    EXPECT_TRUE(session.take_output().empty());
  }
}

TEST(ServerSessionTest, KeepsWhatComesBeforeTheDecision) {
  ServerSession session;
  session.receive(client_handshake());
  const auto events = session.receive(joined(
      {publishing_commands(), message_bytes(MessageType::Audio, 0, aac_header_body({0x12, 0x10})),
       message_bytes(MessageType::Audio, 0, aac_frame_body({1}))}));
  EXPECT_EQ(events.size(), 2);
  EXPECT_TRUE(
      session.receive(message_bytes(MessageType::Audio, 1500, aac_frame_body({2}))).empty());
  EXPECT_EQ(all_of<Packet>(session.accept_publish()).size(), 2);
  EXPECT_TRUE(session.accept_publish().empty());
}

TEST(ServerSessionTest, EndsAStreamAndBeginsAnother) {
  PublishingSession client;
  auto& session = client.session();
  client.receive(joined({command_bytes({"FCUnpublish", 5.0, AmfValue(), "KEY"}),
                         command_bytes({"deleteStream", 6.0, AmfValue(), 1.0})}));
  EXPECT_EQ(all_of<Unpublished>(client.events()).size(), 1);
  EXPECT_EQ(*sent_commands(session.take_output(), false).at(0)[0].text(), "onFCUnpublish");
  client.receive(command_bytes({"publish", 7.0, AmfValue(), "OTHER", "live"}, 1));
  EXPECT_EQ(all_of<PublishRequested>(client.events()).at(0).stream_name, "OTHER");
  session.accept_publish();
  client.receive(command_bytes({"closeStream", 0.0, AmfValue()}, 1));
  EXPECT_EQ(all_of<Unpublished>(client.events()).size(), 2);
  EXPECT_EQ(code_of(sent_commands(session.take_output(), false).at(1)),
            "NetStream.Unpublish.Success");
  EXPECT_FALSE(session.closed());
}

TEST(ServerSessionTest, ASecondStreamOnOneConnectionIsRejected) {
  PublishingSession client;
  client.receive(command_bytes({"publish", 7.0, AmfValue(), "OTHER", "live"}, 2));
  EXPECT_TRUE(client.events().empty());
  EXPECT_EQ(code_of(sent_commands(client.session().take_output(), false).at(0)),
            "NetStream.Publish.BadName");
  client.headers();
  client.keyframe(0);
  EXPECT_EQ(client.events().size(), 2);
}

TEST(ServerSessionTest, ClosesFromThisSide) {
  PublishingSession client;
  client.session().close("the stream was deleted");
  EXPECT_TRUE(client.session().closed());
  const auto status = sent_commands(client.session().take_output(), false).at(0);
  EXPECT_EQ(status[3].find_text("level"), "error");
  EXPECT_EQ(status[3].find_text("description"), "the stream was deleted");
}

TEST(ServerSessionTest, RejectsPlayers) {
  auto session = connected();
  const auto events = session.receive(command_bytes({"play", 4.0, AmfValue(), "KEY"}, 1));
  EXPECT_EQ(std::get<SessionFailed>(events.at(0)).error.code, ErrorCode::Unsupported);
  EXPECT_EQ(code_of(sent_commands(session.take_output(), false).at(0)),
            "NetStream.Play.StreamNotFound");
}

TEST(ServerSessionTest, RespondsToPingsAndSendsThem) {
  auto session = connected();
  session.receive(message_bytes(MessageType::UserControl, 0, {0, 6, 1, 2, 3, 4}, 2));
  session.ping(0x01020304);
  const Bytes output = session.take_output();
  EXPECT_EQ(sent_types(output, false), (std::vector<int>{4, 4}));
  EXPECT_EQ(Bytes(output.begin() + 12, output.begin() + 18), (Bytes{0, 7, 1, 2, 3, 4}));
  EXPECT_EQ(Bytes(output.end() - 6, output.end()), (Bytes{0, 6, 1, 2, 3, 4}));
}

TEST(ServerSessionTest, AcknowledgesWithinTheWindow) {
  auto session = connected();
  session.receive(message_bytes(MessageType::WindowAcknowledgementSize, 0, {0, 1, 0, 0}, 2));
  std::size_t acknowledgements = 0;
  const Bytes message = message_bytes(MessageType::DataAmf0, 0, Bytes(1000));
  for (int i = 0; i < 200; ++i) {
    session.receive(message);
    acknowledgements += sent_types(session.take_output(), false).size();
  }
  EXPECT_EQ(acknowledgements, 3);
}

TEST(ServerSessionTest, ReadsCommandsOfAmf3Messages) {
  Bytes payload = {0};
  for (const AmfValue& value : AmfValue::Array{"createStream", 4.0, AmfValue()}) {
    append_amf(payload, value);
  }
  auto session = connected();
  session.receive(message_bytes(MessageType::CommandAmf3, 0, payload));
  EXPECT_EQ(*sent_commands(session.take_output(), false).at(0)[1].number(), 4);
}

TEST(ServerSessionTest, ChangesTheChunkSizeAtAnyTime) {
  PublishingSession client;
  client.headers();
  const Bytes body = avc_frame_body({0, 0, 1, 44, 0x65}, true);
  Bytes large = body;
  large.resize(body.size() + 299, 7);
  std::size_t last = 128;
  for (const std::size_t chunk_bytes : {1, 2, 4096, 128, 50}) {
    Bytes size;
    append_number(size, chunk_bytes, 4);
    client.receive(message_bytes(MessageType::SetChunkSize, 0, size, 2, last, 0));
    last = chunk_bytes;
    client.receive(message_bytes(MessageType::Video, static_cast<std::uint32_t>(chunk_bytes) * 3,
                                 large, 6, chunk_bytes));
  }
  EXPECT_EQ(all_of<Packet>(client.events()).size(), 5);
}

TEST(ServerSessionTest, IsMovable) {
  ServerSession session = connected();
  ServerSession moved = std::move(session);
  moved.receive(command_bytes({"createStream", 4.0, AmfValue()}));
  EXPECT_FALSE(moved.take_output().empty());
}

}  // namespace
}  // namespace streamkit::rtmp
