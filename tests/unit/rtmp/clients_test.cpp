// What real clients send, step by step, and what they wait for.
#include <gtest/gtest.h>

#include "rtmp/publisher.hpp"
#include "rtmp/video_headers.hpp"

namespace streamkit::rtmp {
namespace {

// A client that checks, before each step, that the session has sent what it waits for.
class Client {
 public:
  Client() { session_.receive(client_handshake()); }

  void sends(const Bytes& bytes) {
    for (Event& event : session_.receive(bytes)) {
      if (std::holds_alternative<PublishRequested>(event)) session_.accept_publish();
      events_.push_back(std::move(event));
    }
    const Bytes output = session_.take_output();
    for (const auto& command : sent_commands(output, first_)) {
      responses_.push_back(*command[0].text());
      if (responses_.back() == "onStatus") {
        responses_.back() = std::string(command[3].find_text("code"));
      }
    }
    first_ = false;
  }
  void waits_for(const std::vector<std::string>& responses) {
    EXPECT_EQ(responses_, responses);
    responses_.clear();
  }
  // Media in chunks of the given size and streams.
  void publishes(std::size_t chunk_bytes, std::uint32_t sound, std::uint32_t frames) {
    Bytes units = {0, 0, 1, 0x2C, 0x65};
    units.resize(304, 7);
    sends(joined(
        {message_bytes(MessageType::Video, 0, avc_header_body(avc_record()), frames, chunk_bytes),
         message_bytes(MessageType::Audio, 0, aac_header_body({0x12, 0x10}), sound, chunk_bytes),
         message_bytes(MessageType::Video, 0, avc_frame_body(units, true), frames, chunk_bytes),
         message_bytes(MessageType::Audio, 0, aac_frame_body(Bytes(200)), sound, chunk_bytes)}));
    EXPECT_EQ(all_of<TracksKnown>(events_).size(), 1);
    EXPECT_EQ(all_of<Packet>(events_).size(), 2);
  }
  void ends() {
    sends(joined({command_bytes({"FCUnpublish", 6.0, AmfValue(), "KEY"}),
                  command_bytes({"deleteStream", 7.0, AmfValue(), 1.0})}));
    EXPECT_EQ(all_of<Unpublished>(events_).size(), 1);
    EXPECT_TRUE(all_of<SessionFailed>(events_).empty());
  }
  const std::vector<Event>& events() const { return events_; }

 private:
  ServerSession session_;
  std::vector<Event> events_;
  std::vector<std::string> responses_;
  bool first_ = true;
};

Bytes chunk_size_bytes(std::uint32_t size) {
  Bytes payload;
  append_number(payload, size, 4);
  return message_bytes(MessageType::SetChunkSize, 0, payload, 2, 128, 0);
}

Bytes metadata_bytes(std::size_t chunk_bytes) {
  Bytes payload;
  append_amf(payload, "@setDataFrame");
  append_amf(payload, "onMetaData");
  append_amf(payload, AmfValue::Object{{"encoder", std::string(200, 'x')}});
  return message_bytes(MessageType::DataAmf0, 0, payload, 4, chunk_bytes);
}

Bytes publish_bytes(double transaction, std::uint32_t chunk_stream_id, std::string_view name,
                    std::size_t chunk_bytes = 128) {
  Bytes payload;
  for (const AmfValue& value : AmfValue::Array{"publish", transaction, AmfValue(), name, "live"}) {
    append_amf(payload, value);
  }
  return message_bytes(MessageType::CommandAmf0, 0, payload, chunk_stream_id, chunk_bytes);
}

const AmfValue::Object kConnect = {{"app", "live"},
                                   {"type", "nonprivate"},
                                   {"flashVer", "FMLE/3.0 (compatible; Lavf59.27.100)"},
                                   {"tcUrl", "rtmp://127.0.0.1:1935/live"}};

TEST(ClientsTest, FFmpeg) {
  Client client;
  client.sends(command_bytes({"connect", 1.0, kConnect}));
  client.waits_for({"_result"});
  client.sends(
      joined({chunk_size_bytes(4096), command_bytes({"releaseStream", 2.0, AmfValue(), "KEY"}),
              command_bytes({"FCPublish", 3.0, AmfValue(), "KEY"}),
              command_bytes({"createStream", 4.0, AmfValue()})}));
  client.waits_for({"_result", "_result", "onFCPublish", "_result"});
  client.sends(publish_bytes(5, 8, "KEY", 4096));
  client.waits_for({"NetStream.Publish.Start"});
  client.sends(metadata_bytes(4096));
  client.publishes(4096, 4, 6);
  client.ends();
}

TEST(ClientsTest, GStreamersRtmp2Sink) {
  Client client;
  client.sends(command_bytes({"connect", 1.0, kConnect}));
  client.waits_for({"_result"});
  // Transaction 0 asks for no response.
  client.sends(joined(
      {message_bytes(MessageType::WindowAcknowledgementSize, 0, {0, 0x4C, 0x4B, 0x40}, 2, 128, 0),
       command_bytes({"releaseStream", 0.0, AmfValue(), "KEY"}),
       command_bytes({"FCPublish", 0.0, AmfValue(), "KEY"}),
       command_bytes({"createStream", 2.0, AmfValue()})}));
  client.waits_for({"onFCPublish", "_result"});
  client.sends(publish_bytes(0, 3, "KEY"));
  client.waits_for({"NetStream.Publish.Start"});
  client.sends(joined({chunk_size_bytes(128), metadata_bytes(128)}));
  client.publishes(128, 5, 6);
  client.ends();
}

TEST(ClientsTest, GStreamersRtmpSinkOnLibrtmp) {
  Client client;
  AmfValue::Object connect = {{"app", "live"}, {"tcUrl", "rtmp://127.0.0.1:1935/live"}};
  client.sends(command_bytes({"connect", 1.0, connect}));
  client.waits_for({"_result"});
  EXPECT_EQ(std::get<Connected>(client.events().at(0)).flash_version, "");
  client.sends(command_bytes({"releaseStream", 2.0, AmfValue(), "KEY"}));
  client.waits_for({"_result"});
  client.sends(command_bytes({"FCPublish", 3.0, AmfValue(), "KEY"}));
  client.waits_for({"_result", "onFCPublish"});
  client.sends(command_bytes({"createStream", 4.0, AmfValue()}));
  client.waits_for({"_result"});
  client.sends(publish_bytes(5, 4, "KEY"));
  client.waits_for({"NetStream.Publish.Start"});
  client.sends(metadata_bytes(128));
  client.publishes(128, 4, 4);
  client.ends();
}

TEST(ClientsTest, Obs) {
  Client client;
  AmfValue::Object connect = kConnect;
  connect.emplace_back("supportsGoAway", true);
  client.sends(joined({chunk_size_bytes(4096), command_bytes({"connect", 1.0, connect}, 0, 4096)}));
  client.waits_for({"_result"});
  client.sends(joined({command_bytes({"releaseStream", 2.0, AmfValue(), "KEY?token=abc"}),
                       command_bytes({"FCPublish", 3.0, AmfValue(), "KEY?token=abc"}),
                       command_bytes({"createStream", 4.0, AmfValue()})}));
  client.waits_for({"_result", "_result", "onFCPublish", "_result"});
  client.sends(publish_bytes(5, 4, "KEY?token=abc", 4096));
  client.waits_for({"NetStream.Publish.Start"});
  const auto request = all_of<PublishRequested>(client.events()).at(0);
  EXPECT_EQ(request.stream_name, "KEY");
  EXPECT_EQ(request.parameter("token"), "abc");
  client.publishes(4096, 4, 4);
  client.ends();
}

}  // namespace
}  // namespace streamkit::rtmp
