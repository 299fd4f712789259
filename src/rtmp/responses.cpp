#include "rtmp/responses.hpp"

#include "rtmp/chunk_writer.hpp"

namespace streamkit::rtmp {
namespace {

constexpr std::uint8_t kControlChunkStream = 2;
constexpr std::uint8_t kCommandChunkStream = 3;
constexpr std::uint8_t kStatusChunkStream = 5;

// Source: Enhanced RTMP v2, "Enhancing NetConnection connect Command".
constexpr double kCanForward = 4;
constexpr double kMultitrack = 2;
constexpr double kModEx = 4;
constexpr double kTimestampNanoOffset = 8;

AmfValue::Object capabilities(bool hevc, bool av1) {
  AmfValue::Object video = {{"avc1", kCanForward}};
  AmfValue::Array list = {"avc1", "mp4a"};
  if (hevc) {
    video.emplace_back("hvc1", kCanForward);
    list.emplace_back("hvc1");
  }
  if (av1) {
    video.emplace_back("av01", kCanForward);
    list.emplace_back("av01");
  }
  return {{"capsEx", kMultitrack + kModEx + kTimestampNanoOffset},
          {"videoFourCcInfoMap", video},
          {"audioFourCcInfoMap", AmfValue::Object{{"mp4a", kCanForward}}},
          {"fourCcList", list}};
}

}  // namespace

void append_command(Bytes& output, std::uint32_t stream_id, const AmfValue::Array& values) {
  Message message{.stream_id = stream_id};
  for (const AmfValue& value : values) append_amf(message.payload, value);
  append_message(output, stream_id == 0 ? kCommandChunkStream : kStatusChunkStream, message,
                 kOutputChunkBytes);
}

void append_connect_result(Bytes& output, double transaction, double object_encoding, bool hevc,
                           bool av1) {
  append_control(output, MessageType::WindowAcknowledgementSize, kWindowBytes);
  append_control(output, MessageType::SetPeerBandwidth, kWindowBytes);
  append_control(output, MessageType::SetChunkSize, kOutputChunkBytes);
  AmfValue::Object properties = {{"fmsVer", "FMS/3,5,7,7009"}, {"capabilities", 31.0}};
  for (auto& capability : capabilities(hevc, av1)) properties.push_back(std::move(capability));
  const AmfValue::Object information = {{"level", "status"},
                                        {"code", "NetConnection.Connect.Success"},
                                        {"description", "connected"},
                                        {"objectEncoding", object_encoding}};
  append_command(output, 0, {"_result", transaction, properties, information});
}

void append_status(Bytes& output, std::uint32_t stream_id, std::string_view level,
                   std::string_view code, std::string_view description) {
  append_command(
      output, stream_id,
      {"onStatus", 0.0, AmfValue(),
       AmfValue::Object{{"level", level}, {"code", code}, {"description", description}}});
}

void append_user_control(Bytes& output, std::uint16_t event, std::uint32_t value) {
  Message message{.type = MessageType::UserControl};
  append_number(message.payload, event, 2);
  append_number(message.payload, value, 4);
  append_message(output, kControlChunkStream, message, kOutputChunkBytes);
}

}  // namespace streamkit::rtmp
